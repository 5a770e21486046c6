//! `voxtrace doctor`: checks what the service stands on, and says what to do.

use std::path::Path;

use serde_json::json;

use super::DataArgs;
use super::compose::{data_folder, models_folder, open_store};
use super::output::{Exit, Output};
use crate::config::Config;
use crate::domain::{Clock, SystemClock, Timestamp};
use crate::runtime::{self, LibrarySearch, OnnxRuntime};
use crate::services::ReportKeyPlace;
use crate::store::Store;
use crate::transcode::Transcoder;

/// Free space below which uploads will soon fail.
const LOW_DISK_BYTES: u64 = 2 << 30;
/// A clock before this day is wrong: Voxtrace did not exist.
const EARLIEST: &str = "2026-01-01T00:00:00Z";

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warning,
    Fault,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

struct Finding {
    check: &'static str,
    verdict: Verdict,
    found: String,
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            found: found.into(),
            advice: None,
        }
    }

    fn fault(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Fault,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }
}

pub(super) async fn run(
    config: &Config,
    args: DataArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let data = data_folder(config, &args);
    let mut findings = Vec::new();
    let runtime = check_runtime(&mut findings);
    check_models(config, runtime.as_ref(), &mut findings);
    findings.push(check_transcoder(config));
    check_data(&data, &mut findings).await;
    findings.push(check_report_key(config, &data));
    findings.push(check_disk(&data));
    findings.push(check_clock());
    for finding in &findings {
        if as_json {
            output.json(&json!({
                "check": finding.check,
                "verdict": finding.verdict.as_str(),
                "found": finding.found,
                "advice": finding.advice,
            }))?;
        } else {
            output.line(&format!(
                "{:8} {:10} {}",
                finding.verdict.as_str(),
                finding.check,
                finding.found
            ))?;
            if let Some(advice) = &finding.advice {
                output.line(&format!("{:19} -> {advice}", ""))?;
            }
        }
    }
    let fault = findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Fault);
    Ok(if fault { Exit::Failed } else { Exit::Done })
}

fn check_runtime(findings: &mut Vec<Finding>) -> Option<OnnxRuntime> {
    match OnnxRuntime::load(&LibrarySearch::standard()) {
        Ok(runtime) => {
            let path = runtime.library_path().display().to_string();
            findings.push(Finding::ok("runtime", format!("ONNX Runtime is {path}")));
            Some(runtime)
        }
        Err(error) => {
            findings.push(Finding::fault(
                "runtime",
                error.to_string(),
                "run scripts/setup.sh, or set ORT_DYLIB_PATH to libonnxruntime",
            ));
            None
        }
    }
}

fn check_models(config: &Config, library: Option<&OnnxRuntime>, findings: &mut Vec<Finding>) {
    let advice = "restore the models folder, or set models.dir";
    let folder = match models_folder(config) {
        Ok(folder) => folder,
        Err(error) => {
            findings.push(Finding::fault("models", error.to_string(), advice));
            return;
        }
    };
    match runtime::list_models(&folder) {
        Ok(listed) => {
            for needed in [config.models.embedding(), &config.models.vad] {
                if listed
                    .iter()
                    .all(|(_, manifest)| manifest.id.as_str() != needed)
                {
                    findings.push(Finding::fault(
                        "models",
                        format!("{needed} is missing"),
                        advice,
                    ));
                }
            }
        }
        Err(error) => findings.push(Finding::fault("models", error.to_string(), advice)),
    }
    let Some(library) = library else { return };
    for runtime::Verdict { manifest, outcome } in
        runtime::verify(&folder, library).unwrap_or_default()
    {
        let id = manifest.id;
        findings.push(match outcome {
            Ok(()) => Finding::ok("models", format!("{id}: hash and golden vectors agree")),
            Err(error) => Finding::fault("models", format!("{id}: {error}"), advice),
        });
    }
}

fn check_transcoder(config: &Config) -> Finding {
    match Transcoder::find(&config.transcode) {
        Some(found) => {
            let (version, path) = (found.version(), found.program().display());
            Finding::ok("ffmpeg", format!("{version} is {path}"))
        }
        None => Finding {
            check: "ffmpeg",
            verdict: Verdict::Warning,
            found: "there is none: AMR, GSM, G.7xx, WMA, AVI, FLV and MPEG are refused".to_owned(),
            advice: Some("apt-get install ffmpeg, or set transcode.ffmpeg".to_owned()),
        },
    }
}

async fn check_data(data: &Path, findings: &mut Vec<Finding>) {
    if !data.join("voxtrace.db").exists() {
        findings.push(Finding {
            check: "data",
            verdict: Verdict::Warning,
            found: format!("there is no archive in {} yet", data.display()),
            advice: Some("ingest recordings or start the service: it is made then".to_owned()),
        });
        return;
    }
    let probe = data.join("incoming").join(".doctor");
    let writable = std::fs::create_dir_all(data.join("incoming"))
        .and_then(|()| std::fs::write(&probe, b"x"))
        .and_then(|()| std::fs::remove_file(&probe));
    findings.push(match writable {
        Ok(()) => Finding::ok("data", format!("{} can be written", data.display())),
        Err(error) => Finding::fault(
            "data",
            format!("{} cannot be written: {error}", data.display()),
            "give the service's user write access",
        ),
    });
    let checked = match open_store(data).await {
        Ok(store) => {
            let outcome = store.check().await.map_err(anyhow::Error::from);
            store.close().await;
            outcome
        }
        Err(error) => Err(error),
    };
    findings.push(match checked {
        Ok(()) => Finding::ok("database", "answers and is whole"),
        Err(error) => Finding::fault(
            "database",
            format!("{error:#}"),
            "stop the service and restore the data folder from its backup",
        ),
    });
}

fn check_report_key(config: &Config, data: &Path) -> Finding {
    match ReportKeyPlace::of(&config.report.signing_key, data).read() {
        Ok(Some(key)) => Finding::ok("report key", format!("id {}", key.public().id())),
        Ok(None) => Finding::ok("report key", "none yet: the first report makes it"),
        Err(error) => Finding::fault(
            "report key",
            error.to_string(),
            "restore keys/ of the data folder from its backup, or mend report.signing_key",
        ),
    }
}

fn check_disk(data: &Path) -> Finding {
    // The folder may not exist yet; its nearest ancestor tells of the same disk.
    let existing = data
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(Path::new("."));
    match rustix::fs::statvfs(existing) {
        Ok(facts) => {
            let free = facts.f_bavail.saturating_mul(facts.f_frsize);
            let found = format!("{:.1} GiB free", free as f64 / f64::from(1 << 30));
            if free < LOW_DISK_BYTES {
                Finding {
                    check: "disk",
                    verdict: Verdict::Warning,
                    found,
                    advice: Some("free space or move the data folder".to_owned()),
                }
            } else {
                Finding::ok("disk", found)
            }
        }
        Err(error) => Finding::fault("disk", error.to_string(), "check that the disk is mounted"),
    }
}

fn check_clock() -> Finding {
    let now = SystemClock.now();
    let sane = Timestamp::parse(EARLIEST).is_ok_and(|earliest| now > earliest);
    if sane {
        Finding::ok("clock", now.to_string())
    } else {
        Finding::fault(
            "clock",
            format!("{now} lies before {EARLIEST}"),
            "set the clock, use NTP",
        )
    }
}
