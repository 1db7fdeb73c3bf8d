//! A device pack as CBOR, both ways: arrays of fixed lengths, so that equal content is equal bytes.

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use coset::{
    CborSerializable, CoseError,
    cbor::{Value, ser::into_writer},
};
use uuid::Uuid;

use super::{Contents, Error, FAMILIES_MAX, Family, Head, MARK_BYTES, NAME, NikMark, SALT_BYTES, Sealed, VERSION, sealing::KEY_BYTES};
use crate::ids::{ClaimId, DevicePackId};

const DAY: &str = "%Y-%m-%d";
/// Cheques of one family: open tranches of a programme.
const CHEQUES_MAX: usize = 16;

/// What sealed contents are bound to: they open under no other head.
pub fn bound(head: &Head) -> Vec<u8> {
    written(&Value::Array(fields(head)))
}

pub fn payload(head: &Head, ephemeral: &[u8; KEY_BYTES], sealed: Vec<u8>) -> Vec<u8> {
    let mut fields = fields(head);
    fields.extend([bytes(ephemeral), Value::Bytes(sealed)]);
    written(&Value::Array(fields))
}

pub fn contents(contents: &Contents) -> Vec<u8> {
    let Contents { teller, pay_point, day, salt, keys, revoked, families } = contents;
    let families = families.iter().map(|family| {
        let starts = family.starts.map_or(Value::Null, |starts| Value::from(starts.num_seconds_from_midnight() / 60));
        let cheques = family.cheques.iter().map(|token| Value::from(token.as_str())).collect();
        let name = Value::from(family.name.as_str());
        Value::Array(vec![bytes(family.claim.0.as_bytes()), name, starts, bytes(&family.mark.0), Value::Array(cheques)])
    });
    written(&Value::Array(vec![
        Value::from(teller.as_str()),
        Value::from(pay_point.as_str()),
        Value::from(day.format(DAY).to_string()),
        bytes(salt),
        bytes(keys),
        bytes(revoked),
        Value::Array(families.collect()),
    ]))
}

pub fn read_payload(payload: &[u8]) -> Result<Sealed, Error> {
    let value = Value::from_slice(payload)?;
    let [name, version, pack, device, made_at, ends_at, ephemeral, sealed] = array(&value)? else { return Err(Error::Structure) };
    if name.as_text() != Some(NAME) || version.as_integer() != Some(VERSION.into()) {
        return Err(Error::Structure);
    }
    let head = Head { pack: DevicePackId(id(pack)?), device: text(device)?, made_at: moment(made_at)?, ends_at: moment(ends_at)? };
    Ok(Sealed { head, ephemeral: fixed(ephemeral)?, contents: sealed.as_bytes().ok_or(Error::Structure)?.clone() })
}

pub fn read_contents(plain: &[u8]) -> Result<Contents, Error> {
    let value = Value::from_slice(plain)?;
    let [teller, pay_point, day, salt, keys, revoked, families] = array(&value)? else { return Err(Error::Structure) };
    let families = array(families)?;
    if families.len() > FAMILIES_MAX {
        return Err(Error::TooLarge);
    }
    Ok(Contents {
        teller: text(teller)?,
        pay_point: text(pay_point)?,
        day: NaiveDate::parse_from_str(&text(day)?, DAY).map_err(|_| Error::Structure)?,
        salt: fixed::<SALT_BYTES>(salt)?,
        keys: keys.as_bytes().ok_or(Error::Structure)?.clone(),
        revoked: revoked.as_bytes().ok_or(Error::Structure)?.clone(),
        families: families.iter().map(family).collect::<Result<_, _>>()?,
    })
}

fn family(value: &Value) -> Result<Family, Error> {
    let [claim, name, starts, mark, cheques] = array(value)? else { return Err(Error::Structure) };
    let cheques = array(cheques)?;
    if cheques.is_empty() || cheques.len() > CHEQUES_MAX {
        return Err(Error::Structure);
    }
    let starts = if starts.is_null() { None } else { Some(hour(starts)?) };
    let cheques = cheques.iter().map(text).collect::<Result<_, _>>()?;
    Ok(Family { claim: ClaimId(id(claim)?), name: text(name)?, starts, mark: NikMark(fixed::<MARK_BYTES>(mark)?), cheques })
}

fn fields(head: &Head) -> Vec<Value> {
    let (made, ends) = (head.made_at.timestamp(), head.ends_at.timestamp());
    let pack = bytes(head.pack.0.as_bytes());
    vec![Value::from(NAME), Value::from(VERSION), pack, Value::from(head.device.as_str()), Value::from(made), Value::from(ends)]
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    into_writer(value, &mut bytes).expect("plain CBOR into memory");
    bytes
}

fn array(value: &Value) -> Result<&[Value], Error> {
    value.as_array().map(Vec::as_slice).ok_or(Error::Structure)
}

fn text(value: &Value) -> Result<String, Error> {
    value.as_text().map(str::to_owned).ok_or(Error::Structure)
}

fn fixed<const N: usize>(value: &Value) -> Result<[u8; N], Error> {
    value.as_bytes().and_then(|bytes| bytes.as_slice().try_into().ok()).ok_or(Error::Structure)
}

fn id(value: &Value) -> Result<Uuid, Error> {
    fixed(value).map(Uuid::from_bytes)
}

fn moment(value: &Value) -> Result<DateTime<Utc>, Error> {
    let seconds = value.as_integer().and_then(|number| i64::try_from(number).ok());
    seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or(Error::Structure)
}

fn hour(value: &Value) -> Result<NaiveTime, Error> {
    let minutes = value.as_integer().and_then(|number| u32::try_from(number).ok()).filter(|minutes| *minutes < 24 * 60);
    minutes.and_then(|minutes| NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0)).ok_or(Error::Structure)
}

impl From<CoseError> for Error {
    fn from(_: CoseError) -> Self {
        Self::Structure
    }
}
