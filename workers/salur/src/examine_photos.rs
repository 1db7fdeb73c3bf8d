//! `salur examine-photos`: the child process in which photos are decoded.
//!
//! A decoder is C, its input comes from outside, and one crafted file can make it abort, hang or eat memory. So a worker keeps a few of these and hands
//! them photos over a pipe (`salur_media::wire`). Before it reads anything the process gives up what it does not need: no new files or sockets, nothing
//! written to any file, no environment (the worker starts it with a setting of its allocator alone, so no key is here), [`MEMORY_BYTES`] of address
//! space; before each photo it allows itself [`SECONDS`] more of processor time. Beyond any of these the kernel ends it, and the worker
//! starts another. Not for people: no options.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use rustix::{
    pipe::fcntl_setpipe_size,
    process::{Resource, Rlimit, setrlimit},
    time::{ClockId, clock_gettime},
};
use salur_media::wire;

/// Address space of the process, code and stacks included.
const MEMORY_BYTES: u64 = 512 * 1024 * 1024;
/// Processor time of one photo.
const SECONDS: u64 = 5;
/// Room of the pipe, in bytes: a photo passes in a few turns of the two processes instead of one per 64 KiB.
const PIPE_BYTES: usize = 1024 * 1024;
/// Open files: the three that it is born with.
const FILES: u64 = 3;

/// Answers until its input ends.
pub fn run() -> ExitCode {
    let done = give_up_the_rest().map_err(io::Error::from).and_then(|()| serve(io::stdin().lock(), io::stdout().lock()));
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn give_up_the_rest() -> rustix::io::Result<()> {
    // smaller pipes do too: a machine may allow none as large
    let _granted = fcntl_setpipe_size(io::stdin(), PIPE_BYTES);
    let at_most = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::As, at_most(MEMORY_BYTES))?;
    setrlimit(Resource::Nofile, at_most(FILES))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Core, at_most(0))
}

/// The kernel counts whole seconds of the process, not of the photo: the limit moves on with each.
fn allow_one_more() -> rustix::io::Result<()> {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    setrlimit(Resource::Cpu, Rlimit { current: Some(used + SECONDS + 1), maximum: None })
}

fn serve(mut questions: impl Read, mut answers: impl Write) -> io::Result<()> {
    loop {
        let mut head = [0; wire::HEAD];
        match questions.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            read => read?,
        }
        let (task, length) = wire::read_head(head).ok_or(io::ErrorKind::InvalidData)?;
        let mut photo = vec![0; length];
        questions.read_exact(&mut photo)?;
        allow_one_more()?;
        answers.write_all(&wire::answer(task, &photo))?;
        answers.flush()?;
    }
}
