use super::*;

#[test]
fn the_number_of_samples_is_limited() {
    let limits = DecodeLimits {
        max_samples: 6_000,
        ..DecodeLimits::default()
    };
    // Blocks of this file have 576 frames: the eleventh is above 6,000.
    match decode_under(&sample_file("s16.flac"), &limits) {
        Err(DecodeError::TooManySamples { maximum, place }) => {
            assert_eq!((maximum, place), (6_000, Place::Packet(11)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn samples_of_all_channels_count() {
    let bytes = WavBytes {
        channels: 2,
        ..WavBytes::default()
    }
    .over(&tone(12_000));
    let limits = |max_samples| DecodeLimits {
        max_samples,
        ..DecodeLimits::default()
    };
    assert!(decode_under(&bytes, &limits(12_000)).is_ok());
    let error = decode_under(&bytes, &limits(11_999)).unwrap_err();
    assert_eq!(error.code(), "too_many_samples");
}

#[test]
fn expansion_is_limited_above_the_free_samples() {
    let bytes = sample_file("opus.ogg");
    let per_byte = 72_000 / bytes.len() as u64;
    let limits = |max_samples_per_byte, free_samples| DecodeLimits {
        max_samples_per_byte,
        free_samples,
        ..DecodeLimits::default()
    };
    assert!(decode_under(&bytes, &limits(per_byte + 1, 0)).is_ok());
    assert!(decode_under(&bytes, &limits(1, 72_000)).is_ok());
    let error = decode_under(&bytes, &limits(per_byte - 1, 1_000)).unwrap_err();
    assert_eq!(error.code(), "expands_too_far");
    let text = error.to_string();
    assert!(
        text.contains(&format!("{} bytes", bytes.len())) && text.contains("at packet"),
        "{text}"
    );
}

#[test]
fn a_recording_that_is_too_long_is_told_with_the_place() {
    let limits = DecodeLimits {
        max_duration_ms: 1_000,
        ..DecodeLimits::default()
    };
    for (name, by_header) in [("s16.wav", true), ("opus.ogg", false)] {
        match decode_under(&sample_file(name), &limits) {
            Err(DecodeError::TooLong { maximum_ms, place }) => {
                assert_eq!(maximum_ms, 1_000);
                assert_eq!(place == Place::Header, by_header, "{name}: {place}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
