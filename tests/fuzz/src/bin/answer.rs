//! What a worker hears from the child that decoded a photo, and which a photo may have taken over: any bytes are an answer or none.
#![no_main]

use salur_media::wire;

libfuzzer_sys::fuzz_target!(|words: &[u8]| {
    drop(wire::read_examined(words, Vec::new()));
    drop(wire::read_viewed(words, Vec::new()));
});
