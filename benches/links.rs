//! Identity groups of a large archive: a full run, and what one decision costs.
//!
//! `cargo bench --bench links` draws speakers with up to `--most` voices each, ties every pair of one
//! speaker and some look-alikes, and has people confirm and reject a share of the links. Look-alikes
//! tie most speakers to one another, so that the graph is nearly one piece, as in a real archive. It
//! then times a full run and random decisions with their undo, and checks that the partition came back
//! to the bit. The exit status says whether the targets were met.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use uuid::Uuid;
use voxtrace::domain::{LinkState, Llr, Sha256, VoiceId};
use voxtrace::linking::{
    Identities, Identity, LinkGraph, Linkage, LinkedVoice, OnlyTies, Tie, contradictions, partition,
};

/// Longest full run and longest decision.
const TARGETS: [Duration; 2] = [Duration::from_secs(60), Duration::from_millis(50)];
const LINKAGE: Linkage = Linkage {
    worst_llr: Llr(0.7),
};

/// Draws an archive and times its groups.
#[derive(Parser)]
struct Arguments {
    /// Voices.
    #[arg(long, default_value_t = 100_000)]
    voices: usize,
    /// Links.
    #[arg(long, default_value_t = 1_000_000)]
    links: usize,
    /// Most voices of one speaker.
    #[arg(long, default_value_t = 30)]
    most: usize,
    /// Decisions, each undone again.
    #[arg(long, default_value_t = 1_000)]
    decisions: usize,
    /// What is drawn follows it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Uniform in [0, 1).
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn voices(count: usize, numbers: &mut Numbers) -> Vec<LinkedVoice> {
    let voice = |number: usize, numbers: &mut Numbers| LinkedVoice {
        id: VoiceId(Uuid::from_u64_pair(numbers.next(), number as u64)),
        call: Sha256::of(&(number / 2).to_le_bytes()),
        place: ((number % 2) as u16, 0),
    };
    (0..count).map(|number| voice(number, numbers)).collect()
}

/// A link with its ratio, decided by people in one of ten cases.
fn tie(pair: [&LinkedVoice; 2], llr: f64, is_true: bool, numbers: &mut Numbers) -> Tie {
    let state = match (numbers.below(10), is_true) {
        (0, true) => LinkState::Confirmed,
        (0, false) => LinkState::Rejected,
        _ => LinkState::Proposed,
    };
    Tie {
        left: pair[0].id,
        right: pair[1].id,
        llr: Llr(llr),
        state,
    }
}

fn ties(voices: &[LinkedVoice], arguments: &Arguments, numbers: &mut Numbers) -> Vec<Tie> {
    // Neighbours in the list share calls, so a speaker's voices are taken with a stride.
    let mut order: Vec<usize> = (0..voices.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, numbers.below(at + 1));
    }
    let mut ties = Vec::with_capacity(arguments.links);
    let mut rest = order.as_slice();
    let look_alikes = arguments.links / 20;
    while !rest.is_empty() && ties.len() < arguments.links - look_alikes {
        let (speaker, others) = rest.split_at(rest.len().min(1 + numbers.below(arguments.most)));
        rest = others;
        for (place, left) in speaker.iter().enumerate() {
            for right in &speaker[place + 1..] {
                let llr = 2.0 + 5.4 * numbers.share();
                ties.push(tie([&voices[*left], &voices[*right]], llr, true, numbers));
            }
        }
    }
    while ties.len() < arguments.links {
        let [left, right] = [0; 2].map(|_| &voices[numbers.below(voices.len())]);
        if left.id != right.id {
            let llr = 2.0 + 2.0 * numbers.share();
            ties.push(tie([left, right], llr, false, numbers));
        }
    }
    ties
}

fn sizes(identities: &[Identity]) -> (usize, usize) {
    let sizes = identities
        .iter()
        .map(|one| one.voices().len())
        .filter(|size| *size > 1);
    (sizes.clone().count(), sizes.max().unwrap_or(0))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut numbers = Numbers(arguments.seed);
    let voices = voices(arguments.voices, &mut numbers);
    let ties = ties(&voices, &arguments, &mut numbers);
    let graph = LinkGraph::new(voices, ties.iter().copied()).unwrap();

    let began = Instant::now();
    let whole = partition(&graph, LINKAGE, &OnlyTies);
    let full = began.elapsed();
    let (groups, largest) = sizes(&whole);
    println!(
        "full run over {} voices and {} links: {full:.2?}; {groups} groups of two or more, the largest of {largest}",
        arguments.voices,
        ties.len()
    );
    let began = Instant::now();
    let found = contradictions(&graph).len();
    println!("{found} contradictions found in {:.2?}", began.elapsed());

    let mut identities = Identities::new(graph, LINKAGE, &OnlyTies);
    let mut taken = Vec::with_capacity(2 * arguments.decisions);
    let mut undo = Vec::with_capacity(arguments.decisions);
    let mut decide = |identities: &mut Identities, tie: Tie| {
        let began = Instant::now();
        let touched = identities.tie(tie, &OnlyTies).unwrap();
        let voices = touched
            .after
            .iter()
            .map(|one| one.voices().len())
            .sum::<usize>();
        taken.push((began.elapsed(), voices));
    };
    for _ in 0..arguments.decisions {
        let pick = ties[numbers.below(ties.len())];
        let before = identities
            .graph()
            .tie_between(pick.left, pick.right)
            .unwrap();
        let state = if numbers.below(2) == 0 {
            LinkState::Confirmed
        } else {
            LinkState::Rejected
        };
        decide(&mut identities, Tie { state, ..before });
        undo.push(before);
    }
    for tie in undo.into_iter().rev() {
        decide(&mut identities, tie);
    }
    taken.sort_unstable();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].0;
    let worst = at(1.0);
    println!(
        "{} decisions and undos: median {:.2?}, 99 % {:.2?}, longest {worst:.2?}, at most {} voices worked out anew",
        taken.len(),
        at(0.5),
        at(0.99),
        taken.iter().map(|one| one.1).max().unwrap_or(0)
    );
    let restored = identities.partition() == whole;
    println!("partition restored: {restored}");
    if restored && full < TARGETS[0] && worst < TARGETS[1] {
        ExitCode::SUCCESS
    } else {
        println!(
            "missed: a full run under {:?}, a decision under {:?}",
            TARGETS[0], TARGETS[1]
        );
        ExitCode::FAILURE
    }
}
