//! `voxtrace enrol FILE --subject NAME --class CLASS --ground TEXT`

use anyhow::Context;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::EnrolArgs;
use super::compose::{data_folder, services, workers};
use super::ingest::{analysed, store_file};
use super::manifest::Entry;
use super::output::{Exit, Output};
use crate::config::Config;
use crate::domain::{CallFacts, VoicePick};
use crate::services::{Actor, EnrolRequest, Enrolled, NewSubject, Services, VoiceChoice};

pub(super) async fn run(
    config: &Config,
    args: EnrolArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let data = data_folder(config, &args.data);
    let services = services(config, &data).await?;
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(workers(config, &services, &data)?.run(shutdown.clone()));
    let outcome = enrol(&services, args, as_json, output).await;
    shutdown.cancel();
    working.await.context("workers ended early")??;
    services.store().close().await;
    outcome
}

async fn enrol(
    services: &std::sync::Arc<Services>,
    args: EnrolArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let actor = Actor::command_line();
    let entry = Entry {
        path: args.file,
        case_no: None,
        call: CallFacts::default(),
    };
    let received = store_file(services, &entry).await?;
    let recording = analysed(services, received.recording.id).await?;
    let new = NewSubject {
        name: args.subject,
        class: args.class,
        note: None,
    };
    let subject = services.subject_by_name_or_enter(&actor, new).await?;
    let pick = VoicePick::from(args.pick);
    let request = EnrolRequest {
        subject_id: subject.id,
        choice: VoiceChoice::Recording {
            recording_id: recording.id,
            pick,
        },
        ground: args.ground,
        expires_at: args.expires,
    };
    // The same voice, subject and ground again are the enrolment that is there already.
    let voices = services.voices_of(recording.id).await?;
    let present = services
        .enrolments_of(subject.id)
        .await?
        .into_iter()
        .find(|enrolment| {
            enrolment.in_force(services.clock().now())
                && enrolment.ground == request.ground
                && enrolment.expires_at == request.expires_at
                && enrolment.voice_ids.iter().all(|id| {
                    voices.iter().any(|detail| {
                        let voice = &detail.voice;
                        voice.id == *id && pick.takes(voice.channel, voice.label)
                    })
                })
        });
    let (enrolment, already_there) = match present {
        Some(enrolment) => (enrolment, true),
        None => match services.enrol(&actor, request).await? {
            Enrolled::Made(enrolment) => (enrolment, false),
            Enrolled::Queued(id) => {
                anyhow::bail!("recording is still being analysed, see job {id}")
            }
        },
    };
    if as_json {
        output.json(&json!({
            "enrolment_id": enrolment.id,
            "subject_id": subject.id,
            "subject": subject.name,
            "class": subject.class,
            "voice_ids": enrolment.voice_ids,
            "recording_id": recording.id,
            "already_there": already_there,
        }))?;
    } else {
        output.line(&format!(
            "{} {} ({}): voice {} of {}",
            if already_there {
                "already enrolled:"
            } else {
                "enrolled"
            },
            subject.name,
            subject.class.as_str(),
            enrolment
                .voice_ids
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            recording.filename,
        ))?;
    }
    Ok(Exit::Done)
}
