//! The child processes that decode photos: what they may do, and what one costs that ends over a photo.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use salur_media::{
    exif, photo,
    wire::{self, Task},
};
use salur_pipeline::examiners::{COMMAND, Error, Examiners};
use salur_tests::photos;

/// A program that says what it was told to say first, and then does what a shell line says.
struct Stub {
    folder: tempfile::TempDir,
}

impl Stub {
    fn new(then: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("answer"), wire::answer(Task::Examine, &[])).expect("written");
        let said = folder.path().join("answer");
        let script = format!("#!/bin/bash\n/usr/bin/head -c {} >/dev/null\n/usr/bin/cat {}\n{then}\n", wire::HEAD, said.display());
        let program = folder.path().join("examiner");
        fs::write(&program, script).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("made a program");
        Self { folder }
    }

    fn examiners(&self) -> Examiners {
        Examiners::new(self.folder.path().join("examiner"))
    }
}

/// The binary under a name of its own, so that its processes are told from those of other tests.
fn named() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("salur");
    std::os::unix::fs::symlink(salur_tests::binary(), &program).expect("linked");
    (folder, program)
}

/// Processes of this program that examine photos.
fn children(program: &Path) -> Vec<PathBuf> {
    let line = format!("{}\0{COMMAND}", program.display());
    let ours = format!("PPid:\t{}\n", std::process::id());
    let is_child = |process: &PathBuf| {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        status.contains(&ours) && fs::read_to_string(process.join("cmdline")).unwrap_or_default().contains(&line)
    };
    let all = fs::read_dir("/proc").expect("there are processes").map(|entry| entry.expect("readable").path());
    all.filter(is_child).collect()
}

/// A limit of a process: its line without its name.
fn limit(process: &Path, name: &str) -> Vec<String> {
    let limits = fs::read_to_string(process.join("limits")).expect("limits can be read");
    let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {limits}"));
    line.split_whitespace().take(2).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_child_has_no_secrets_no_files_and_little_memory() {
    let (_folder, program) = named();
    let examiners = Examiners::new(program.clone());
    let photo = photos::photo(5, None);
    let found = examiners.examine(&photo).await.expect("examined");
    assert_eq!(found, wire::examine(&photo), "a child finds what this process would");
    let [child] = children(&program).try_into().expect("one child, kept for the next photo");
    let environment = fs::read_to_string(child.join("environ")).expect("it is ours");
    assert_eq!(environment, "MIMALLOC_ARENA_RESERVE=32768\0", "keys stand in the environment of a worker");
    assert_eq!(limit(&child, "Max address space"), ["536870912", "536870912"]);
    assert_eq!(limit(&child, "Max open files"), ["3", "3"]);
    assert_eq!(limit(&child, "Max file size"), ["0", "0"]);
    assert_eq!(limit(&child, "Max cpu time")[0], "6", "five seconds and what was begun");
    examiners.view(&photo).await.expect("asked").expect("a view");
    assert_eq!(children(&program), [child], "the same child");
    drop(examiners);
}

/// The allocator had reserved a gigabyte, twice the limit, before the limit was set: the decoder got no memory, and a good photo that needs some was refused.
#[tokio::test]
async fn a_photo_that_needs_much_memory_is_examined_within_the_limit() {
    let (_folder, program) = named();
    let examiners = Examiners::new(program.clone());
    for is_progressive in [true, false] {
        let photo = photos::noise(2_048, 1_536, is_progressive);
        let found = examiners.examine(&photo).await.expect("examined");
        assert_eq!(found.picture.map(|picture| (picture.width, picture.height)), Ok((2_048, 1_536)), "progressive: {is_progressive}");
        assert!(examiners.view(&photo).await.expect("asked").is_ok(), "progressive: {is_progressive}");
    }
    let [child] = children(&program).try_into().expect("one child");
    let status = fs::read_to_string(child.join("status")).expect("it is ours");
    let most = status.lines().find_map(|line| line.strip_prefix("VmPeak:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(most.is_some_and(|kb| kb <= 512 * 1_024), "{status}");
}

#[tokio::test]
async fn a_photo_over_which_two_children_end_is_given_up_and_its_segments_are_read() {
    for then in ["kill -9 $$", "exit 0", "/usr/bin/head -c 100 >/dev/null; kill -6 $$"] {
        let stub = Stub::new(then);
        let photo = photos::photo(5, None);
        let found = stub.examiners().examine(&photo).await.expect("it is an answer, not a failure");
        assert!(matches!(found.picture, Err(photo::Error::GaveUp(_))), "{then}: {:?}", found.picture);
        assert_eq!(found.exif, exif::read(&photo), "{then}");
    }
}

/// A worker whose program cannot examine anything must stop and wait, or it would question every family's photo.
#[tokio::test]
async fn a_program_that_examines_nothing_is_a_failure_and_no_finding() {
    let photo = photos::photo(5, None);
    let missing = Examiners::new("/nowhere/salur".into());
    assert!(matches!(missing.examine(&photo).await, Err(Error::Start(_))));
    let other = Examiners::new("/bin/false".into());
    assert!(matches!(other.examine(&photo).await, Err(Error::Start(_))));
    let echo = Examiners::new("/bin/cat".into());
    assert!(echo.examine(&photo).await.is_err(), "cat knows no such command");
}

#[tokio::test]
async fn a_child_that_was_killed_between_two_photos_is_replaced() {
    let (_folder, program) = named();
    let examiners = Examiners::new(program.clone());
    let photo = photos::photo(5, None);
    examiners.examine(&photo).await.expect("examined");
    for child in children(&program) {
        let pid = child.file_name().and_then(|name| name.to_str()).expect("a number").to_owned();
        std::process::Command::new("kill").args(["-9", &pid]).status().expect("killed");
    }
    let found = examiners.examine(&photo).await.expect("examined");
    assert!(found.picture.is_ok(), "{:?}", found.picture);
}
