//! Search of 192-dimensional voices: exact scan, HNSW, and the memory read that bounds the scan.
//!
//! `cargo bench --bench index` runs 1 k, 10 k, 100 k and 1 M voices exactly and 1 k, 10 k and 100 k
//! through the graph. `cargo bench --bench index -- 100000 --hnsw 1000000` takes other sizes. Vectors
//! come from `src/index/synthetic.rs`: clustered, with a spectrum that decays.
//!
//! `-- --vectors DIR` takes those of `benches/peers/vector_search.py` instead and prints JSON as its
//! `run` does: the exact scan, the graph at the least breadth that reaches a recall@10 of 0.99, both
//! by one thread; `--hnsw-rs` adds the graph of that crate, `--exact-only` leaves graphs out.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use uuid::Uuid;
use voxtrace::domain::{Embedding, ModelId, SearchMethod, VoiceId};
use voxtrace::index::{IndexConfig, Mode, Query, VoiceIndex};

#[allow(missing_docs)]
#[path = "../../src/index/synthetic.rs"]
mod synthetic;
mod vectors;

const DIMENSIONS: usize = 192;
const RECORDINGS_PER_SPEAKER: usize = 5;
const PROBES: usize = 64;
const TOP_K: usize = 10;

/// Probes that `benches/peers/vector_search.py` draws.
const PROBE_FILE_ROWS: usize = 256;

/// Which sizes to measure, in voices.
struct Sizes {
    exact: Vec<usize>,
    hnsw: Vec<usize>,
}

impl Sizes {
    fn from_arguments() -> Self {
        let (mut exact, mut hnsw) = (Vec::new(), Vec::new());
        let mut into = &mut exact;
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--hnsw" => into = &mut hnsw,
                "--exact" => into = &mut exact,
                // Cargo passes `--bench`.
                other => into.extend(other.parse::<usize>().ok()),
            }
        }
        if exact.is_empty() && hnsw.is_empty() {
            (exact, hnsw) = (
                vec![1_000, 10_000, 100_000, 1_000_000],
                vec![1_000, 10_000, 100_000],
            );
        }
        Self { exact, hnsw }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(place) = arguments
        .iter()
        .position(|argument| argument == "--vectors")
    {
        let folder = arguments.get(place + 1).unwrap();
        let asked = |name: &str| arguments.iter().any(|argument| argument == name);
        let graphs = match (asked("--exact-only"), asked("--hnsw-rs")) {
            (true, _) => vectors::Graphs::None,
            (false, false) => vectors::Graphs::Ours,
            (false, true) => vectors::Graphs::OursAndPeer,
        };
        return vectors::measure(folder.as_ref(), graphs);
    }
    let sizes = Sizes::from_arguments();
    println!("exact scan, top {TOP_K} of N voices x {DIMENSIONS}, {PROBES} probes, one thread");
    println!(
        "{:>9} {:>12} {:>12} {:>12} {:>12} {:>7}",
        "voices", "median", "best", "best, 8 each", "memory read", "ratio"
    );
    for count in sizes.exact {
        measure_exact(count);
    }
    println!("HNSW with exact rescoring");
    println!(
        "{:>9} {:>12} {:>12} {:>9}",
        "voices", "build", "query", "recall@10"
    );
    for count in sizes.hnsw {
        measure_hnsw(count);
    }
}

fn measure_exact(count: usize) {
    let (index, probes) = filled(count);
    let query = Query {
        top_k: TOP_K,
        mode: Mode::Exact,
        among: None,
    };
    let single = Times::of(
        probes
            .iter()
            .map(|probe| timed(|| black_box(index.search(black_box(probe), &query).unwrap()))),
    );
    let refs: Vec<&Embedding> = probes.iter().collect();
    let batch = Times::of(refs.chunks(8).map(|batch| {
        timed(|| black_box(index.search_many(black_box(batch), &query).unwrap())) / 8
    }));
    drop(index);
    let read = memory_read(count * DIMENSIONS);
    println!(
        "{count:>9} {:>12.3?} {:>12.3?} {:>12.3?} {:>12.3?} {:>7.2}",
        single.median,
        single.best,
        batch.best,
        read.best,
        single.best.as_secs_f64() / read.best.as_secs_f64()
    );
}

fn measure_hnsw(count: usize) {
    let (index, probes) = filled(count);
    let build = timed(|| index.rebuild_graph());
    let query = Query {
        top_k: TOP_K,
        mode: Mode::Hnsw,
        among: None,
    };
    let mut recall = 0.0;
    let single = Times::of(probes.iter().map(|probe| {
        timed(|| {
            let hits = index.search(black_box(probe), &query).unwrap();
            if let SearchMethod::Hnsw { recall_at_10 } = hits.method {
                recall = recall_at_10;
            }
            black_box(hits);
        })
    }));
    println!(
        "{count:>9} {build:>12.3?} {:>12.3?} {recall:>9.4}",
        single.median
    );
}

/// Time to read as many f32 as the matrix has, with nothing else to do.
fn memory_read(values: usize) -> Times {
    let block: Vec<u64> = (0..values as u64 / 2).collect();
    let read = || {
        // Sixteen sums hide the latency of an addition and let the compiler use wide registers.
        let mut sums = [0u64; 16];
        for chunk in block.as_chunks::<16>().0 {
            for (sum, value) in sums.iter_mut().zip(chunk) {
                *sum = sum.wrapping_add(*value);
            }
        }
        black_box(sums);
    };
    Times::of((0..PROBES).map(|_| timed(read)))
}

fn filled(count: usize) -> (VoiceIndex, Vec<Embedding>) {
    let model = ModelId::new("bench");
    let unit = |values| Embedding::from_raw(model.clone(), values).unwrap();
    let mut index = VoiceIndex::new(IndexConfig::default(), model.clone(), DIMENSIONS);
    let vectors = synthetic::embeddings(count, DIMENSIONS, RECORDINGS_PER_SPEAKER, 1);
    for (number, values) in vectors.into_iter().enumerate() {
        index
            .insert(VoiceId(Uuid::from_u128(number as u128)), 0, &unit(values))
            .unwrap();
    }
    let probes = synthetic::embeddings(PROBES, DIMENSIONS, 1, 2)
        .into_iter()
        .map(unit)
        .collect();
    (index, probes)
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Times of the same work. On a busy machine the best one says what the code can do.
struct Times {
    best: Duration,
    median: Duration,
}

impl Times {
    fn of(times: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<Duration> = times.collect();
        times.sort_unstable();
        let at = |place: usize| times.get(place).copied().unwrap_or_default();
        Self {
            best: at(0),
            median: at(times.len() / 2),
        }
    }
}
