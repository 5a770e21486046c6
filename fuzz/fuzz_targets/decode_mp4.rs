//! MP4, M4A and MOV.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| decoding::decode(data, 4, b"ftyp"));
