//! `voxtrace search FILE`

use std::sync::Arc;

use serde_json::{Value, json};

use super::SearchArgs;
use super::analyse::{analyse_file, open};
use super::compare::{evidence_json, voices_of};
use super::compose::{data_folder, services};
use super::output::{Exit, Output, outcome_json, table};
use crate::config::Config;
use crate::domain::{
    PopulationMismatch, Reach, Recording, SearchAnswer, Sha256, StoredSearch, SubjectCandidate,
    VoicePick,
};
use crate::services::{
    Actor, PopulationChoice, Probe, ProbeRequest, SearchOptions, ServiceError, Services, VoiceRef,
};
use crate::store::RecordingFilter;

pub(super) async fn run(
    config: &Config,
    args: SearchArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    // Before an archive is opened, which makes one where there is none.
    let (_, sha256) = open(&args.file)?;
    let services = services(config, &data_folder(config, &args.data)).await?;
    let probes = probes(&services, &args, sha256).await?;
    let mut answered = 0;
    let filters = args.filters.filters(&services).await?;
    for probe in probes {
        let options = SearchOptions {
            against: args.against,
            top_k: args.top,
            exact: args.exact,
            case_id: None,
            purpose: args.purpose.clone(),
            repeats: None,
            population: args.population.map(|id| PopulationChoice {
                id,
                version: args.population_version,
            }),
            filters: filters.clone(),
        };
        match services
            .search(&Actor::command_line(), probe, options)
            .await
        {
            Ok(search) => {
                answered += 1;
                if as_json {
                    output.json(&search_json(&search))?;
                } else {
                    output.line(&search_text(&search))?;
                }
            }
            Err(error) if error.is_outcome() => {
                if as_json {
                    output.json(&outcome_json(&error))?;
                } else {
                    output.line(&format!("no result: {error}"))?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    services.store().close().await;
    Ok(if answered == 0 {
        Exit::NoResult
    } else {
        Exit::Done
    })
}

/// The voices of the file: those of the archive where the file is in it, so that it does not find
/// itself; otherwise it is analysed now.
async fn probes(
    services: &Arc<Services>,
    args: &SearchArgs,
    sha256: Sha256,
) -> anyhow::Result<Vec<ProbeRequest>> {
    let pick = VoicePick::from(args.pick);
    if let Some(recording) = recording_of(services, sha256).await? {
        let voices = services.voices_of(recording.id).await?;
        let chosen: Vec<ProbeRequest> = voices
            .iter()
            .filter(|detail| pick.takes(detail.voice.channel, detail.voice.label))
            .filter(|detail| detail.voiceprint.is_some())
            .map(|detail| ProbeRequest::Archive(VoiceRef::Voice(detail.voice.id)))
            .collect();
        return Ok(if chosen.is_empty() {
            vec![ProbeRequest::Archive(VoiceRef::Recording {
                id: recording.id,
                pick,
            })]
        } else {
            chosen
        });
    }
    let analyser = Arc::clone(services.analyser());
    let media = Arc::clone(services.media());
    let path = args.file.clone();
    let (sha256, analysis) =
        tokio::task::spawn_blocking(move || analyse_file(&analyser, &media, &path)).await??;
    voices_of(&analysis, &args.file, pick, "probe")?
        .into_iter()
        .map(|voice| {
            let embedding = voice.embedding("probe")?.clone();
            Ok(ProbeRequest::Outside(Box::new(Probe {
                facts: voice.facts,
                sha256,
                embedding,
            })))
        })
        .collect::<Result<Vec<_>, ServiceError>>()
        .map_err(anyhow::Error::from)
}

pub(super) async fn recording_of(
    services: &Services,
    sha256: crate::domain::Sha256,
) -> anyhow::Result<Option<Recording>> {
    let filter = RecordingFilter {
        sha256: Some(sha256),
        ..RecordingFilter::default()
    };
    let page = crate::domain::PageRequest {
        limit: 1,
        after: None,
    };
    let recordings = services
        .store()
        .reader()
        .await?
        .recordings(&filter, page)
        .await?;
    Ok(recordings.items.into_iter().next())
}

fn search_json(search: &StoredSearch) -> Value {
    let answer = &search.answer;
    let candidates: Vec<Value> = answer
        .candidates
        .iter()
        .map(|candidate| {
            let mut value = evidence_json(&candidate.evidence);
            if let Value::Object(fields) = &mut value {
                let voice = &candidate.voice;
                fields.insert("rank".to_owned(), json!(candidate.rank));
                fields.insert("margin_llr".to_owned(), json!(candidate.margin_llr));
                fields.insert("expected_false".to_owned(), json!(candidate.expected_false));
                fields.insert(
                    "operating_point".to_owned(),
                    json!(candidate.operating_point),
                );
                fields.insert("same_bytes".to_owned(), json!(candidate.same_bytes));
                fields.insert("population".to_owned(), json!(candidate.population));
                fields.insert("subject".to_owned(), json!(candidate.subject));
                fields.insert("case_no".to_owned(), json!(voice.case_no));
                fields.insert(
                    "recording".to_owned(),
                    json!({ "id": voice.recording_id, "filename": voice.filename }),
                );
                fields.insert("voice_id".to_owned(), json!(voice.voice_id));
                fields.insert("channel".to_owned(), json!(voice.channel));
                fields.insert(
                    "net_speech_ms".to_owned(),
                    json!(voice.net_speech.as_millis()),
                );
                fields.insert("quality".to_owned(), json!(voice.quality));
            }
            value
        })
        .collect();
    json!({
        "search_id": search.id,
        "created_at": search.created_at,
        "probe": {
            "filename": answer.probe.filename,
            "case_no": answer.probe.case_no,
            "channel": answer.probe.channel,
            "net_speech_ms": answer.probe.net_speech.as_millis(),
            "quality": answer.probe.quality,
        },
        "candidates": candidates,
        "subjects": answer.subjects.iter().map(subject_json).collect::<Vec<_>>(),
        "method": answer.method,
        "gallery_size": answer.gallery_size,
        "filters": search.request.filters,
        "left_out_unknown": answer.left_out_unknown,
        "base_rate": answer.base_rate(),
        "operating_points": answer.operating_points,
        "model_id": answer.model,
        "model_sha256": answer.model_sha256,
        "population": answer.population,
        "population_use": answer.population_use,
        "software_version": answer.software_version,
        "kind": crate::scoring::INVESTIGATIVE.code,
        "kind_notice": crate::scoring::INVESTIGATIVE.notice,
        "notice": crate::scoring::NOTICE,
    })
}

fn subject_json(candidate: &SubjectCandidate) -> Value {
    let mut value = evidence_json(&candidate.evidence);
    let side = &candidate.side;
    let voices = side.voices.iter().map(|one| {
        json!({
            "voice_id": one.voice.voice_id,
            "recording": { "id": one.voice.recording_id, "filename": one.voice.filename },
            "score": one.score,
            "log10_lr": one.log10_lr,
        })
    });
    if let Value::Object(fields) = &mut value {
        fields.insert("rank".to_owned(), json!(candidate.rank));
        fields.insert("margin_llr".to_owned(), json!(candidate.margin_llr));
        fields.insert("expected_false".to_owned(), json!(candidate.expected_false));
        fields.insert("subject".to_owned(), json!(side.subject));
        fields.insert("recordings".to_owned(), json!(side.recordings));
        fields.insert("voice_count".to_owned(), json!(side.voice_count));
        fields.insert("voices".to_owned(), voices.collect());
        fields.insert("least_agreement".to_owned(), json!(side.least_agreement));
        fields.insert("population".to_owned(), json!(candidate.population));
    }
    value
}

fn search_text(search: &StoredSearch) -> String {
    let answer = &search.answer;
    let mut rows = vec![
        [
            "rank",
            "log10 LR",
            "scale",
            "score",
            "expected false",
            "point",
            "recording",
            "channel",
            "case",
            "subject",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for candidate in &answer.candidates {
        rows.push(vec![
            candidate.rank.to_string(),
            format!("{:+.2}", candidate.evidence.log10_lr),
            candidate.evidence.verbal.replace('_', " "),
            format!("{:.3}", candidate.evidence.score.0),
            format!("{:.2}", candidate.expected_false),
            candidate
                .operating_point
                .clone()
                .unwrap_or_else(|| "-".to_owned()),
            candidate.voice.filename.clone(),
            candidate.voice.channel.to_string(),
            candidate
                .voice
                .case_no
                .clone()
                .unwrap_or_else(|| "-".to_owned()),
            candidate.subject.as_ref().map_or_else(
                || "-".to_owned(),
                |subject| format!("{} ({})", subject.name, subject.class.as_str()),
            ),
        ]);
    }
    let method = match answer.method {
        crate::domain::SearchMethod::Exact => "exact".to_owned(),
        crate::domain::SearchMethod::Hnsw { recall_at_10 } => {
            format!("HNSW, recall@10 {recall_at_10:.3}")
        }
    };
    format!(
        "probe {} channel {}, {} of net speech, {}; {} voices searched, {method}; search {}\n{}\n{}{}{} {}",
        answer.probe.filename,
        answer.probe.channel,
        answer.probe.net_speech,
        answer.probe.quality.bandwidth.as_str(),
        answer.gallery_size,
        search.id,
        table(&rows),
        subjects_text(answer) + &population_text(answer),
        gallery_text(answer),
        crate::scoring::INVESTIGATIVE.notice,
        crate::scoring::NOTICE,
    )
}

/// Subjects by all of their recordings together.
fn subjects_text(answer: &SearchAnswer) -> String {
    if answer.subjects.is_empty() {
        return String::new();
    }
    let head = [
        "subject",
        "log10 LR",
        "scale",
        "score",
        "expected false",
        "recordings",
        "least agreement",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for candidate in &answer.subjects {
        let (evidence, side) = (&candidate.evidence, &candidate.side);
        rows.push(vec![
            format!("{} ({})", side.subject.name, side.subject.class.as_str()),
            format!("{:+.2}", evidence.log10_lr),
            evidence.verbal.replace('_', " "),
            format!("{:.3}", evidence.score.0),
            format!("{:.2}", candidate.expected_false),
            side.recordings.to_string(),
            side.least_agreement
                .map_or_else(|| "-".to_owned(), |pair| format!("{:+.2}", pair.log10_lr)),
        ]);
    }
    format!(
        "subjects, each by all of its enrolled voices together:\n{}\n",
        table(&rows)
    )
}

/// What a population makes of the candidates, a line each.
fn population_text(answer: &SearchAnswer) -> String {
    let Some(used) = &answer.population_use else {
        return String::new();
    };
    let mut text = format!(
        "measured on population {} ({} voices, SHA-256 {}):\n",
        used.title(),
        used.voices,
        used.sha256
    );
    for warning in &used.warnings {
        let what = match warning.kind {
            PopulationMismatch::Bandwidth => "its bandwidth, which the population has in",
            PopulationMismatch::NetSpeech => "its net speech, which in 90 % of the population is",
            PopulationMismatch::Unlike => {
                "its mean score with the population, which for 99 % of its own voices is"
            }
        };
        text.push_str(&format!(
            "  the population does not resemble the {}: {} is {what} {}\n",
            warning.side, warning.found, warning.population
        ));
    }
    let of_candidates = answer
        .candidates
        .iter()
        .map(|one| (format!("candidate {}", one.rank), one.population));
    let of_subjects = answer
        .subjects
        .iter()
        .map(|one| (one.side.subject.name.clone(), one.population));
    for (name, rates) in of_candidates.chain(of_subjects) {
        let Some(rates) = rates else { continue };
        let reach = |side: Reach| {
            format!(
                "{} of {} (at most {:.2} %)",
                side.reached,
                side.voices,
                100.0 * side.upper
            )
        };
        text.push_str(&format!(
            "  {name}: {} reach its ratio with the probe, {} with it\n",
            reach(rates.probe),
            reach(rates.candidate)
        ));
    }
    text
}

/// What the size of the gallery means for the ratios, a line each.
fn gallery_text(answer: &SearchAnswer) -> String {
    let mut text = String::new();
    for point in &answer.operating_points {
        let from = point.log10_lr.map_or_else(
            || "no ratio that the calibration supports".to_owned(),
            |ratio| format!("log10 LR {ratio:+.2}"),
        );
        text.push_str(&format!(
            "{}: expected voices of other people at most {} from {from} on\n",
            point.name, point.expected_false
        ));
    }
    if let Some(rate) = answer.base_rate() {
        text.push_str(&format!(
            "base rate: were the speaker surely among {} equally likely voices, the prior odds of \
             each would be 1 to {} (log10 {:.2}); an LR multiplies prior odds, which are not known \
             here\n",
            rate.voices, rate.odds_against, rate.log10_prior_odds
        ));
    }
    text
}
