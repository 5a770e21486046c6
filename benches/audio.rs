//! Decode, resample and quality measures, in audio seconds a second of one core: criterion shows
//! them as elements a second.

use std::fs::File;
use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use voxtrace::audio::{
    BandMeter, CrossTalkMeter, DecodeLimits, Decoder, LevelMeter, PauseMeter, Resampler,
    SoundMeter, WadaMeter,
};
use voxtrace::domain::SampleRate;
use voxtrace::transcode::{TranscodeSettings, Transcoder};

/// Audio in one iteration, in seconds.
const SECONDS: u64 = 60;

/// Speech-like in level only: a sweep of tones, which costs what speech costs.
fn signal(rate_hz: u32) -> Vec<f32> {
    (0..u64::from(rate_hz) * SECONDS)
        .map(|n| ((n as f32 * 0.07).sin() + (n as f32 * 0.31).sin()) * 0.2)
        .collect()
}

/// `samples` under a plain WAVE header of 16 bits.
fn wav(samples: &[f32], rate_hz: u32) -> Vec<u8> {
    let length = samples.len() as u32 * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend((rate_hz * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(
        samples
            .iter()
            .flat_map(|x| ((x * 32767.0) as i16).to_le_bytes()),
    );
    bytes
}

/// Decodes to the end and gives the duration, in milliseconds.
fn decode(bytes: &[u8]) -> u64 {
    let source = Cursor::new(bytes.to_vec());
    let Ok(mut decoder) = Decoder::open(source, &DecodeLimits::default()) else {
        return 0;
    };
    while let Ok(Some(block)) = decoder.next_block() {
        black_box(block);
    }
    decoder.facts().duration_ms
}

fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for rate_hz in [8_000, 44_100] {
        let bytes = wav(&signal(rate_hz), rate_hz);
        group.throughput(Throughput::Elements(SECONDS));
        group.bench_function(BenchmarkId::new("wav-s16", rate_hz), |b| {
            b.iter(|| decode(&bytes))
        });
    }
    // One and a half seconds each: criterion counts milliseconds here.
    for (name, bytes) in samples_of_formats() {
        let duration_ms = decode(&bytes);
        if duration_ms > 0 {
            group.throughput(Throughput::Elements(duration_ms));
            group.bench_function(format!("{name}-in-ms"), |b| b.iter(|| decode(&bytes)));
        }
    }
    group.finish();
}

/// The files of the tests by name, one for each container and codec.
fn samples_of_formats() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/formats");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let bytes = std::fs::read(entry.path()).ok()?;
            Some((entry.file_name().to_string_lossy().into_owned(), bytes))
        })
        .collect();
    files.sort();
    files
}

/// What is read through ffmpeg, where there is one: a process started for each, so long files cost
/// less a second than these short ones.
fn transcoding(criterion: &mut Criterion) {
    let Some(transcoder) = Transcoder::find(&TranscodeSettings::default()) else {
        return;
    };
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let mut group = criterion.benchmark_group("transcode");
    group.sample_size(10);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/formats");
    for (name, bytes) in samples_of_formats() {
        let Ok(file) = File::open(samples.join(&name)) else {
            continue;
        };
        if decode(&bytes) == 0 && transcoder.check(&file, folder.path()).is_ok() {
            group.throughput(Throughput::Elements(1_500));
            group.bench_function(format!("{name}-in-ms"), |b| {
                b.iter(|| transcoder.to_wav(&file, folder.path()).is_ok());
            });
        }
    }
    group.finish();
}

fn resampling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("resample");
    group.throughput(Throughput::Elements(SECONDS));
    for rate_hz in [8_000, 11_025, 44_100, 48_000] {
        let input = signal(rate_hz);
        let mut output = Vec::with_capacity(16_000 * SECONDS as usize + 4096);
        let Some(from) = SampleRate::new(rate_hz) else {
            continue;
        };
        let Ok(mut resampler) = Resampler::new(from, SampleRate::HZ_16000) else {
            continue;
        };
        group.bench_function(format!("{rate_hz}-to-16000"), |b| {
            b.iter(|| {
                output.clear();
                for block in input.chunks(4096) {
                    resampler.push(block, &mut output);
                }
                resampler.finish(&mut output);
                black_box(output.len())
            });
        });
    }
    group.finish();
}

fn quality(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("quality");
    group.throughput(Throughput::Elements(SECONDS));
    let input = signal(16_000);
    group.bench_function("level-16000", |b| {
        b.iter(|| {
            let mut meter = LevelMeter::new(1.0);
            input.chunks(4096).for_each(|block| meter.push(block));
            black_box(meter.report())
        });
    });
    group.bench_function("band-16000", |b| {
        b.iter(|| {
            let mut meter = BandMeter::new();
            input
                .chunks(32_000)
                .for_each(|block| meter.push_speech(block));
            black_box(meter.report(&PauseMeter::default()))
        });
    });
    group.bench_function("wada-16000", |b| {
        b.iter(|| {
            let mut meter = WadaMeter::default();
            input.chunks(4096).for_each(|block| meter.push(block));
            black_box(meter.snr_db())
        });
    });
    group.bench_function("sound-16000", |b| {
        b.iter(|| {
            let mut meter = SoundMeter::default();
            input.chunks(4096).for_each(|block| meter.push(block));
            black_box(meter.report(input.len() as u64))
        });
    });
    group.bench_function("cross-talk-16000", |b| {
        b.iter(|| {
            let mut meter = CrossTalkMeter::default();
            input
                .chunks(4096)
                .for_each(|block| meter.push(block, block));
            black_box(meter.report())
        });
    });
    group.finish();
}

criterion_group!(benches, decoding, transcoding, resampling, quality);
criterion_main!(benches);
