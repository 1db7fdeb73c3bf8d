//! The folder of a device that had no network, as docs/device-packs.md lays it down.
//!
//! `<capture>.json` is the body of `POST /api/captures` as the device will send it: statement, signature, token. `<capture>.jpg` is the photo, byte by byte as
//! stated. `<capture>.sent` is written here once the portal has taken the capture; `check-in.json` before the pack is checked in for the first time, since a
//! second word with other content shows a copy.
//!
//! Bounds: [`CAPTURES_MAX`] captures, [`SAID_MAX`] bytes of what is said of one, a photo of 16 MiB; one photo in memory at a time while it is read.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{SecondsFormat, Utc};
use ed25519_dalek::{Signature, SigningKey};
use salur_domain::{CaptureId, DevicePackId, device_pack::FAMILIES_MAX, token};
use salur_schemas::proof::CaptureStatement;
use salur_store::blobs::MAX_OBJECT;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Captures of a folder: a pack's families.
const CAPTURES_MAX: usize = FAMILIES_MAX;
/// Bytes of what is said of a capture: a page of text.
const SAID_MAX: u64 = 64 * 1024;
const CHECK_IN: &str = "check-in.json";

/// Why a folder is not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of it.
    #[error("{}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// More than a pack has.
    #[error("the folder holds more than {CAPTURES_MAX} captures; send one day after the other")]
    TooMany,
    /// Not this device's.
    #[error("{}: the statement is not signed with this device's key; nothing was sent", .0.display())]
    OtherKey(PathBuf),
    /// Two devices.
    #[error("the folder holds captures of {0} and of {1}; send each device's by itself")]
    Devices(String, String),
    /// Two tellers.
    #[error("the pack is one teller's, and the folder holds captures of {0} and of {1}")]
    Tellers(String, String),
    /// Hand-overs that the check-in would leave out.
    #[error(
        "{0} of the folder cannot be read as a capture, and a pack is checked in once, with all that was handed over: mend the file, or move it away"
    )]
    Unread(CaptureId),
    /// The pack was checked in otherwise.
    #[error("{CHECK_IN} says another thing than the folder holds: what a device did with its pack is said once; ask the supervisor")]
    CheckedIn,
}

/// A capture of the folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Captured {
    /// What the device says.
    pub statement: CaptureStatement,
    /// Its signature, base64.
    pub signature: String,
    /// The cheque's token.
    pub token: String,
    /// The file as it lies there: it is sent as the device wrote it.
    #[serde(skip)]
    pub body: Vec<u8>,
    /// Where the photo lies.
    #[serde(skip)]
    pub photo: PathBuf,
}

/// What was found.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The device's key.
    pub key: SigningKey,
    /// Code of the device; empty where there are no captures.
    pub device: String,
    /// Captures to send, in the order of their ids.
    pub waiting: Vec<Captured>,
    /// Sent before.
    pub sent: u64,
    /// Captures that cannot be sent as they are, and why.
    pub faulty: Vec<(CaptureId, String)>,
    /// Every claim with its capture, those sent before too.
    hand_overs: Vec<Value>,
    tellers: Vec<String>,
}

impl Captured {
    /// Its id.
    pub fn capture(&self) -> CaptureId {
        self.statement.capture
    }

    /// Whether the photo is the one that is stated.
    fn check_photo(&self) -> Result<(), String> {
        let size = fs::metadata(&self.photo).map_err(|error| format!("its photo: {error}"))?.len();
        if size != self.statement.size || size > MAX_OBJECT.unsigned_abs() {
            return Err(format!("its photo has {size} bytes, not the {} that are stated", self.statement.size));
        }
        let bytes = fs::read(&self.photo).map_err(|error| format!("its photo: {error}"))?;
        let is_stated = hex::encode(Sha256::digest(&bytes)).eq_ignore_ascii_case(&self.statement.sha256);
        if is_stated { Ok(()) } else { Err("its photo has another digest than stated".into()) }
    }
}

impl Folder {
    /// Reads and checks all of it.
    pub fn read(path: &Path, key: &SigningKey) -> Result<Self, Error> {
        let mut folder = Self {
            path: path.to_owned(),
            key: key.clone(),
            device: String::new(),
            waiting: Vec::new(),
            sent: 0,
            faulty: Vec::new(),
            hand_overs: Vec::new(),
            tellers: Vec::new(),
        };
        for capture in captures(path)? {
            folder.add(capture)?;
        }
        Ok(folder)
    }

    fn add(&mut self, capture: CaptureId) -> Result<(), Error> {
        let at = self.path.join(format!("{capture}.json"));
        let size = fs::metadata(&at).map_err(|error| Error::File(at.clone(), error))?.len();
        let body = if size > SAID_MAX { Vec::new() } else { fs::read(&at).map_err(|error| Error::File(at.clone(), error))? };
        let Ok(mut captured) = serde_json::from_slice::<Captured>(&body) else {
            self.faulty.push((capture, "the file is no capture: statement, signature and token".into()));
            return Ok(());
        };
        if captured.capture() != capture {
            self.faulty.push((capture, "the file is named after another capture than it states".into()));
            return Ok(());
        }
        if token::kid(&captured.token).is_err() {
            self.faulty.push((capture, "its token is no cheque's".into()));
            return Ok(());
        }
        if !is_signed(&captured, &self.key) {
            return Err(Error::OtherKey(at));
        }
        let statement = &captured.statement;
        if !self.device.is_empty() && self.device != statement.device {
            return Err(Error::Devices(self.device.clone(), statement.device.clone()));
        }
        self.device.clone_from(&statement.device);
        if !self.tellers.contains(&statement.teller) {
            self.tellers.push(statement.teller.clone());
        }
        self.hand_overs.push(json!({ "claim": statement.claim, "capture": capture }));
        if self.path.join(format!("{capture}.sent")).exists() {
            self.sent += 1;
            return Ok(());
        }
        captured.photo = self.path.join(format!("{capture}.jpg"));
        captured.body = body;
        match captured.check_photo() {
            Ok(()) => self.waiting.push(captured),
            Err(fault) => self.faulty.push((capture, fault)),
        }
        Ok(())
    }

    /// What the device says of its pack: the same words each time.
    pub fn check_in(&self, pack: DevicePackId) -> Result<Vec<u8>, Error> {
        let at = self.path.join(CHECK_IN);
        let is_told = |capture: &CaptureId| self.hand_overs.iter().any(|said| said["capture"] == json!(capture));
        if let Some((unread, _)) = self.faulty.iter().find(|(capture, _)| !is_told(capture)) {
            return Err(Error::Unread(*unread));
        }
        let teller = match &self.tellers[..] {
            [one, other, ..] => return Err(Error::Tellers(one.clone(), other.clone())),
            tellers => tellers.first().cloned().unwrap_or_default(),
        };
        let mut said = json!({ "pack": pack, "teller": teller, "hand_overs": self.hand_overs });
        match fs::read(&at) {
            Ok(written) => {
                let before: Value = serde_json::from_slice(&written).map_err(|_| Error::CheckedIn)?;
                let is_same = ["pack", "teller", "hand_overs"].into_iter().all(|field| before[field] == said[field]);
                if is_same { Ok(written) } else { Err(Error::CheckedIn) }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                said["at"] = json!(Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true));
                let bytes = said.to_string().into_bytes();
                write_whole(&at, &bytes)?;
                Ok(bytes)
            }
            Err(error) => Err(Error::File(at, error)),
        }
    }

    /// Notes that the portal has taken a capture.
    pub fn note_sent(&self, capture: CaptureId) -> Result<(), Error> {
        let at = self.path.join(format!("{capture}.sent"));
        write_whole(&at, Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true).as_bytes())
    }
}

/// Written whole or not at all, and on the disk before it counts.
fn write_whole(at: &Path, bytes: &[u8]) -> Result<(), Error> {
    let part = at.with_added_extension("part");
    let write = || {
        let mut file = fs::File::create(&part)?;
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&part, at)
    };
    write().map_err(|error| Error::File(at.to_owned(), error))
}

/// Ids of the captures of a folder, in order.
fn captures(path: &Path) -> Result<Vec<CaptureId>, Error> {
    let failed = |error| Error::File(path.to_owned(), error);
    let mut captures = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".json")).and_then(|id| id.parse().ok());
        captures.extend(id.map(CaptureId));
        if captures.len() > CAPTURES_MAX {
            return Err(Error::TooMany);
        }
    }
    captures.sort_unstable_by_key(|capture| capture.0);
    Ok(captures)
}

fn is_signed(captured: &Captured, key: &SigningKey) -> bool {
    let bytes = STANDARD.decode(&captured.signature).ok();
    let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
    signature.is_some_and(|signature| key.verifying_key().verify_strict(&captured.statement.to_sign(), &signature).is_ok())
}
