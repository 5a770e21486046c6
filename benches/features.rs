//! Audio seconds a second of fbank and of fbank with CMN, on one thread.
//!
//! Criterion's throughput counts milliseconds of audio as elements: 1 Melem/s is 1,000 times real
//! time.

use std::f32::consts::TAU;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use voxtrace::features::{Fbank, FbankConfig, subtract_mean};

/// Length of the signal.
const SECONDS: usize = 10;

/// Rate of the signal.
const RATE_HZ: usize = 16_000;

/// A harmonic sound with a slow rise and fall, so that no frame lies at the floor.
fn voice_like() -> Vec<f32> {
    (0..SECONDS * RATE_HZ)
        .map(|n| {
            let seconds = n as f32 / RATE_HZ as f32;
            let harmonics: f32 = (1..40)
                .map(|k| (TAU * 120.0 * k as f32 * seconds).sin() / k as f32)
                .sum();
            0.2 * harmonics * (0.6 + 0.4 * (TAU * 3.0 * seconds).sin())
        })
        .collect()
}

fn features(criterion: &mut Criterion) {
    let samples = voice_like();
    let mut group = criterion.benchmark_group("features");
    group.throughput(Throughput::Elements(SECONDS as u64 * 1000));
    let Ok(mut fbank) = Fbank::new(FbankConfig::default()) else {
        return;
    };
    group.bench_function("fbank", |bencher| {
        let mut features = Vec::new();
        bencher.iter(|| {
            features.clear();
            fbank.compute_into(black_box(&samples), &mut features)
        });
    });
    group.bench_function("fbank_and_cmn", |bencher| {
        bencher.iter(|| {
            let mut features = fbank.compute(black_box(&samples));
            subtract_mean(&mut features);
            features
        });
    });
    group.finish();
}

criterion_group!(stage, features);
criterion_main!(stage);
