use std::f64::consts::TAU;

use proptest::prelude::*;

use super::*;

fn rate(hz: u32) -> SampleRate {
    SampleRate::new(hz).unwrap()
}

fn resample(from: u32, to: u32, input: &[f32]) -> Vec<f32> {
    let mut resampler = Resampler::new(rate(from), rate(to)).unwrap();
    let mut output = Vec::new();
    resampler.push(input, &mut output);
    resampler.finish(&mut output);
    output
}

fn sine(hz: f64, rate_hz: u32, samples: usize) -> Vec<f32> {
    (0..samples)
        .map(|n| (TAU * hz * n as f64 / f64::from(rate_hz)).sin() as f32 * 0.5)
        .collect()
}

/// Amplitude of the component at `hz`, by projection on a windowed pair of sines, and the
/// root-mean-square amplitude of all that is left.
fn component(signal: &[f32], hz: f64, rate_hz: u32) -> (f64, f64) {
    let middle = &signal[signal.len() / 4..signal.len() * 3 / 4];
    let (mut cc, mut ss, mut cs, mut xc, mut xs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, &x) in middle.iter().enumerate() {
        let (s, c) = (TAU * hz * n as f64 / f64::from(rate_hz)).sin_cos();
        cc += c * c;
        ss += s * s;
        cs += c * s;
        xc += f64::from(x) * c;
        xs += f64::from(x) * s;
    }
    let determinant = cc * ss - cs * cs;
    let (a, b) = (
        (xc * ss - xs * cs) / determinant,
        (xs * cc - xc * cs) / determinant,
    );
    let rest: f64 = middle
        .iter()
        .enumerate()
        .map(|(n, &x)| {
            let (s, c) = (TAU * hz * n as f64 / f64::from(rate_hz)).sin_cos();
            (f64::from(x) - a * c - b * s).powi(2)
        })
        .sum();
    (a.hypot(b), (2.0 * rest / middle.len() as f64).sqrt())
}

fn db(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-12).log10()
}

/// Rates that telephones, sound cards and cameras use, and some that nobody does.
const PAIRS: [(u32, u32); 9] = [
    (8_000, 16_000),
    (44_100, 16_000),
    (48_000, 16_000),
    (11_025, 16_000),
    (22_050, 16_000),
    (32_000, 16_000),
    (96_000, 16_000),
    (16_000, 8_000),
    (7_999, 16_000),
];

#[test]
fn equal_rates_pass_samples_through() {
    let input = sine(440.0, 16_000, 1_001);
    assert_eq!(resample(16_000, 16_000, &input), input);
}

#[test]
fn the_pass_band_is_flat_within_a_tenth_of_a_decibel() {
    for (from, to) in PAIRS {
        let nyquist = f64::from(from.min(to)) / 2.0;
        for part in [0.05, 0.2, 0.5, 0.8, 0.9] {
            let hz = nyquist * part;
            let output = resample(from, to, &sine(hz, from, from as usize));
            let (amplitude, rest) = component(&output, hz, to);
            let gain = db(amplitude / 0.5);
            assert!(gain.abs() < 0.1, "{from} to {to}: {gain} dB at {hz} Hz");
            // What is left of a pure tone is images, aliases and noise.
            let rest = db(rest / 0.5);
            assert!(rest < -75.0, "{from} to {to}: {rest} dB beside {hz} Hz");
        }
    }
}

#[test]
fn the_stop_band_is_silent() {
    for (from, to) in PAIRS.into_iter().filter(|(from, to)| from > to) {
        for hz in [
            f64::from(to) * 0.51,
            f64::from(to) * 0.6,
            f64::from(from) * 0.49,
        ] {
            let output = resample(from, to, &sine(hz, from, from as usize));
            let middle = &output[output.len() / 4..output.len() * 3 / 4];
            let peak = middle.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            let left = db(f64::from(peak) / 0.5);
            assert!(left < -60.0, "{from} to {to}: {left} dB of {hz} Hz");
        }
    }
}

#[test]
fn an_impulse_stays_where_it_was() {
    for (from, to) in PAIRS {
        let at = from as usize / 2 / 441 * 441;
        let mut input = vec![0.0; from as usize];
        input[at] = 1.0;
        let output = resample(from, to, &input);
        let peak = (0..output.len())
            .max_by(|&a, &b| output[a].total_cmp(&output[b]))
            .unwrap();
        let expected = at as f64 * f64::from(to) / f64::from(from);
        assert!(
            (peak as f64 - expected).abs() <= 1.0,
            "{from} to {to}: {peak}, not {expected}"
        );
    }
}

#[test]
fn a_sine_keeps_its_phase() {
    for (from, to) in PAIRS {
        let hz = f64::from(from.min(to)) * 0.1;
        let output = resample(from, to, &sine(hz, from, from as usize));
        let expected = sine(hz, to, output.len());
        let range = output.len() / 4..output.len() * 3 / 4;
        let worst = range
            .map(|n| (output[n] - expected[n]).abs())
            .fold(0.0, f32::max);
        assert!(worst < 1e-4, "{from} to {to}: off by {worst}");
    }
}

#[test]
fn rates_above_the_maximum_are_refused() {
    assert!(Resampler::new(rate(4_000_000_000), rate(16_000)).is_err());
}

#[test]
fn a_finished_resampler_starts_anew() {
    let input = sine(300.0, 8_000, 3_000);
    let mut resampler = Resampler::new(rate(8_000), rate(16_000)).unwrap();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for output in [&mut first, &mut second] {
        resampler.push(&input, output);
        resampler.finish(output);
    }
    assert_eq!(first, second);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_length_is_that_of_the_input_in_time(
        samples in 0usize..9_000,
        pair in prop::sample::select(PAIRS.to_vec()),
    ) {
        let (from, to) = pair;
        let exact = samples as f64 * f64::from(to) / f64::from(from);
        let output = resample(from, to, &vec![0.25; samples]);
        prop_assert_eq!(output.len(), (exact + 0.5).floor() as usize);
    }

    #[test]
    fn how_the_input_is_cut_makes_no_difference(
        cuts in prop::collection::vec(0usize..3_000, 1..8),
        pair in prop::sample::select(PAIRS[..4].to_vec()),
    ) {
        let (from, to) = pair;
        let input = sine(777.0, from, cuts.iter().sum());
        let mut resampler = Resampler::new(rate(from), rate(to)).unwrap();
        let mut output = Vec::new();
        let mut rest = &input[..];
        for cut in cuts {
            let (now, later) = rest.split_at(cut);
            resampler.push(now, &mut output);
            rest = later;
        }
        resampler.finish(&mut output);
        prop_assert_eq!(output, resample(from, to, &input));
    }
}
