//! Keys, indexes and sealing: what opens, and everything that must not.

use std::collections::BTreeSet;

use super::*;

fn keys(master: &str, index: &str) -> Keys {
    Keys::from_hex(&master.repeat(32), &index.repeat(32)).expect("64 digits")
}

fn nik(text: &str) -> Nik {
    Nik::parse(text).expect("a NIK")
}

#[test]
fn ids_depend_on_person_tranche_purpose_and_key() {
    let (one, other) = (keys("01", "02"), keys("01", "03"));
    let (a, b) = (nik("1902015204850007"), nik("1902015204850008"));
    let kk = Kk::parse(a.digits()).expect("16 digits");
    let ids = BTreeSet::from([
        one.nik_index(&a).0,
        one.nik_index(&b).0,
        other.nik_index(&a).0,
        one.kk_index(&kk),
        one.payment_id(TrancheId(4), &a).0,
        one.payment_id(TrancheId(5), &a).0,
        other.payment_id(TrancheId(4), &a).0,
    ]);
    assert_eq!(ids.len(), 7);
    assert_eq!(keys("09", "02").nik_index(&a), one.nik_index(&a), "the master key may rotate without changing ids");
}

#[test]
fn ids_are_what_they_were_when_they_were_stored() {
    let keys = keys("01", "02");
    assert_eq!(keys.nik_index(&nik("1902015204850007")).to_string(), "bca48718-d278-5d9e-c62a-bd6916af989e");
    assert_eq!(keys.payment_id(TrancheId(4), &nik("1902015204850007")).to_string(), "355a3e42-bd6e-f828-6fb7-171f1cc3f1cc");
    assert_eq!(hex::encode(keys.row_digest(&[("name", "Siti")])), "6e63eeab309623ac9f4c63a4723228b6");
    assert_eq!(
        hex::encode(DataKey::new([7; 32]).seal(b"row", b"x")),
        "01af63d81a2c0c277bbfdbca79107b9d3cc5ad9e36e42eba00332979d0f2d8ee4ba2af61323910400cbf"
    );
}

#[test]
fn a_row_digest_sees_every_boundary() {
    let keys = keys("01", "02");
    let digests = BTreeSet::from([
        keys.row_digest(&[("a", "bc")]),
        keys.row_digest(&[("ab", "c")]),
        keys.row_digest(&[("a", "b"), ("c", "")]),
        keys.row_digest(&[("a", "b"), ("", "c")]),
        keys.row_digest(&[]),
    ]);
    assert_eq!(digests.len(), 5);
}

#[test]
fn sealing_is_deterministic_and_opens_only_unchanged_and_in_its_context() {
    let key = DataKey::new([7; 32]);
    let sealed = key.seal(b"row 1", b"secret");
    assert_eq!((sealed.clone(), sealed.len()), (key.seal(b"row 1", b"secret"), OVERHEAD + 6));
    assert_eq!(key.open(b"row 1", &sealed).as_deref(), Ok(b"secret".as_slice()));
    assert_eq!(key.open(b"row 2", &sealed), Err(Error::Forged), "another context");
    assert_eq!(DataKey::new([8; 32]).open(b"row 1", &sealed), Err(Error::Forged), "another key");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(key.open(b"row 1", &changed).is_err(), "byte {at}");
        assert!(key.open(b"row 1", &sealed[..at]).is_err(), "cut at {at}");
    }
    assert_ne!(key.seal(b"row 2", b"secret")[1..25], sealed[1..25], "the nonce follows the context");
    assert_eq!(key.open(b"", &key.seal(b"", b"")), Ok(Vec::new()));
}

#[test]
fn a_wrapped_key_opens_only_under_its_wrapper_and_in_its_context() {
    let (one, other, key) = (keys("01", "02").rows, WrappingKey::new(&[3; 32]), DataKey::new([7; 32]));
    let wrapped = key.wrap(&one, b"batch 1");
    let opened = DataKey::unwrap(&one, b"batch 1", &wrapped).expect("same wrapper, same context");
    assert_eq!(opened.seal(b"c", b"p"), key.seal(b"c", b"p"));
    assert_eq!(DataKey::unwrap(&one, b"batch 2", &wrapped).err(), Some(Error::Forged));
    assert_eq!(DataKey::unwrap(&other, b"batch 1", &wrapped).err(), Some(Error::OtherWrapper));
    assert_eq!(DataKey::unwrap(&one, b"batch 1", &[]).err(), Some(Error::Form));
    let mut changed = wrapped;
    *changed.last_mut().expect("not empty") ^= 1;
    assert_eq!(DataKey::unwrap(&one, b"batch 1", &changed).err(), Some(Error::Forged));
}

#[test]
fn a_blob_that_brings_its_key_opens_only_under_its_wrapper_and_in_its_context() {
    let (one, other, key) = (keys("01", "02").rows, WrappingKey::new(&[3; 32]), DataKey::new([7; 32]));
    let blob = key.enclose(&one, b"pack 1", b"names".to_vec());
    assert_eq!(blob.len(), ENCLOSING + 5);
    assert_eq!(DataKey::disclose(&one, b"pack 1", &blob).as_deref(), Ok(b"names".as_slice()));
    assert_eq!(DataKey::disclose(&one, b"pack 2", &blob), Err(Error::Forged));
    assert_eq!(DataKey::disclose(&other, b"pack 1", &blob), Err(Error::OtherWrapper));
    for cut in [0, 1, 40, blob.len() - 1] {
        assert!(DataKey::disclose(&one, b"pack 1", &blob[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn bad_key_text_is_refused_by_name_and_never_shown() {
    let good = "aa".repeat(32);
    for bad in ["", "zz", "aa", &"a".repeat(63), &"g".repeat(64)] {
        assert_eq!(Keys::from_hex(bad, &good).err(), Some(Error::KeyText("master")));
        assert_eq!(Keys::from_hex(&good, bad).err(), Some(Error::KeyText("index")));
    }
    assert_eq!(format!("{:?}", DataKey::new([7; 32])), "DataKey(..)");
}
