//! Tests of `salur-media` from outside, as one binary: files go in, files and answers come out.

mod attacks;
mod cheque;
mod common;
mod exif;
mod exiftool;
mod likeness;
mod made;
mod photo;
