//! A row exactly as it was read: where it stands in its table, and which transaction wrote it there.
//!
//! Two hidden columns of PostgreSQL, `ctid` and `xmin`. A row that anyone changes stands elsewhere then, and what later stands at its place has another
//! writer, so both together name one state of one row. Found by its place, it costs no walk down an index. Good within one transaction; kept nowhere.

use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, types::Oid},
};

/// State of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) place: Place,
    pub(crate) writer: Writer,
}

/// `tid`: block (4 bytes) and line in it (2 bytes), as PostgreSQL sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place([u8; 6]);

/// `xid`: number of a transaction, 4 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Writer([u8; 4]);

/// A type of PostgreSQL that is copied byte by byte; the numbers are those of its catalogue, the same in every database.
macro_rules! as_sent {
    ($type:ty, $oid:literal, $array:literal) => {
        impl Type<Postgres> for $type {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
        }
        impl PgHasArrayType for $type {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array))
            }
        }
        impl Encode<'_, Postgres> for $type {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                buffer.extend_from_slice(&self.0);
                Ok(IsNull::No)
            }
        }
        impl Decode<'_, Postgres> for $type {
            fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                Ok(Self(value.as_bytes()?.try_into()?))
            }
        }
    };
}

as_sent!(Place, 27, 1010);
as_sent!(Writer, 28, 1011);
