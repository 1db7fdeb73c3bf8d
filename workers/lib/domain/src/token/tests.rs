//! The token is refused for one reason each; public vectors where they are at hand.

use proptest::prelude::*;

use super::*;
use crate::vault::Keys;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn find(kid: &[u8]) -> Option<VerifyingKey> {
    let key = key(1).verifying_key();
    (kid == key_id(&key)).then_some(key)
}

fn claims() -> ChequeClaims {
    let keys = Keys::from_hex(&"01".repeat(32), &"02".repeat(32)).expect("64 digits");
    let payment = PaymentId(Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
    let at = |text: &str| text.parse().expect("a time");
    ChequeClaims {
        serial: ChequeSerial::derive(&keys, payment, 1),
        payment,
        version: 1,
        amount: Rupiah::new(600_000).expect("not negative"),
        pay_point: "KP-33400-TANJUNG".to_owned(),
        opens_at: at("2020-07-14T01:00:00Z"),
        closes_at: at("2020-08-14T09:00:00Z"),
    }
}

fn token() -> String {
    sign(&claims(), &key(1), &key_id(&key(1).verifying_key()))
}

fn decoded() -> CoseSign1 {
    CoseSign1::from_tagged_slice(&base45::decode(&token()[PREFIX.len()..]).expect("base45")).expect("COSE_Sign1")
}

fn text_of(bytes: Vec<u8>) -> String {
    format!("{PREFIX}{}", base45::encode(bytes))
}

/// Signs anything, the way a careless or a dishonest issuer would.
fn forge(protected: coset::Header, unprotected: coset::Header, payload: Vec<u8>, key: &SigningKey) -> String {
    let builder = CoseSign1Builder::new().protected(protected).unprotected(unprotected).payload(payload);
    spell(builder.create_signature(b"", |bytes| key.sign(bytes).to_bytes().to_vec()).build())
}

fn header(alg: iana::Algorithm) -> coset::Header {
    HeaderBuilder::new().algorithm(alg).key_id(key_id(&key(1).verifying_key()).to_vec()).build()
}

fn payload() -> Vec<u8> {
    claims().to_cwt().to_vec().expect("CBOR")
}

#[test]
fn a_token_reads_back_is_deterministic_and_short() {
    assert_eq!(verify(&token(), find), Ok(claims()));
    assert_eq!(token(), token());
    assert!(token().len() <= 256, "{}", token().len());
    assert!(token().bytes().all(|b| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(&b)), "QR's alphanumeric alphabet");
    let largest = ChequeClaims { amount: Rupiah::new(4_000_000_000).expect("not negative"), version: u16::MAX, ..claims() };
    let text = sign(&largest, &key(1), &key_id(&key(1).verifying_key()));
    assert!(text.len() <= 256 && verify(&text, find) == Ok(largest), "{}", text.len());
}

#[test]
fn the_window_includes_its_ends() {
    let claims = claims();
    let second = chrono::Duration::seconds(1);
    assert!(claims.covers(claims.opens_at) && claims.covers(claims.closes_at));
    assert!(!claims.covers(claims.opens_at - second) && !claims.covers(claims.closes_at + second));
}

#[test]
fn each_wrong_token_is_refused_for_its_own_reason() {
    let empty = coset::Header::default;
    let unprotected_alg = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build();
    let unprotected_kid = HeaderBuilder::new().key_id(vec![1]).build();
    let mut crit = header(iana::Algorithm::EdDSA);
    crit.crit = vec![coset::RegisteredLabelWithPrivate::Assigned(iana::HeaderParameter::Alg)];
    let other_kid = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(vec![9; 8]).build();
    let no_alg = HeaderBuilder::new().key_id(vec![1]).build();
    let eddsa = || header(iana::Algorithm::EdDSA);
    let bytes = base45::decode(&token()[PREFIX.len()..]).expect("base45");
    let trailing = text_of([bytes.clone(), vec![0]].concat());
    let untagged = text_of(bytes[1..].to_vec());
    let cases = [
        ("", Error::Prefix),
        ("https://example.org", Error::Prefix),
        (&token().to_lowercase(), Error::Prefix),
        (&format!("{PREFIX}{}", token()[PREFIX.len()..].to_lowercase()), Error::Base45),
        (&format!("{PREFIX}!"), Error::Base45),
        (&"x".repeat(MAX_TEXT + 1), Error::TooLong(MAX_TEXT + 1)),
        (PREFIX, Error::Structure),
        (&untagged, Error::Structure),
        (&trailing, Error::Trailing),
        (&text_of(vec![0x81; 300]), Error::Structure),
        (&forge(empty(), unprotected_alg.clone(), payload(), &key(1)), Error::UnprotectedAlgorithm),
        (&forge(eddsa(), unprotected_alg, payload(), &key(1)), Error::UnprotectedAlgorithm),
        (&forge(eddsa(), unprotected_kid, payload(), &key(1)), Error::Unprotected),
        (&forge(no_alg, empty(), payload(), &key(1)), Error::Algorithm),
        (&forge(header(iana::Algorithm::ES256), empty(), payload(), &key(1)), Error::Algorithm),
        (&forge(crit, empty(), payload(), &key(1)), Error::Header),
        (&forge(other_kid, empty(), payload(), &key(1)), Error::UnknownKey),
        (&forge(eddsa(), empty(), payload(), &key(2)), Error::Signature),
        (&forge(eddsa(), empty(), vec![0xA0], &key(1)), Error::Claims),
    ];
    for (at, (text, error)) in cases.into_iter().enumerate() {
        assert_eq!(verify(text, find), Err(error), "case {at}");
    }
}

#[test]
fn a_signed_payload_that_is_not_exactly_a_cheque_is_refused() {
    let cheque = |change: &dyn Fn(&mut ClaimsSet)| {
        let mut cwt = claims().to_cwt();
        change(&mut cwt);
        let text = forge(header(iana::Algorithm::EdDSA), coset::Header::default(), cwt.to_vec().expect("CBOR"), &key(1));
        verify(&text, find)
    };
    assert_eq!(cheque(&|_| ()), Ok(claims()));
    assert_eq!(cheque(&|cwt| cwt.cwt_id = None), Err(Error::Claims));
    assert_eq!(cheque(&|cwt| cwt.cwt_id = Some(vec![0; 15])), Err(Error::Claims));
    assert_eq!(cheque(&|cwt| cwt.expiration_time = None), Err(Error::Claims));
    assert_eq!(cheque(&|cwt| cwt.not_before = Some(Timestamp::FractionalSeconds(1.5))), Err(Error::Claims));
    assert_eq!(cheque(&|cwt| cwt.not_before = Some(Timestamp::WholeSeconds(i64::MAX))), Err(Error::Claims));
    assert_eq!(cheque(&|cwt| cwt.issuer = Some("someone".to_owned())), Err(Error::Claims), "an unknown claim");
    assert_eq!(cheque(&|cwt| cwt.rest.clear()), Err(Error::Claims));
    let replaced = |at: usize, value: Value| {
        cheque(&|cwt| {
            let Value::Array(parts) = &mut cwt.rest[0].1 else { unreachable!("the claim is an array") };
            parts[at] = value.clone();
        })
    };
    assert_eq!(replaced(0, Value::from(-1)), Err(Error::Claims), "version");
    assert_eq!(replaced(0, Value::from(65_536)), Err(Error::Claims), "version");
    assert_eq!(replaced(1, Value::from("0000000000000001")), Err(Error::Claims), "check character");
    assert_eq!(replaced(1, Value::from(claims().serial.to_string())), Err(Error::Claims), "hyphens are another spelling");
    assert_eq!(replaced(2, Value::from(-600_000)), Err(Error::Claims), "amount");
    assert_eq!(replaced(2, Value::from(1.5)), Err(Error::Claims), "amount");
    assert_eq!(replaced(3, Value::from(7)), Err(Error::Claims), "pay point");
}

#[test]
fn no_byte_of_a_token_can_change() {
    let bytes = base45::decode(&token()[PREFIX.len()..]).expect("base45");
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(verify(&text_of(changed), find).is_err(), "byte {at}, bit {bit}");
        }
        assert!(verify(&text_of(bytes[..at].to_vec()), find).is_err(), "cut at {at}");
    }
}

#[test]
fn another_spelling_of_the_same_cbor_is_refused() {
    let bytes = base45::decode(&token()[PREFIX.len()..]).expect("base45");
    // 0x58 nn is the short form of a byte string's length: 0x59 00 nn means the same.
    let signature = bytes.len() - 66;
    assert_eq!(bytes[signature..signature + 2], [0x58, 64], "where the signature begins");
    let long = [&bytes[..signature], &[0x59, 0, 64], &bytes[signature + 2..]].concat();
    assert_eq!(CoseSign1::from_tagged_slice(&long).expect("the same content"), decoded());
    assert_eq!(verify(&text_of(long), find), Err(Error::Spelling));
}

proptest! {
    #[test]
    fn no_payload_that_is_signed_but_no_cheque_gets_through(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let text = forge(header(iana::Algorithm::EdDSA), coset::Header::default(), bytes, &key(1));
        prop_assert_eq!(verify(&text, find), Err(Error::Claims));
    }

    #[test]
    fn no_text_is_too_strange(text in "(SLR1:)?[0-9A-Z $%*+./:\\PC-]{0,300}") {
        prop_assert!(verify(&text, find).is_err());
    }

    #[test]
    fn every_cheque_reads_back(version in 1_u16.., amount in 0_i64.., opens in 0_i64..4_000_000_000, pay_point in "[A-Z0-9-]{1,16}") {
        let time = |seconds| DateTime::from_timestamp(seconds, 0).expect("within the calendar");
        let amount = Rupiah::new(amount).expect("not negative");
        let cheque = ChequeClaims { version, amount, pay_point, opens_at: time(opens), closes_at: time(opens + 1), ..claims() };
        prop_assert_eq!(verify(&sign(&cheque, &key(1), &key_id(&key(1).verifying_key())), find), Ok(cheque));
    }
}

/// Vectors of cose-wg/Examples below `$SALUR_CORPORA/cose`, where the variable is set.
fn vectors(folder: &str) -> Vec<(String, serde_json::Value)> {
    let Ok(corpora) = std::env::var("SALUR_CORPORA") else {
        return Vec::new();
    };
    let folder = std::path::Path::new(&corpora).join("cose").join(folder);
    let files = std::fs::read_dir(folder).expect("SALUR_CORPORA has the COSE vectors");
    files
        .map(|entry| {
            let path = entry.expect("readable").path();
            let json = std::fs::read(&path).expect("readable");
            (path.display().to_string(), serde_json::from_slice(&json).expect("the vectors are JSON"))
        })
        .collect()
}

fn cbor(vector: &serde_json::Value) -> Vec<u8> {
    hex::decode(vector["output"]["cbor"].as_str().expect("output")).expect("hexadecimal")
}

#[test]
fn public_ed25519_vectors_have_the_signatures_that_they_should() {
    for (name, vector) in vectors("eddsa-examples") {
        let key = &vector["input"]["sign0"]["key"];
        if key["crv"] != "Ed25519" {
            continue;
        }
        let bytes: [u8; 32] = hex::decode(key["x_hex"].as_str().expect("x")).expect("hex").try_into().expect("32 bytes");
        let key = VerifyingKey::from_bytes(&bytes).expect("a point");
        let mut signed = CoseSign1::from_tagged_slice(&cbor(&vector)).expect("a COSE_Sign1");
        assert_eq!(hex::encode_upper(signed.tbs_data(b"")), vector["intermediates"]["ToBeSign_hex"].as_str().expect("hex"), "{name}");
        assert_eq!(check_signature(&signed, &key), Ok(()), "{name}");
        signed.payload = Some(b"This is other content.".to_vec());
        assert_eq!(check_signature(&signed, &key), Err(Error::Signature), "{name}");
    }
}

#[test]
fn public_vectors_that_are_no_cheques_are_refused_each_for_its_reason() {
    let anyone = |_: &[u8]| Some(key(1).verifying_key());
    for (name, vector) in ["sign1-tests", "eddsa-examples", "CWT"].into_iter().flat_map(vectors) {
        let expected = match name.rsplit('/').next().expect("a file name") {
            "sign-pass-01.json" => Error::UnprotectedAlgorithm,
            "sign-pass-02.json" | "sign-fail-02.json" | "sign-fail-04.json" | "sign-fail-06.json" | "sign-fail-07.json" => {
                Error::Unprotected
            }
            "eddsa-sig-01.json" | "eddsa-sig-02.json" => Error::Unprotected,
            "A_3.json" => Error::Algorithm,
            _ => Error::Structure, // other tags, no tag, other messages, an algorithm outside the registry
        };
        assert_eq!(verify(&text_of(cbor(&vector)), anyone), Err(expected), "{name}");
    }
}
