//! Damaged files by the thousand through the decoder: nothing may panic, hang or eat memory.
//!
//! `cargo bench --bench mutation -- --files 20000` takes the samples of every format under
//! `tests/golden/formats`, changes each in one of five ways, decodes what comes out to its end, and
//! prints how it went by format and by kind of damage. The seed makes a run repeatable. The exit
//! status says whether there was a panic, a decode of more than 10 s, or a peak of memory of more
//! than 256 MiB above idle.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use voxtrace::audio::{DecodeError, DecodeLimits, Decoder};

/// Longest decode of one file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Memory above idle that a run may take, in KiB.
const MEMORY_KIB: u64 = 256 * 1024;

/// Decodes damaged files.
#[derive(Parser)]
struct Arguments {
    /// How many files.
    #[arg(long, default_value_t = 20_000)]
    files: u64,
    /// Where the changes begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A small generator whose numbers are the same everywhere.
///
/// # Source
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: SplitMix64.
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
}

/// How a file is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    /// Bytes of the first 256 replaced.
    Header,
    /// Cut somewhere.
    Truncation,
    /// Single bits turned over, anywhere.
    BitFlips,
    /// The start of one file and the rest of another.
    Splice,
    /// A 32-bit number somewhere replaced by an extreme one.
    Lengths,
}

const DAMAGES: [Damage; 5] = [
    Damage::Header,
    Damage::Truncation,
    Damage::BitFlips,
    Damage::Splice,
    Damage::Lengths,
];

impl Damage {
    fn applied(self, bytes: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        match self {
            Self::Header => {
                for _ in 0..1 + numbers.below(12) {
                    let at = numbers.below(bytes.len().min(256));
                    bytes[at] = numbers.next() as u8;
                }
            }
            Self::Truncation => bytes.truncate(numbers.below(bytes.len())),
            Self::BitFlips => {
                for _ in 0..1 + numbers.below(64) {
                    let at = numbers.below(bytes.len());
                    bytes[at] ^= 1 << numbers.below(8);
                }
            }
            Self::Splice => {
                bytes.truncate(numbers.below(bytes.len()));
                bytes.extend_from_slice(&other[numbers.below(other.len())..]);
            }
            Self::Lengths => {
                const EXTREMES: [u32; 6] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];
                for _ in 0..1 + numbers.below(4) {
                    let at = numbers.below(bytes.len().saturating_sub(4));
                    let number = EXTREMES[numbers.below(EXTREMES.len())];
                    let number = if numbers.below(2) == 0 {
                        number.to_le_bytes()
                    } else {
                        number.to_be_bytes()
                    };
                    bytes[at..at + 4].copy_from_slice(&number);
                }
            }
        }
        bytes
    }
}

/// What came of some files.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    files: u64,
    whole: u64,
    damaged: u64,
    refused: u64,
    panicked: u64,
    slow: u64,
}

impl Tally {
    fn add(&mut self, outcome: &Outcome, took: Duration) {
        self.files += 1;
        match outcome {
            Outcome::Whole => self.whole += 1,
            Outcome::Damaged => self.damaged += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Panicked => self.panicked += 1,
        }
        self.slow += u64::from(took > PATIENCE);
    }
}

enum Outcome {
    Whole,
    Damaged,
    Refused,
    Panicked,
}

fn decode(bytes: Vec<u8>, limits: &DecodeLimits) -> Result<bool, DecodeError> {
    let mut decoder = Decoder::open(Cursor::new(bytes), limits)?;
    while decoder.next_block()?.is_some() {}
    Ok(decoder.finish().damage.is_some())
}

/// A line of this process's status, in KiB.
fn memory_kib(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = status.lines().find_map(|text| text.strip_prefix(line));
    let digits = number.map(|text| text.trim().trim_end_matches(" kB"));
    digits.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/formats");
    let mut samples: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|name| name != "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    samples.sort();
    // A panic is counted, not printed twenty thousand times.
    std::panic::set_hook(Box::new(|_| {}));
    let limits = DecodeLimits::default();
    let mut numbers = Numbers(arguments.seed);
    let idle_kib = memory_kib("VmRSS:");
    let (mut by_format, mut by_damage) = (BTreeMap::new(), BTreeMap::new());
    let mut longest = Duration::ZERO;
    for number in 0..arguments.files {
        let (name, bytes) = &samples[number as usize % samples.len()];
        let other = &samples[numbers.below(samples.len())].1;
        let damage = DAMAGES[(number as usize / samples.len()) % DAMAGES.len()];
        let before = numbers.0;
        let bytes = damage.applied(bytes, other, &mut numbers);
        let began = Instant::now();
        let outcome = match catch_unwind(AssertUnwindSafe(|| decode(bytes, &limits))) {
            Ok(Ok(false)) => Outcome::Whole,
            Ok(Ok(true)) => Outcome::Damaged,
            Ok(Err(_)) => Outcome::Refused,
            Err(_) => {
                println!("panic: {name} {damage:?} from {before}");
                Outcome::Panicked
            }
        };
        let took = began.elapsed();
        if took > PATIENCE {
            println!("{took:.1?}: {name} {damage:?} from {before}");
        }
        longest = longest.max(took);
        for tally in [
            by_format.entry(name.clone()).or_default(),
            by_damage.entry(format!("{damage:?}")).or_default(),
        ] {
            Tally::add(tally, &outcome, took);
        }
    }
    let peak_kib = memory_kib("VmHWM:").saturating_sub(idle_kib);
    println!(
        "{:<18} {:>7} {:>7} {:>8} {:>8} {:>7} {:>6}",
        "of", "files", "whole", "damaged", "refused", "panics", "slow"
    );
    for (name, tally) in by_damage.iter().chain(&by_format) {
        let Tally {
            files,
            whole,
            damaged,
            refused,
            panicked,
            slow,
        } = tally;
        println!(
            "{name:<18} {files:>7} {whole:>7} {damaged:>8} {refused:>8} {panicked:>7} {slow:>6}"
        );
    }
    let of_all = |count: fn(&Tally) -> u64| by_damage.values().map(count).sum::<u64>();
    let (panicked, slow) = (of_all(|tally| tally.panicked), of_all(|tally| tally.slow));
    println!(
        "{} files, {panicked} panics, {slow} over {PATIENCE:?}, longest {longest:.2?}, peak {} MiB \
         above idle",
        arguments.files,
        peak_kib / 1024
    );
    if panicked == 0 && slow == 0 && peak_kib <= MEMORY_KIB {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
