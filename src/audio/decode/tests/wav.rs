use super::*;

#[test]
fn hound_writes_what_is_read() {
    for (bits, scale) in [
        (8u16, 128.0),
        (16, 32768.0),
        (24, 8_388_608.0),
        (32, 2_147_483_648.0f64),
    ] {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: bits,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        let values: Vec<i32> = (0..5_000)
            .map(|n| ((n as f64).sin() * (scale - 1.0)) as i32)
            .collect();
        values
            .iter()
            .for_each(|&value| writer.write_sample(value).unwrap());
        writer.finalize().unwrap();
        let (signal, facts) = decode(&bytes.into_inner()).unwrap();
        assert_eq!((facts.bits_per_sample, facts.damage), (Some(bits), None));
        let found = signal[0].iter().zip(&signal[1]).flat_map(|(l, r)| [*l, *r]);
        for (found, value) in found.zip(values) {
            assert_eq!(found, (f64::from(value) / scale) as f32, "{bits} bits");
        }
    }
}

#[test]
fn channels_stay_apart() {
    let data: Vec<u8> = (0..100i16)
        .flat_map(|n| [n, -n])
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    let (signal, facts) = decode(
        &WavBytes {
            channels: 2,
            ..WavBytes::default()
        }
        .over(&data),
    )
    .unwrap();
    assert_eq!((facts.channels, signal.len(), signal[0].len()), (2, 2, 100));
    assert!(
        signal[0]
            .iter()
            .zip(&signal[1])
            .all(|(left, right)| *left == -*right)
    );
}

#[test]
fn an_extensible_header_is_read() {
    let data = tone(400);
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xfe\xff\x01\0".to_vec();
    bytes.extend(8_000u32.to_le_bytes());
    bytes.extend(16_000u32.to_le_bytes());
    bytes.extend(
        b"\x02\0\x10\0\x16\0\x10\0\x04\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71",
    );
    bytes.extend(b"data");
    bytes.extend(800u32.to_le_bytes());
    bytes.extend(&data);
    let (signal, facts) = decode(&bytes).unwrap();
    assert_eq!(
        (signal, facts.damage),
        (decode(&WavBytes::default().over(&data)).unwrap().0, None)
    );
}

#[test]
fn chunks_of_odd_length_are_passed_over_with_and_without_their_padding() {
    let plain = WavBytes::default().over(&tone(400));
    let expected = decode(&plain).unwrap().0;
    for list in [
        b"LIST\x05\0\0\0INFOx\0".as_slice(),
        b"LIST\x05\0\0\0INFOx",
        b"LIST\x04\0\0\0INFO",
    ] {
        let bytes = [&plain[..36], list, &plain[36..], b"LIST\x04\0\0\0INFO"].concat();
        let (signal, facts) = decode(&bytes).unwrap();
        assert_eq!((&signal, facts.damage), (&expected, None), "{list:?}");
    }
}

#[test]
fn a_64_bit_length_is_read() {
    let data = tone(400);
    let plain = WavBytes {
        data_length: Some(u32::MAX),
        ..WavBytes::default()
    }
    .over(&data);
    let mut long = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    long.extend(0u64.to_le_bytes());
    long.extend(800u64.to_le_bytes());
    long.extend([0; 12]);
    let bytes = [&long, &plain[12..], b"LIST\x04\0\0\0INFO"].concat();
    let (signal, facts) = decode(&bytes).unwrap();
    assert_eq!((signal[0].len(), facts.damage), (400, None));
}

#[test]
fn a_length_that_a_streaming_writer_left_open_means_to_the_end() {
    for data_length in [0, u32::MAX] {
        let bytes = WavBytes {
            data_length: Some(data_length),
            ..WavBytes::default()
        }
        .over(&tone(800));
        let (signal, facts) = decode(&bytes).unwrap();
        assert_eq!(
            (signal[0].len(), facts.duration_ms, facts.damage),
            (800, 100, None)
        );
    }
}

#[test]
fn a_length_beyond_the_file_is_damage_at_its_end() {
    let bytes = WavBytes {
        data_length: Some(1_000_000),
        ..WavBytes::default()
    }
    .over(&tone(800));
    let (signal, facts) = decode(&bytes).unwrap();
    let damage = facts.damage.unwrap();
    assert_eq!((signal[0].len(), damage.at_ms), (800, 100));
    assert!(
        damage.reason.contains("1000000") && damage.reason.contains("1600"),
        "{damage:?}"
    );
}

#[test]
fn what_follows_a_length_short_of_the_file_is_read_as_damage() {
    let bytes = WavBytes {
        data_length: Some(160),
        ..WavBytes::default()
    }
    .over(&tone(800));
    let (signal, facts) = decode(&bytes).unwrap();
    let damage = facts.damage.unwrap();
    assert_eq!((signal[0].len(), damage.at_ms), (800, 100));
    assert!(damage.reason.contains("belong to no chunk"), "{damage:?}");
}

#[test]
fn channels_and_rates_out_of_range_are_refused() {
    for channels in [0, 9, 65_535] {
        let bytes = WavBytes {
            channels,
            ..WavBytes::default()
        }
        .over(&tone(800));
        assert_eq!(code_of(&bytes), "channels_out_of_range", "{channels}");
    }
    for rate_hz in [0, 1, 3_999, 384_001, 4_000_000_000] {
        let bytes = WavBytes {
            rate_hz,
            ..WavBytes::default()
        }
        .over(&tone(800));
        assert_eq!(code_of(&bytes), "sample_rate_out_of_range", "{rate_hz}");
    }
}

#[test]
fn limits_of_size_and_length_hold() {
    let bytes = WavBytes::default().over(&tone(16_000));
    let limits = DecodeLimits {
        max_bytes: 1_000,
        ..DecodeLimits::default()
    };
    assert_eq!(
        decode_under(&bytes, &limits).unwrap_err().code(),
        "too_large"
    );
    let limits = DecodeLimits {
        max_duration_ms: 1_999,
        ..DecodeLimits::default()
    };
    assert_eq!(
        decode_under(&bytes, &limits).unwrap_err().code(),
        "too_long"
    );
    assert_eq!(
        decode_under(
            &sample_file("s16.flac"),
            &DecodeLimits {
                max_duration_ms: 1_000,
                ..limits.clone()
            }
        )
        .unwrap_err()
        .code(),
        "too_long"
    );
    let limits = DecodeLimits {
        max_packets: 2,
        ..DecodeLimits::default()
    };
    assert_eq!(
        decode_under(&bytes, &limits).unwrap_err().code(),
        "too_many_packets"
    );
}

#[test]
fn a_header_without_samples_is_no_audio() {
    assert_eq!(code_of(&WavBytes::default().over(&[])), "no_audio");
    let bytes = [
        WavBytes::default().over(&[]),
        b"LIST\x04\0\0\0INFO".to_vec(),
    ]
    .concat();
    assert_eq!(code_of(&bytes), "no_audio");
}

#[test]
fn a_header_that_breaks_off_is_malformed() {
    let bytes = WavBytes::default().over(&tone(100));
    for length in 12..44 {
        assert_eq!(code_of(&bytes[..length]), "malformed", "{length} bytes");
    }
}

fn float_wav(samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    WavBytes {
        tag: 3,
        bits: 32,
        ..WavBytes::default()
    }
    .over(&data)
}

#[test]
fn a_few_samples_that_are_no_numbers_are_silence_and_damage() {
    let mut samples = vec![0.5; 8_000];
    samples[4_000] = f32::NAN;
    samples[4_001] = f32::NEG_INFINITY;
    let (signal, facts) = decode(&float_wav(&samples)).unwrap();
    assert_eq!(signal[0][3_999..4_003], [0.5, 0.0, 0.0, 0.5]);
    let damage = facts.damage.unwrap();
    assert_eq!(damage.at_ms, 500);
    assert!(damage.reason.starts_with("2 samples"), "{damage:?}");
}

#[test]
fn many_samples_that_are_no_numbers_are_malformed() {
    assert_eq!(code_of(&float_wav(&[f32::NAN; 8_000])), "malformed");
    let mut samples = vec![0.5; 8_000];
    samples[..81].fill(f32::INFINITY);
    assert_eq!(code_of(&float_wav(&samples)), "malformed");
}

#[test]
fn floats_beyond_full_scale_are_clipped() {
    let (signal, facts) = decode(&float_wav(&[2.0, -3.0, 0.25, f32::MAX])).unwrap();
    assert_eq!(
        (signal[0].as_slice(), facts.damage),
        ([1.0, -1.0, 0.25, 1.0].as_slice(), None)
    );
}
