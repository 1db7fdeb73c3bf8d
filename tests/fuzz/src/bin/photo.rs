//! A whole file, examined and viewed as the child process of a worker does: any bytes have an answer within bounds.
#![no_main]

use salur_media::wire::{self, Task};

/// Largest answer to any file: a thumbnail of 512 pixels, or a view of 1,600, and some words.
const ANSWER_MAX: usize = 4 << 20;

libfuzzer_sys::fuzz_target!(|photo: &[u8]| {
    for task in [Task::Examine, Task::View] {
        assert!(wire::answer(task, photo).len() < ANSWER_MAX);
    }
});
