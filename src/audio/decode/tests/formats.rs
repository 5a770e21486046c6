use super::*;

/// Longest delay that a codec may leave in front, in samples at 8 kHz: AAC's and MP3's priming.
const MAX_LAG: usize = 2_400;

fn at_8_khz(signal: &[f32], facts: &MediaFacts) -> Vec<f32> {
    let to = SampleRate::new(8_000).unwrap();
    let mut resampler = crate::audio::Resampler::new(facts.sample_rate, to).unwrap();
    let mut output = Vec::new();
    resampler.push(signal, &mut output);
    resampler.finish(&mut output);
    output
}

/// Best correlation of `signal` with `reference` over all delays up to [`MAX_LAG`].
fn best_correlation(reference: &[f32], signal: &[f32]) -> f32 {
    let correlation = |lag: usize| {
        let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in reference.iter().zip(signal.iter().skip(lag)) {
            xy += x * y;
            xx += x * x;
            yy += y * y;
        }
        xy / (xx * yy).sqrt().max(1e-9)
    };
    (0..=MAX_LAG).map(correlation).fold(0.0, f32::max)
}

#[test]
fn every_format_gives_the_same_speech() {
    let (reference, _) = decode(&sample_file("s16.wav")).unwrap();
    assert_eq!(reference[0].len(), 12_000);
    for (name, container, codec) in SAMPLES {
        let (signal, facts) = decode(&sample_file(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            (facts.container.as_str(), facts.codec.as_str()),
            (container, codec),
            "{name}"
        );
        assert_eq!((facts.channels, facts.damage), (1, None), "{name}");
        // Lossy codecs fill their last frame.
        let excess_ms = facts.duration_ms as i64 - 1_500;
        assert!(
            (0..=400).contains(&excess_ms),
            "{name}: {} ms",
            facts.duration_ms
        );
        let signal = at_8_khz(&signal[0], &decode(&sample_file(name)).unwrap().1);
        let correlation = best_correlation(&reference[0], &signal);
        assert!(correlation > 0.97, "{name}: {correlation}");
    }
}

#[test]
fn lossless_formats_agree_bit_by_bit() {
    let (reference, _) = decode(&sample_file("s16.wav")).unwrap();
    for name in [
        "s24.wav", "s32.wav", "f32.wav", "f64.wav", "s16.flac", "s16.aiff", "s16.caf", "flac.mka",
        "alac.m4a", "alac.caf",
    ] {
        assert_eq!(decode(&sample_file(name)).unwrap().0, reference, "{name}");
    }
}

#[test]
fn clipping_shows_below_full_scale_where_the_codec_ends_there() {
    for (tag, loudest, full_scale) in [(6, 0xaa, 4032.0 / 4096.0), (7, 0x80, 8031.0 / 8192.0)] {
        let bytes = WavBytes {
            tag,
            bits: 8,
            ..WavBytes::default()
        }
        .over(&[loudest; 100]);
        let decoder = Decoder::open(Cursor::new(bytes.clone()), &DecodeLimits::default()).unwrap();
        assert_eq!(decoder.full_scale(), full_scale);
        let (signal, _) = decode(&bytes).unwrap();
        assert!(
            signal[0].iter().all(|x| *x >= full_scale),
            "{tag}: {}",
            signal[0][0]
        );
    }
}

#[test]
fn a_tag_in_front_of_frames_is_passed_over() {
    for name in ["mpeg2.mp3", "lc.aac", "s16.flac"] {
        let plain = sample_file(name);
        let (expected, _) = decode(&plain).unwrap();
        let tag = [b"ID3\x04\x00\x00\x00\x00\x01\x00".as_slice(), &[0; 128]].concat();
        let (found, facts) = decode(&[tag, plain].concat()).unwrap();
        assert_eq!((found, facts.damage), (expected, None), "{name}");
    }
}

#[test]
fn a_tag_behind_frames_is_no_damage() {
    let mut tag = b"TAG".to_vec();
    tag.resize(128, 0);
    for name in ["mpeg2.mp3", "lc.aac"] {
        let (_, facts) = decode(&[sample_file(name), tag.clone()].concat()).unwrap();
        assert_eq!(facts.damage, None, "{name}");
    }
}
