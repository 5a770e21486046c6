//! Entities that hold a text, of a million: by the index of the store, and by reading the table.
//!
//! `cargo bench --bench find` fills a database with numbers, accounts, devices and Chinese names of
//! people and firms, asks for parts of them in many ways, and checks that the index answers what
//! reading the whole table answers. The exit status says whether the answers are the same and the
//! target is met.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use sqlx::{Connection, Row, SqliteConnection};
use voxtrace::audit;
use voxtrace::domain::{Entity, EntityId, EntityKind, SystemClock, SystemRng, Timestamp};
use voxtrace::store::sqlite::SqliteStore;
use voxtrace::store::{Store, TextMatch};

/// Longest answer.
const TARGET: Duration = Duration::from_millis(50);
/// Entities of one unit of work, as an import writes them.
const BATCH: usize = 2000;
/// Entities that an answer asks for: a page of the one query and one more.
const LIMIT: u32 = 21;
const SURNAMES: [char; 12] = [
    '王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙',
];
const GIVEN: [char; 16] = [
    '伟', '芳', '娜', '敏', '静', '丽', '强', '磊', '军', '洋', '勇', '艳', '杰', '涛', '明', '超',
];
const TRADES: [&str; 6] = ["科技", "贸易", "物流", "信息", "商务", "电子"];

#[derive(Parser)]
struct Arguments {
    /// Entities.
    #[arg(long, default_value_t = 1_000_000)]
    entities: usize,
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

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

fn drawn(number: usize, numbers: &mut Numbers) -> (EntityKind, String) {
    match number % 20 {
        0..12 => {
            let tail = numbers.below(1_000_000_000);
            (
                EntityKind::Phone,
                format!("+861{:02}{tail:09}", 30 + numbers.below(60)),
            )
        }
        12..15 => {
            let tail = numbers.below(10_000_000_000_000);
            (EntityKind::Account, format!("622202{tail:013}"))
        }
        15..17 => {
            let tail = numbers.below(1_000_000_000);
            (EntityKind::Device, format!("86{tail:013}"))
        }
        17..19 => {
            let (surname, a, b) = (
                numbers.pick(&SURNAMES),
                numbers.pick(&GIVEN),
                numbers.pick(&GIVEN),
            );
            // Names repeat; a number behind each keeps them apart.
            let name = format!("{surname}{a}{b}{}", numbers.below(100_000));
            (EntityKind::Person, name)
        }
        _ => {
            let (a, b) = (numbers.pick(&GIVEN), numbers.pick(&GIVEN));
            let trade = numbers.pick(&TRADES);
            (
                EntityKind::Organisation,
                format!("{a}{b}{trade}{}有限公司", numbers.below(100_000)),
            )
        }
    }
}

async fn fill(store: &SqliteStore, count: usize) -> Duration {
    let clock = SystemClock;
    let rng = SystemRng;
    let mut numbers = Numbers(1);
    let begun = Instant::now();
    let mut done = 0;
    while done < count {
        let batch: Vec<Entity> = (done..count.min(done + BATCH))
            .map(|number| {
                let (kind, normalised) = drawn(number, &mut numbers);
                Entity {
                    id: EntityId::new(&clock, &rng),
                    kind,
                    written: normalised.clone(),
                    normalised,
                    warnings: Vec::new(),
                    created_at: Timestamp::from_millis(0),
                }
            })
            .collect();
        done += batch.len();
        let mut work = store.begin().await.unwrap();
        work.put_entities(&batch).await.unwrap();
        let detail = serde_json::json!({ "entities": batch.len() });
        audit::record(
            work.as_mut(),
            &clock,
            "bench",
            "entity.added",
            "bench",
            detail,
        )
        .await
        .unwrap();
        work.commit().await.unwrap();
    }
    begun.elapsed()
}

/// The same answer by reading the table, as it was done before there was an index.
async fn read_through(connection: &mut SqliteConnection, text: &str) -> Vec<String> {
    let rows = sqlx::query(
        "SELECT normalised FROM entities WHERE normalised LIKE ? ORDER BY normalised, kind LIMIT ?",
    )
    .bind(format!("%{text}%"))
    .bind(LIMIT)
    .fetch_all(connection)
    .await
    .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voxtrace.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let filled = fill(&store, arguments.entities).await;
    println!(
        "{} entities written in {:.1} s, {:.0} a second",
        arguments.entities,
        filled.as_secs_f64(),
        arguments.entities as f64 / filled.as_secs_f64()
    );
    store.close().await;
    println!("file {} MiB", std::fs::metadata(&file).unwrap().len() >> 20);
    let begun = Instant::now();
    let store = SqliteStore::open(&file).await.unwrap();
    println!("opened in {:.3} s", begun.elapsed().as_secs_f64());
    let url = format!("sqlite://{}", file.display());
    let mut raw = SqliteConnection::connect(&url).await.unwrap();
    let mut longest = Duration::ZERO;
    let mut same = true;
    for text in [
        "13800138",
        "38001",
        "8888",
        "777777",
        "+86138",
        "8613",
        "99999999",
        "000",
        "202",
        "王",
        "张伟",
        "李娜娜",
        "公司",
        "有限公司",
        "科技1234",
        "伟芳科技",
        "超9",
        "xyz",
        "不在其中",
    ] {
        let begun = Instant::now();
        let mut reader = store.reader().await.unwrap();
        let found = reader.entities_like(text, TextMatch::Anywhere, LIMIT);
        let found = found.await.unwrap();
        let indexed = begun.elapsed();
        drop(reader);
        let begun = Instant::now();
        let expected = read_through(&mut raw, text).await;
        let read = begun.elapsed();
        let texts: Vec<String> = found.into_iter().map(|entity| entity.normalised).collect();
        let agrees = texts == expected;
        same &= agrees;
        longest = longest.max(indexed);
        println!(
            "{text:12} {:3} found: index {:8.2} ms, whole table {:8.2} ms{}",
            texts.len(),
            indexed.as_secs_f64() * 1e3,
            read.as_secs_f64() * 1e3,
            if agrees { "" } else { "  DIFFERENT" },
        );
    }
    println!("longest by the index {:.2} ms", longest.as_secs_f64() * 1e3);
    store.close().await;
    // What an archive of the format before this one has to go through once.
    sqlx::raw_sql(
        "DELETE FROM entity_texts; INSERT INTO entity_grams (entity_grams) VALUES ('delete-all')",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    raw.close().await.unwrap();
    let begun = Instant::now();
    SqliteStore::open(&file).await.unwrap().close().await;
    println!("index made anew in {:.1} s", begun.elapsed().as_secs_f64());
    if same && longest <= TARGET {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
