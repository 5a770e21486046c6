//! Who speaks when, after the networks: the turns of an hour are clustered and every frame gets its
//! speaker. Criterion counts seconds of audio as elements: 1 Kelem/s is 1,000 times real time.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use voxtrace::speech::diarize::{
    Core, DiarizationConfig, LocalSpeakers, Turn, TurnEvent, TurnFinder, assign,
};

#[allow(missing_docs, dead_code)]
#[path = "../src/index/synthetic.rs"]
mod synthetic;

/// Frames of a window of 10 s, and of the half that it shares with the next.
const WINDOW_FRAMES: usize = 589;
const HOP_FRAMES: usize = 294;

/// The turns of `minutes` of two people who take it in turns every three seconds.
fn turns(minutes: usize) -> Vec<Turn> {
    let windows = minutes * 60 * 1000 / 16_875 * 1000 / HOP_FRAMES;
    let speaker = |number: usize| {
        let mut classes = [-9.0; 7];
        classes[1 + number % 2] = -0.1;
        LocalSpeakers::most_probable(&classes)
    };
    let mut finder = TurnFinder::default();
    let mut events = Vec::new();
    for window in 0..windows {
        let first = window * HOP_FRAMES;
        let frames: Vec<LocalSpeakers> = (first..first + WINDOW_FRAMES)
            .map(|frame| speaker(frame / 178))
            .collect();
        let before = window.checked_sub(1);
        let core = Core::of(window, frames.len(), before, Some(window + 1));
        finder.push(window, &frames, core, &mut events);
    }
    finder.finish(&mut events);
    let mut turns = vec![Turn::default()];
    for event in events {
        match event {
            TurnEvent::Run(run) => turns
                .last_mut()
                .into_iter()
                .for_each(|turn| turn.runs.push(run)),
            TurnEvent::End => turns.push(Turn::default()),
        }
    }
    turns.retain(|turn| !turn.runs.is_empty());
    let voices = synthetic::embeddings(turns.len(), 192, turns.len().div_ceil(2), 1);
    // Voices come one speaker after the other; the turns of a call alternate.
    for (place, turn) in turns.iter_mut().enumerate() {
        let half = voices.len().div_ceil(2);
        turn.embedding = voices.get((place % 2) * half + place / 2).cloned();
    }
    turns
}

fn clustering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("assign");
    group.sample_size(10);
    let config = DiarizationConfig::default();
    for minutes in [1, 10, 60] {
        let turns = turns(minutes);
        group.throughput(Throughput::Elements(minutes as u64 * 60));
        group.bench_function(BenchmarkId::new("minutes", minutes), |b| {
            b.iter(|| black_box(assign(black_box(&turns), &[], 0.5, &config)));
        });
    }
    group.finish();
}

criterion_group!(benches, clustering);
criterion_main!(benches);
