//! MPEG-2 layer III frames.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| decoding::decode(data, 0, b"\xff\xf3"));
