//! `voxtrace verify REPORT LEFT RIGHT`: does a report say what its recordings give?

use std::fs::File;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde_json::json;

use super::VerifyArgs;
use super::analyse::{analysis_of, open};
use super::compare::{FileVoice, voices_of};
use super::compose::{analyser, calibration, media};
use super::findings::{Recorded, compared};
use super::output::{Exit, Output};
use crate::config::Config;
use crate::domain::{Analysis, ComparedSide, ComparisonFindings, Sha256, VoicePick};
use crate::pipeline::Analyser;
use crate::report::findings_in;
use crate::services::{Language, MediaOpener, comparison_page};

/// Largest report that is read: a page has some tens of kilobytes, and segments of a long call that
/// a person set some hundreds.
const MAX_REPORT_BYTES: u64 = 64 << 20;

pub(super) fn run(
    config: &Config,
    args: &VerifyArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let page = read_report(&args.report)?;
    let reported = findings_in(&page).with_context(|| {
        format!(
            "{} holds no findings, expected a report of `voxtrace compare --report`",
            args.report.display()
        )
    })?;
    let reported: ComparisonFindings = serde_json::from_str(reported).with_context(|| {
        format!(
            "findings of {} are not understood: the report was changed, or another version of \
             Voxtrace made it",
            args.report.display()
        )
    })?;
    let analyser = analyser(config, NonZeroUsize::MIN)?;
    check_compensation(&reported, &analyser)?;
    let calibration = calibration(config, &analyser)?;
    let media = media(config, &std::env::temp_dir());
    let (left, left_analysis) = voice_of(&analyser, &media, &args.left, &reported.left, "left")?;
    let (right, right_analysis) =
        voice_of(&analyser, &media, &args.right, &reported.right, "right")?;
    let found = compared(
        config,
        (analyser.compensator(), &calibration),
        (
            Recorded {
                sha256: reported.left.sha256,
                analysis: &left_analysis,
                segments: reported.left.segments.as_deref(),
            },
            &left,
        ),
        (
            Recorded {
                sha256: reported.right.sha256,
                analysis: &right_analysis,
                segments: reported.right.segments.as_deref(),
            },
            &right,
        ),
    )?;
    let differences = reported.differences(&found);
    // Each page is a function of its findings; one that another version drew may differ in form.
    let language = if page.contains("<html lang=\"zh\">") {
        Language::Chinese
    } else {
        Language::English
    };
    let whole = comparison_page(&reported, language)? == page;
    let reproduced = differences.is_empty();
    if as_json {
        output.json(&json!({
            "reproduced": reproduced,
            "page_unchanged": whole,
            "differences": differences,
        }))?;
    } else {
        for difference in &differences {
            output.line(&format!(
                "differs: {} is {} in the report, {} now",
                difference.field, difference.reported, difference.found
            ))?;
        }
        if !whole {
            output.line(
                "the page is not what its findings give: it was changed, or made with another \
                 version",
            )?;
        }
        if reproduced && whole {
            output.line(
                "reproduced: recordings, measurements, score and ratio are those of the report",
            )?;
        }
    }
    Ok(if reproduced && whole {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// A report can be made again only with what took the channels out of its embeddings.
fn check_compensation(reported: &ComparisonFindings, analyser: &Analyser) -> anyhow::Result<()> {
    let by = |sha256: Option<Sha256>| {
        sha256.map_or_else(
            || "channels not compensated".to_owned(),
            |sha256| format!("channels compensated by {sha256}"),
        )
    };
    let found = reported.evidence.calibration.compensation_sha256;
    let present = analyser.compensator().sha256();
    ensure!(
        found == present,
        "the report was made with {}, this version works with {}: verify it with the version and the \
         models that made it",
        by(found),
        by(present)
    );
    Ok(())
}

fn read_report(path: &Path) -> anyhow::Result<String> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut page = String::new();
    file.take(MAX_REPORT_BYTES + 1)
        .read_to_string(&mut page)
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        page.len() as u64 <= MAX_REPORT_BYTES,
        "{} is larger than {MAX_REPORT_BYTES} bytes, expected a report",
        path.display()
    );
    Ok(page)
}

/// The voice of a file that stands on one side of a report, analysed anew.
fn voice_of(
    analyser: &Analyser,
    media: &MediaOpener,
    path: &Path,
    side: &ComparedSide,
    name: &str,
) -> anyhow::Result<(FileVoice, Analysis)> {
    let (file, sha256) = open(path)?;
    ensure!(
        sha256 == side.sha256,
        "{name} recording {} has SHA-256 {sha256}, the report is about {} ({})",
        path.display(),
        side.sha256,
        side.filename
    );
    let analysis = analysis_of(analyser, media, (path, file), side.segments.clone())?;
    let pick = VoicePick {
        channel: Some(side.channel),
        label: Some(side.label),
    };
    match voices_of(&analysis, path, pick, name)?.into_iter().next() {
        Some(voice) => Ok((voice, analysis)),
        None => bail!(
            "{name} recording {} has no voice {} on channel {} now",
            path.display(),
            side.label + 1,
            side.channel + 1
        ),
    }
}
