//! Bytes to bytes, within limits: the cheque's picture, packs of them, QR codes, EXIF, photos and digests.
//!
//! What families and tellers send us is hostile until proven otherwise, so everything that reads here states how much memory and how many
//! steps it may take before it looks inside. Everything that draws here is a function of its arguments, to the byte.
//!
//! Architecture invariant: no async, no I/O, no clock, no randomness. Only this crate uses `turbojpeg` and `kamadak-exif`; what decodes photos runs in a
//! child process (see [`wire`]).

pub mod canvas;
pub mod cheque;
pub mod exif;
pub mod file;
pub mod glyphs;
pub mod hash;
mod jpeg;
pub mod likeness;
pub mod pack;
pub mod photo;
pub mod qr;
pub mod terbilang;
pub mod wire;
