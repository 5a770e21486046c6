//! Ogg with Vorbis, Opus or FLAC.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| decoding::decode(data, 0, b"OggS"));
