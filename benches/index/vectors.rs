//! The vectors of `benches/peers/vector_search.py`, searched by Voxtrace and by hnsw_rs.

use std::collections::HashSet;
use std::path::Path;

use hnsw_rs::prelude::{DistDot, Hnsw};
use serde_json::json;
use uuid::Uuid;
use voxtrace::domain::{Embedding, ModelId, VoiceId};
use voxtrace::index::{IndexConfig, Mode, Query, VoiceIndex};

use super::{DIMENSIONS, TOP_K, Times, timed};

const BREADTHS: [usize; 13] = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
const RECALL: f64 = 0.99;

/// Graphs to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Graphs {
    None,
    Ours,
    OursAndPeer,
}

pub(super) fn measure(folder: &Path, graphs: Graphs) {
    let model = ModelId::new("bench");
    let config = IndexConfig {
        build_threads: 1,
        ..IndexConfig::default()
    };
    let connections = config.max_connections;
    let construction = config.ef_construction;
    let mut index = VoiceIndex::new(config, model.clone(), DIMENSIONS);
    let rows = read(&folder.join("vectors.f32"));
    for (number, values) in rows.as_chunks::<DIMENSIONS>().0.iter().enumerate() {
        let embedding = Embedding::from_raw(model.clone(), values.to_vec()).unwrap();
        index.insert(id(number), 0, &embedding).unwrap();
    }
    let probes = read(&folder.join("probes.f32"));
    let probes: Vec<Embedding> = probes
        .as_chunks::<DIMENSIONS>()
        .0
        .iter()
        .map(|values| Embedding::from_raw(model.clone(), values.to_vec()).unwrap())
        .collect();
    let mut truth = Vec::new();
    let exact = Times::of(probes.iter().map(|probe| {
        let (time, hits) = searched(&index, probe, Mode::Exact);
        truth.push(hits);
        time
    }));
    println!(
        "{}",
        json!({
            "tool": "voxtrace-exact",
            "voices": index.len(),
            "exact_best_ms": ms(exact.best),
            "exact_median_ms": ms(exact.median),
        })
    );
    if graphs == Graphs::None {
        return;
    }
    let build = timed(|| index.rebuild_graph());
    sweep("voxtrace", index.len(), build, |breadth| {
        index.set_ef_search(breadth);
        let mut found = 0;
        let times = Times::of(probes.iter().zip(&truth).map(|(probe, truth)| {
            let (time, hits) = searched(&index, probe, Mode::Hnsw);
            found += hits.intersection(truth).count();
            time
        }));
        (found, times)
    });
    drop(index);
    if graphs == Graphs::Ours {
        return;
    }
    let rows = rows.as_chunks::<DIMENSIONS>().0;
    let graph = Hnsw::<f32, DistDot>::new(connections, rows.len(), 16, construction, DistDot);
    let build = timed(|| {
        for (number, values) in rows.iter().enumerate() {
            graph.insert((values.as_slice(), number));
        }
    });
    sweep("hnsw_rs", rows.len(), build, |breadth| {
        let mut found = 0;
        let times = Times::of(probes.iter().zip(&truth).map(|(probe, truth)| {
            let mut hits = Vec::new();
            let time = timed(|| hits = graph.search(probe.values(), TOP_K, breadth));
            found += hits
                .iter()
                .filter(|hit| truth.contains(&id(hit.d_id)))
                .count();
            time
        }));
        (found, times)
    });
}

/// Searches ever more broadly until the recall is reached, and prints the last.
fn sweep(
    tool: &str,
    voices: usize,
    build: std::time::Duration,
    mut search: impl FnMut(usize) -> (usize, Times),
) {
    for breadth in BREADTHS {
        let (found, times) = search(breadth);
        let recall = found as f64 / (super::PROBE_FILE_ROWS * TOP_K) as f64;
        if recall >= RECALL || Some(&breadth) == BREADTHS.last() {
            println!(
                "{}",
                json!({
                    "tool": tool,
                    "voices": voices,
                    "build_s": build.as_secs_f64(),
                    "ef": breadth,
                    "recall_at_10": recall,
                    "query_median_ms": ms(times.median),
                })
            );
            return;
        }
    }
}

fn searched(
    index: &VoiceIndex,
    probe: &Embedding,
    mode: Mode,
) -> (std::time::Duration, HashSet<VoiceId>) {
    let query = Query {
        top_k: TOP_K,
        mode,
        among: None,
    };
    let mut hits = Vec::new();
    let time = timed(|| hits = index.search(probe, &query).unwrap().hits);
    (time, hits.into_iter().map(|hit| hit.voice_id).collect())
}

fn id(number: usize) -> VoiceId {
    VoiceId(Uuid::from_u128(number as u128))
}

fn ms(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn read(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let values = bytes.as_chunks::<4>().0.iter();
    values.map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
