//! A pack opens for its device, and for nobody else.

use uuid::Uuid;

use super::*;
use crate::token::key_id;

fn device(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a moment")
}

fn nik(serial: u32) -> Nik {
    Nik::parse(&format!("190201520485{serial:04}")).expect("sixteen digits")
}

fn head() -> Head {
    Head { pack: DevicePackId(Uuid::from_u128(7)), device: "DEV-1".into(), made_at: moment(1_600_000_000), ends_at: moment(1_600_050_000) }
}

fn contents(families: u32) -> Contents {
    let salt = [3; SALT_BYTES];
    let family = |number: u32| Family {
        claim: ClaimId(Uuid::from_u128(u128::from(number))),
        name: format!("S*** {number}"),
        starts: number.is_multiple_of(2).then(|| NaiveTime::from_hms_opt(8, 30, 0).expect("a time")),
        mark: NikMark::of(&nik(number), &salt),
        cheques: vec!["SLR1:ONE".into(), "SLR1:TWO".into()],
    };
    Contents {
        teller: "TELLER-1".into(),
        pay_point: "PP-1902".into(),
        day: NaiveDate::from_ymd_opt(2020, 9, 13).expect("a day"),
        salt,
        keys: vec![1, 2, 3],
        revoked: vec![4, 5],
        families: (1..=families).map(family).collect(),
    }
}

fn made(contents: &Contents) -> Vec<u8> {
    make(&head(), contents, &device(1).verifying_key(), [5; 32], &signer()).expect("it fits")
}

fn verified(bytes: &[u8]) -> Result<Sealed, Error> {
    Sealed::verify(bytes, |kid| (kid == key_id(&signer().verifying_key())).then(|| signer().verifying_key()))
}

#[test]
fn a_pack_opens_for_its_device_and_for_no_other() {
    let contents = contents(3);
    let sealed = verified(&made(&contents)).expect("it is ours");
    assert_eq!(sealed.head, head());
    assert_eq!(sealed.open(&device(1)), Ok(contents));
    assert_eq!(sealed.open(&device(2)), Err(Error::OtherDevice));
}

#[test]
fn equal_content_is_equal_bytes() {
    assert_eq!(made(&contents(3)), made(&contents(3)));
}

#[test]
fn contents_open_under_no_other_head() {
    let sealed = verified(&made(&contents(1))).expect("it is ours");
    let longer = Head { ends_at: moment(1_700_000_000), ..head() };
    assert_eq!(Sealed { head: longer, ..sealed }.open(&device(1)), Err(Error::OtherDevice));
}

#[test]
fn a_changed_cut_or_strange_pack_is_refused() {
    let bytes = made(&contents(1));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(verified(&changed).is_err(), "byte {at}");
        assert!(verified(&bytes[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(Sealed::verify(&bytes, |_| None), Err(Error::UnknownKey));
    assert_eq!(verified(&vec![0; BYTES_MAX + 1]), Err(Error::TooLarge));
}

#[test]
fn a_card_finds_its_family_and_hardly_another() {
    let contents = contents(40);
    for number in 1..=40 {
        assert!(contents.of_nik(&nik(number)).any(|family| family.claim == ClaimId(Uuid::from_u128(u128::from(number)))));
    }
    let strangers = (1_000..1_040).filter(|number| contents.of_nik(&nik(*number)).next().is_some()).count();
    assert!(strangers <= 1, "{strangers} of 40 strangers fit one of 40 families");
}

/// From Python: `hashlib.pbkdf2_hmac("sha256", b"1902015204850001", bytes([3] * 16), 10_000)[:2]`.
#[test]
fn a_mark_is_what_other_programs_compute() {
    assert_eq!(NikMark::of(&nik(1), &[3; SALT_BYTES]), NikMark([0xd3, 0xa4]));
}

#[test]
fn nothing_is_sealed_to_a_key_of_small_order() {
    let weak = VerifyingKey::from_bytes(&{
        let mut identity = [0; 32];
        identity[0] = 1;
        identity
    })
    .expect("a point");
    assert_eq!(make(&head(), &contents(1), &weak, [5; 32], &signer()), Err(Error::WeakKey));
}
