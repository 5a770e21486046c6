//! What measuring on a population adds to an answer: a probe and 100 candidates against populations,
//! both ways, with the ratios compared and the bounds made. The target is a millisecond for 1,000
//! voices.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use voxtrace::domain::{Bandwidth, Embedding, Llr, ModelId, NetSpeech};
use voxtrace::scoring::{Calibration, CalibrationFile, PopulationMatrix, ScoreOrigin, Side};

#[allow(missing_docs, dead_code)]
#[path = "../src/index/synthetic.rs"]
mod synthetic;

const DIMENSIONS: usize = 192;
const CANDIDATES: usize = 100;
const SHIPPED: &str = include_str!("../models/campplus-zh-en-telephone/calibration.toml");

fn calibration() -> Option<Calibration> {
    let file = CalibrationFile::parse(SHIPPED).ok()?;
    let origin = ScoreOrigin {
        model: file.model.clone(),
        model_sha256: file.model_sha256,
        compensation_sha256: file.compensation_sha256,
    };
    Calibration::parse(SHIPPED, &origin).ok()
}

fn side(number: usize) -> Side {
    Side {
        bandwidth: if number.is_multiple_of(4) {
            Bandwidth::Wideband
        } else {
            Bandwidth::Narrowband
        },
        net_speech: NetSpeech::from_millis(3000 + 10 * number as u64),
        wada_snr_db: None,
        clipping_ratio: None,
    }
}

fn embeddings(count: usize, seed: u64) -> Vec<(Embedding, Side)> {
    let model = ModelId::new("bench");
    synthetic::embeddings(count, DIMENSIONS, 2, seed)
        .into_iter()
        .enumerate()
        .filter_map(|(number, values)| {
            let embedding = Embedding::from_raw(model.clone(), values).ok()?;
            Some((embedding, side(number)))
        })
        .collect()
}

fn measuring(criterion: &mut Criterion) {
    let Some(calibration) = calibration() else {
        return;
    };
    let asked = embeddings(CANDIDATES + 1, 2);
    let voices: Vec<&Embedding> = asked.iter().map(|(embedding, _)| embedding).collect();
    let mut group = criterion.benchmark_group("populations");
    for count in [30, 1000, 20_000] {
        let Ok(population) = PopulationMatrix::new(&embeddings(count, 1)) else {
            continue;
        };
        let left_out: Vec<bool> = (0..count).map(|number| number < 3).collect();
        group.bench_function(BenchmarkId::new("candidates_100", count), |bencher| {
            bencher.iter(|| {
                let Ok(scores) = population.scores(black_box(&voices)) else {
                    return 0;
                };
                let mut reached = 0;
                for (row, (_, side)) in asked.iter().enumerate().skip(1) {
                    let llr = Llr(-4.0 + 0.1 * row as f64);
                    for (row, side) in [(0, side), (row, side)] {
                        let of_voice = (scores.row(row), *side);
                        let reach = population.reach(&calibration, of_voice, llr, &left_out);
                        reached += reach.reached;
                    }
                }
                reached
            });
        });
    }
    group.finish();
}

criterion_group!(benches, measuring);
criterion_main!(benches);
