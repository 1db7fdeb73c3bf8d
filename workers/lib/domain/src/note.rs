//! Signed notes: text that one or more keys signed, printable, checked with public keys alone.
//!
//! The format is C2SP's signed-note (<https://c2sp.org/signed-note>) with Ed25519 keys, and the cosignatures of witnesses (timestamped, signature
//! type 4) are C2SP's tlog-cosignature. A key is named by its name and the first four bytes of SHA-256(name, newline, type, public key); lines of keys that
//! nobody told us about are ignored. Bounds: [`MAX_NOTE`] bytes, [`MAX_SIGNATURES`] signatures.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::disposition::{Disposed, Disposition};

/// Longest note read, in bytes: what an entry of a log may have.
pub const MAX_NOTE: usize = 65_535;
/// Most signature lines read.
pub const MAX_SIGNATURES: usize = 32;
const DASH: &str = "\u{2014} ";
const ID_BYTES: usize = 4;
const TIME_BYTES: usize = 8;

/// Why a note or a key is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No text, no blank line, no signature lines, or too long.
    #[error("not a signed note")]
    Form,
    /// Not `name+id+key`, or the id is not the key's.
    #[error("not a public key of signed notes (name+id+key)")]
    Key,
    /// The name of a key is empty or has a space or a plus.
    #[error("the name of a key may not be empty nor hold spaces or plus signs")]
    Name,
    /// The signature of a known key does not fit.
    #[error("the signature of {0} does not fit the text")]
    Forged(String),
    /// None of the keys asked about signed it.
    #[error("signed by none of the keys that are known")]
    Unsigned,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// What a signature states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Type 1: the text is the signer's.
    Note,
    /// Type 4: a witness saw this checkpoint, consistent with every one before, at a time.
    Cosignature,
}

/// A private key with its name.
pub struct Signer {
    verifier: Verifier,
    key: SigningKey,
}

/// A public key with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    id: [u8; ID_BYTES],
    key: VerifyingKey,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Note => 1,
            Self::Cosignature => 4,
        }
    }
}

impl Signer {
    /// A signer of notes or a witness, from 32 secret bytes.
    pub fn new(name: &str, kind: Kind, seed: &[u8; 32]) -> Result<Self, Error> {
        let key = SigningKey::from_bytes(seed);
        Ok(Self { verifier: Verifier::new(name, kind, key.verifying_key())?, key })
    }

    /// Its public half.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a text that ends in a newline: the whole note.
    pub fn sign(&self, text: &str) -> String {
        format!("{text}\n{}", self.line(text, 0))
    }

    /// A signature line. `seconds` since 1970 counts for witnesses alone.
    pub fn line(&self, text: &str, seconds: u64) -> String {
        assert!(text.ends_with('\n'), "the text of a note ends in a newline");
        let mut blob = self.verifier.id.to_vec();
        if self.verifier.kind == Kind::Cosignature {
            blob.extend_from_slice(&seconds.to_be_bytes());
        }
        blob.extend_from_slice(&self.key.sign(&message(self.verifier.kind, text, seconds)).to_bytes());
        format!("{DASH}{} {}\n", self.verifier.name, STANDARD.encode(blob))
    }
}

impl Verifier {
    fn new(name: &str, kind: Kind, key: VerifyingKey) -> Result<Self, Error> {
        if name.is_empty() || name.contains('+') || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Error::Name);
        }
        let mut hash = Sha256::new();
        hash.update(name.as_bytes());
        hash.update([b'\n', kind.byte()]);
        hash.update(key.as_bytes());
        let id = hash.finalize()[..ID_BYTES].try_into().expect("a digest is longer");
        Ok(Self { name: name.to_owned(), kind, id, key })
    }

    /// Reads `name+id+key`.
    ///
    /// ```
    /// use salur_domain::note::{Kind, Signer, Verifier};
    /// let signer = Signer::new("salur.example/evidence", Kind::Note, &[7; 32]).unwrap();
    /// let public = signer.verifier().to_string();
    /// assert_eq!(Verifier::parse(&public).unwrap(), *signer.verifier());
    /// assert!(Verifier::parse(&public.replace("salur", "solur")).is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(Error::Key) };
        let key = STANDARD.decode(key).map_err(|_| Error::Key)?;
        let (kind, key) = key.split_first().ok_or(Error::Key)?;
        let kind = [Kind::Note, Kind::Cosignature].into_iter().find(|known| known.byte() == *kind).ok_or(Error::Key)?;
        let key = VerifyingKey::from_bytes(key.try_into().map_err(|_| Error::Key)?).map_err(|_| Error::Key)?;
        let verifier = Self::new(name, kind, key)?;
        if hex::encode(verifier.id) == id { Ok(verifier) } else { Err(Error::Key) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this key signed; an error when a line of its name and id does not fit.
    pub fn signed(&self, note: &Note<'_>) -> Result<bool, Error> {
        let forged = || Error::Forged(self.name.clone());
        let mut signed = false;
        for (_, blob) in note.signatures.iter().filter(|(name, blob)| *name == self.name && blob.starts_with(&self.id)) {
            let rest = &blob[ID_BYTES..];
            let (seconds, signature) = match self.kind {
                Kind::Note => (0, rest),
                Kind::Cosignature => {
                    let (time, signature) = rest.split_at_checked(TIME_BYTES).ok_or_else(forged)?;
                    (u64::from_be_bytes(time.try_into().expect("split there")), signature)
                }
            };
            let signature = Signature::from_slice(signature).map_err(|_| forged())?;
            self.key.verify_strict(&message(self.kind, note.text, seconds), &signature).map_err(|_| forged())?;
            signed = true;
        }
        Ok(signed)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(key))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

fn message(kind: Kind, text: &str, seconds: u64) -> Vec<u8> {
    match kind {
        Kind::Note => text.as_bytes().to_vec(),
        Kind::Cosignature => format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes(),
    }
}

/// A note taken apart, nothing checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    /// What is signed, with its last newline.
    pub text: &'a str,
    signatures: Vec<(&'a str, Vec<u8>)>,
}

impl<'a> Note<'a> {
    /// Takes a note apart.
    pub fn parse(note: &'a str) -> Result<Self, Error> {
        let is_bad = |c: char| c.is_ascii_control() && c != '\n';
        if note.len() > MAX_NOTE || note.contains(is_bad) {
            return Err(Error::Form);
        }
        let at = note.rfind("\n\n").ok_or(Error::Form)?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(Error::Form)?;
        let signatures: Vec<_> = lines.split('\n').take(MAX_SIGNATURES + 1).map(signature).collect::<Option<_>>().ok_or(Error::Form)?;
        if signatures.len() > MAX_SIGNATURES { Err(Error::Form) } else { Ok(Self { text, signatures }) }
    }

    /// The text, if one of the keys signed it.
    pub fn by(&self, keys: &[Verifier]) -> Result<&'a str, Error> {
        let mut signed = false;
        for key in keys {
            signed |= key.signed(self)?;
        }
        if signed { Ok(self.text) } else { Err(Error::Unsigned) }
    }
}

fn signature(line: &str) -> Option<(&str, Vec<u8>)> {
    let (name, blob) = line.strip_prefix(DASH)?.split_once(' ')?;
    let blob = STANDARD.decode(blob).ok()?;
    (!name.is_empty() && blob.len() > ID_BYTES).then_some((name, blob))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "salur.example/evidence\n2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
        Signer::new(name, kind, &[seed; 32]).expect("a good name")
    }

    #[test]
    fn the_example_of_the_specification_has_the_form() {
        let example = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
            — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
        let note = Note::parse(example).expect("a note");
        assert!(note.text.ends_with("sera.\n") && note.text.contains("\n\n"), "the text may hold empty lines");
        assert_eq!(note.signatures[0].1[..4], [0x36, 0x7b, 0xa0, 0x4b]);
    }

    #[test]
    fn a_note_is_believed_from_its_key_alone_and_unchanged() {
        let (log, other) = (signer("a/log", Kind::Note, 1), signer("a/log", Kind::Note, 2));
        let signed = log.sign(TEXT);
        let note = Note::parse(&signed).expect("a note");
        assert_eq!(note.by(&[log.verifier().clone()]), Ok(TEXT));
        assert_eq!(note.by(&[other.verifier().clone()]), Err(Error::Unsigned));
        let changed = signed.replace("\n2\n", "\n3\n");
        assert_eq!(Note::parse(&changed).expect("a note").by(&[log.verifier().clone()]), Err(Error::Forged("a/log".into())));
    }

    #[test]
    fn a_cosignature_bears_its_time() {
        let (log, witness) = (signer("a/log", Kind::Note, 1), signer("w", Kind::Cosignature, 3));
        let note = format!("{}{}", log.sign(TEXT), witness.line(TEXT, 1_679_315_147));
        let parsed = Note::parse(&note).expect("a note");
        assert_eq!((log.verifier().signed(&parsed), witness.verifier().signed(&parsed)), (Ok(true), Ok(true)));
        let as_note = signer("w", Kind::Note, 3);
        assert_eq!(as_note.verifier().signed(&parsed), Ok(false), "the type is part of the key's id");
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let good = signer("a", Kind::Note, 1).sign(TEXT);
        let without_end = good.trim_end().to_owned();
        let with_tab = good.replace("salur", "sa\tlur");
        let without_signature = format!("{TEXT}\n");
        let many = format!("{good}{}", signer("b", Kind::Note, 2).line(TEXT, 0).repeat(MAX_SIGNATURES));
        for bad in ["", "\n", TEXT, &without_end, &with_tab, &without_signature, &many] {
            assert_eq!(Note::parse(bad).err(), Some(Error::Form), "{bad:?}");
        }
        assert_eq!(Signer::new("a b", Kind::Note, &[1; 32]).err(), Some(Error::Name));
    }
}
