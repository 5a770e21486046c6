//! CAF.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| decoding::decode(data, 0, b"caff"));
