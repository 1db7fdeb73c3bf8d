//! Child processes that decode photos, so that a file which breaks a decoder costs that photo alone.
//!
//! A child is `salur examine-photos`, started with [`ENVIRONMENT`] alone, kept for [`PHOTOS_PER_CHILD`] photos and used by one caller at a time; as many run as
//! there are processors. It limits its own memory and processor time. Where it ends in the middle of a photo a fresh one tries once more, since a child may die
//! of something else (an operator, the machine's memory); twice is the photo's doing and becomes [`photo::Error::GaveUp`]. One that says nothing for
//! [`PATIENCE`] is stalled with its machine: it is killed, and the work comes again later. A caller that goes away kills its child.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
    time::Duration,
};

use salur_domain::{Disposed, Disposition};
use salur_media::{
    photo,
    wire::{self, Examined, Task},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

/// Name of the command that a child runs.
pub const COMMAND: &str = "examine-photos";
/// Photos that one child sees: whatever a library leaks is given back.
const PHOTOS_PER_CHILD: u32 = 2_000;
/// Longest silence: six times the processor time that a photo may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// All that a child's environment says: how many KiB its allocator reserves at once. By itself mimalloc takes a gigabyte of address space before `main`, twice
/// what the child then allows itself: nothing is left for the decoder, which is C and has an allocator of its own, and photos that need much are refused.
const ENVIRONMENT: (&str, &str) = ("MIMALLOC_ARENA_RESERVE", "32768");
/// What a photo may take, in words.
const ALLOWED: &str = "512 MB and 5 s";

/// Why a photo was not examined. Says nothing about the photo.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no child to ask.
    #[error("a process that examines photos could not be started")]
    Start(#[source] std::io::Error),
    /// It is there and does nothing.
    #[error("a process that examines photos said nothing for {} s", PATIENCE.as_secs())]
    Stalled,
    /// It speaks another language: a binary was replaced by another version under a running worker.
    #[error("a process that examines photos gave an answer that nobody understands")]
    Answer,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Down
    }
}

/// The children.
#[derive(Debug)]
pub struct Examiners {
    program: PathBuf,
    at_once: Semaphore,
    idle: Mutex<Vec<Examiner>>,
}

/// One child.
#[derive(Debug)]
struct Examiner {
    /// Killed with it.
    _child: Child,
    questions: ChildStdin,
    answers: ChildStdout,
    photos: u32,
}

impl Examiners {
    /// Children of this program, which must know [`COMMAND`]; none is started yet.
    pub fn new(program: PathBuf) -> Self {
        let at_once = std::thread::available_parallelism().map_or(2, usize::from);
        Self { program, at_once: Semaphore::new(at_once), idle: Mutex::default() }
    }

    /// Children of the running program: of its very file, also where another version was put in its place since.
    pub fn of_this_program() -> Self {
        Self::new("/proc/self/exe".into())
    }

    /// Everything that can be found out about a photo.
    pub async fn examine(&self, bytes: &[u8]) -> Result<Examined, Error> {
        match self.ask(Task::Examine, bytes).await? {
            Some((words, picture)) => wire::read_examined(&words, picture).ok_or(Error::Answer),
            // what the segments say needs no decoder and is read within limits here
            None => {
                Ok(Examined { exif: salur_media::exif::read(bytes), file: salur_media::file::Traits::of(bytes), picture: Err(gave_up()) })
            }
        }
    }

    /// A picture of a photo for people to look at, without metadata.
    pub async fn view(&self, bytes: &[u8]) -> Result<Result<Vec<u8>, photo::Error>, Error> {
        match self.ask(Task::View, bytes).await? {
            Some((words, picture)) => wire::read_viewed(&words, picture).ok_or(Error::Answer),
            None => Ok(Err(gave_up())),
        }
    }

    /// A child's answer; nothing where two in a row ended over it.
    async fn ask(&self, task: Task, bytes: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        const TRIES: u32 = 2;
        let _turn = self.at_once.acquire().await.expect("never closed");
        for _ in 0..TRIES {
            let idle = self.idle.lock().expect("nobody panics with it").pop();
            let mut examiner = match idle {
                Some(examiner) => examiner,
                None => Examiner::started(&self.program).await?,
            };
            match timeout(PATIENCE, examiner.ask(task, bytes)).await {
                Err(_) => return Err(Error::Stalled),
                Ok(Ok(answer)) => {
                    self.keep(examiner);
                    return Ok(Some(answer));
                }
                Ok(Err(ended)) => {
                    tracing::warn!(task = ?task, bytes = bytes.len(), %ended, "a process that examines photos ended over one");
                }
            }
        }
        Ok(None)
    }

    fn keep(&self, examiner: Examiner) {
        if examiner.photos < PHOTOS_PER_CHILD {
            self.idle.lock().expect("nobody panics with it").push(examiner);
        }
    }
}

impl Examiner {
    /// A child that has shown that it answers: one that cannot must not be taken for a photo's doing.
    async fn started(program: &Path) -> Result<Self, Error> {
        let mut examiner = Self::start(program).map_err(Error::Start)?;
        match timeout(PATIENCE, examiner.ask(Task::Examine, &[])).await {
            Err(_) => Err(Error::Stalled),
            Ok(Err(ended)) => Err(Error::Start(ended)),
            Ok(Ok((words, _))) => match wire::read_examined(&words, Vec::new()) {
                Some(Examined { picture: Err(photo::Error::NotJpeg(photo::Kind::Empty)), .. }) => Ok(examiner),
                _ => Err(Error::Answer),
            },
        }
    }

    fn start(program: &Path) -> std::io::Result<Self> {
        let mut child = Command::new(program)
            .arg(COMMAND)
            .env_clear()
            .envs([ENVIRONMENT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let questions = child.stdin.take().expect("asked for");
        let answers = child.stdout.take().expect("asked for");
        Ok(Self { _child: child, questions, answers, photos: 0 })
    }

    /// An answer, or how the child ended.
    async fn ask(&mut self, task: Task, bytes: &[u8]) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
        self.photos += 1;
        self.questions.write_all(&wire::head(task, bytes)).await?;
        self.questions.write_all(bytes).await?;
        let words = self.part(wire::WORDS_MAX).await?;
        let picture = self.part(wire::PICTURE_MAX).await?;
        Ok((words, picture))
    }

    async fn part(&mut self, most: usize) -> std::io::Result<Vec<u8>> {
        let mut length = [0; wire::LENGTH];
        self.answers.read_exact(&mut length).await?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > most {
            return Err(std::io::Error::other("an answer is longer than any"));
        }
        let mut bytes = vec![0; length];
        self.answers.read_exact(&mut bytes).await?;
        Ok(bytes)
    }
}

fn gave_up() -> photo::Error {
    photo::Error::GaveUp(ALLOWED.into())
}
