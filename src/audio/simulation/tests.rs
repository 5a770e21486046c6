use std::io::Cursor;

use super::*;
use crate::audio::{DecodeLimits, Decoder};

fn sample_file(name: &str) -> Signal {
    let bytes = std::fs::read(format!("tests/golden/formats/{name}")).unwrap();
    let mut decoder = Decoder::open(Cursor::new(bytes), &DecodeLimits::default()).unwrap();
    let rate = decoder.sample_rate();
    let mut samples = Vec::new();
    while let Some(block) = decoder.next_block().unwrap() {
        samples.extend_from_slice(&block.channels()[0]);
    }
    Signal { samples, rate }
}

fn after(signal: &Signal, step: &str) -> Signal {
    signal.clone().after(&step.parse().unwrap(), 7).unwrap()
}

fn tone(hz: f32, rate_hz: u32) -> Signal {
    let step = std::f32::consts::TAU * hz / rate_hz as f32;
    Signal {
        samples: (0..rate_hz)
            .map(|n| 0.5 * (n as f32 * step).sin())
            .collect(),
        rate: SampleRate::new(rate_hz).unwrap(),
    }
}

fn level_db(signal: &Signal) -> f32 {
    let middle = &signal.samples[signal.samples.len() / 4..signal.samples.len() * 3 / 4];
    10.0 * (middle.iter().map(|x| x * x).sum::<f32>() / middle.len() as f32).log10()
}

#[test]
fn g711_gives_what_an_independent_coder_gives() {
    // ffmpeg coded s16.wav into these; it rounds to the nearest value where G.711 cuts, so a
    // sample on a border may lie a step beside.
    let source = sample_file("s16.wav");
    for (step, name) in [("alaw", "alaw.wav"), ("mulaw", "mulaw.wav")] {
        let (found, expected) = (after(&source, step), sample_file(name));
        assert_eq!(found.samples.len(), expected.samples.len());
        let pairs = || found.samples.iter().zip(&expected.samples);
        let other = pairs()
            .filter(|(found, expected)| found != expected)
            .count();
        assert!(other * 10 < found.samples.len(), "{name}: {other} differ");
        for ((found, expected), source) in pairs().zip(&source.samples) {
            // A sixteenth of the octave's beginning, which mu-law counts from 132.
            let step = ((source.abs() * 32_768.0 + 132.0).log2().floor() - 4.0).exp2() / 32_768.0;
            let step = step.max(16.0 / 32_768.0);
            assert!(
                (found - expected).abs() <= step,
                "{name}: {source} {found} {expected}"
            );
            assert!((found - source).abs() <= step, "{name}: {source} {found}");
        }
    }
}

#[test]
fn g711_of_its_own_output_changes_nothing() {
    for step in ["alaw", "mulaw"] {
        let once = after(&sample_file("s16.wav"), step);
        assert_eq!(after(&once, step), once, "{step}");
    }
}

#[test]
fn a_band_passes_what_lies_in_it_and_stops_the_rest() {
    for (hz, passes) in [
        (50.0, false),
        (600.0, true),
        (1_000.0, true),
        (3_000.0, true),
        (3_800.0, false),
    ] {
        let signal = tone(hz, 16_000);
        let change = level_db(&after(&signal, "band:300-3400")) - level_db(&signal);
        assert_eq!(passes, change.abs() < 0.1, "{hz} Hz: {change} dB");
        assert_eq!(!passes, change < -50.0, "{hz} Hz: {change} dB");
    }
}

#[test]
fn a_band_has_no_delay() {
    let mut click = Signal {
        samples: vec![0.0; 2_001],
        rate: SampleRate::HZ_16000,
    };
    click.samples[1_000] = 1.0;
    let found = after(&click, "band:300-3400").samples;
    let loudest = (0..found.len())
        .max_by(|a, b| found[*a].total_cmp(&found[*b]))
        .unwrap();
    assert_eq!((found.len(), loudest), (2_001, 1_000));
}

#[test]
fn noise_lies_as_far_below_the_speech_as_asked() {
    let signal = tone(500.0, 8_000);
    for db in [0.0f32, 10.0, 20.0] {
        let noisy = after(&signal, &format!("white:{db}"));
        let noise = Signal {
            samples: noisy
                .samples
                .iter()
                .zip(&signal.samples)
                .map(|(a, b)| a - b)
                .collect(),
            rate: signal.rate,
        };
        let found = level_db(&signal) - level_db(&noise);
        assert!((found - db).abs() < 0.2, "{found} instead of {db}");
    }
}

#[test]
fn pauses_do_not_count_as_speech() {
    let mut signal = tone(500.0, 8_000);
    let level = level_db(&signal);
    signal.samples.resize(80_000, 0.0);
    let noisy = after(&signal, "white:10");
    let pause = Signal {
        samples: noisy.samples[20_000..].to_vec(),
        rate: noisy.rate,
    };
    assert!((level - level_db(&pause) - 10.0).abs() < 0.2);
}

#[test]
fn other_noise_is_repeated_under_the_speech() {
    let signal = tone(500.0, 8_000);
    let found = signal.clone().over(&[0.5, -0.5], 6.0).unwrap();
    let added: Vec<f32> = found
        .samples
        .iter()
        .zip(&signal.samples)
        .map(|(a, b)| a - b)
        .collect();
    assert!((added[0] + added[1]).abs() < 1e-6 && (added[0] - added[2]).abs() < 1e-6);
    let silent = Signal {
        samples: vec![0.0; 100],
        rate: signal.rate,
    };
    assert!(silent.over(&[0.5], 6.0).is_err());
    assert!(signal.over(&[], 6.0).is_err());
}

#[test]
fn losses_follow_the_seed_and_take_whole_packets() {
    let signal = tone(500.0, 8_000);
    let step = "loss:30".parse().unwrap();
    let [once, again, other] = [1, 1, 2].map(|seed| signal.clone().after(&step, seed).unwrap());
    assert_eq!(once, again);
    assert_ne!(once, other);
    let lost = once
        .samples
        .chunks(160)
        .filter(|packet| packet.iter().all(|x| *x == 0.0))
        .count();
    assert!((5..26).contains(&lost), "{lost} of 50");
    assert_eq!(after(&signal, "loss:0"), signal);
}

#[test]
fn level_and_clipping_are_in_decibels() {
    let signal = tone(500.0, 8_000);
    assert!((level_db(&after(&signal, "gain:-12")) - level_db(&signal) + 12.0).abs() < 0.01);
    let clipped = after(&signal, "clip:-12");
    let most = clipped.samples.iter().copied().fold(0.0, f32::max);
    assert!((most - 0.2512).abs() < 1e-3, "{most}");
}

#[test]
fn a_step_that_is_none_says_what_would_be_one() {
    for text in [
        "",
        "alaw:1",
        "band:3400-300",
        "band:300",
        "clip:3",
        "loss:101",
        "white:nan",
        "rate:0",
        "gsm",
    ] {
        let error = text.parse::<Step>().unwrap_err().to_string();
        assert!(error.contains("expected rate:HZ"), "{error}");
    }
    let beyond = tone(500.0, 8_000).after(&"band:300-5000".parse().unwrap(), 0);
    assert!(matches!(beyond, Err(SimulationError::Band { .. })));
}
