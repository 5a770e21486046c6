//! What a report is about, computed anew from its recordings and, where one is named, from its archive.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{bail, ensure};

use super::analyse::{analysis_of, open};
use super::compare::voices_of;
use super::compose::{analyser, calibration, media, models_folder, services};
use super::findings::{Recorded, compared};
use super::output::Usage;
use crate::config::Config;
use crate::domain::{
    ComparedSide, ComparisonFindings, Sha256, SubjectFindings, VoiceId, VoicePick,
};
use crate::pipeline::Analyser;
use crate::runtime;
use crate::scoring::Calibration;
use crate::services::{ComparedVoice, MediaOpener, Services, joint_with, score_origin};

/// Recordings that a report is verified with.
pub(super) enum Recordings {
    /// Those of both sides.
    Pair([PathBuf; 2]),
    /// That of the left side, and those of a subject by their digests.
    WithSubject(PathBuf, HashMap<Sha256, PathBuf>),
    /// None, as only the archive has them.
    OfArchive,
}

impl Recordings {
    /// What the files that were named are.
    pub(super) fn of(files: &[PathBuf], is_subject: bool) -> anyhow::Result<Self> {
        Ok(match (files, is_subject) {
            ([], _) => Self::OfArchive,
            ([left, others @ ..], true) => {
                let mut by_digest = HashMap::new();
                for path in others {
                    by_digest.insert(open(path)?.1, path.clone());
                }
                Self::WithSubject(left.clone(), by_digest)
            }
            ([left, right], false) => Self::Pair([left.clone(), right.clone()]),
            (several, false) => {
                return Err(Usage(format!(
                    "the report is about two recordings, left and right, found {}",
                    several.len()
                ))
                .into());
            }
        })
    }
}

/// What computes a report anew.
pub(super) struct Again<'a> {
    config: &'a Config,
    analyser: Arc<Analyser>,
    media: Arc<MediaOpener>,
    calibration: Arc<Calibration>,
    recordings: Recordings,
    services: Option<Arc<Services>>,
}

/// The settings with the report's model, where they name none and it is here.
fn with_model_of(reported: &ComparisonFindings, config: &Config) -> anyhow::Result<Config> {
    let mut config = config.clone();
    if config.models.embedding.is_empty() {
        let listed = runtime::list_models(&models_folder(&config)?)?;
        let model = &reported.left.provenance.model;
        // What a report says is not a path yet.
        if listed.iter().any(|(_, each)| &each.id == model) {
            model.as_str().clone_into(&mut config.models.embedding);
        }
    }
    Ok(config)
}

impl<'a> Again<'a> {
    /// Opens the models, and the archive where one is named, and takes the calibration of the report.
    pub(super) async fn open(
        config: &'a Config,
        reported: &ComparisonFindings,
        recordings: Recordings,
        data: Option<&Path>,
    ) -> anyhow::Result<Self> {
        if data.is_none() && matches!(recordings, Recordings::OfArchive) {
            return Err(Usage(
                "the recordings of the report are needed, or --data with the archive that has them"
                    .to_owned(),
            )
            .into());
        }
        let services = match data {
            None => None,
            Some(data) => {
                ensure!(
                    data.join("voxtrace.db").exists(),
                    "there is no archive in {}",
                    data.display()
                );
                Some(services(config, data).await?)
            }
        };
        let (analyser, media) = match &services {
            Some(services) => (
                Arc::clone(services.analyser()),
                Arc::clone(services.media()),
            ),
            None => (
                analyser(&with_model_of(reported, config)?, NonZeroUsize::MIN)?,
                Arc::new(media(config, &std::env::temp_dir())),
            ),
        };
        check_compensation(reported, &analyser)?;
        let of_archive = match &services {
            Some(services) => calibration_of(services, config, reported.calibration_sha256).await?,
            None => None,
        };
        let calibration = match of_archive {
            Some(calibration) => calibration,
            None => calibration(config, &analyser)?,
        };
        Ok(Self {
            config,
            analyser,
            media,
            calibration,
            recordings,
            services,
        })
    }

    /// The findings as they come out now, and what could not be computed.
    pub(super) async fn made(
        &self,
        reported: &ComparisonFindings,
    ) -> anyhow::Result<(ComparisonFindings, Vec<String>)> {
        let mut missing = Vec::new();
        let Some(left) = self.left(reported)? else {
            bail!(
                "the archive has no recording {}, that of the left side",
                reported.left.sha256
            );
        };
        let (mut found, rights) = match &reported.subject {
            None => {
                let Some(right) = self.right(reported)? else {
                    bail!(
                        "the archive has no recording {}, that of the right side",
                        reported.right.sha256
                    );
                };
                let scoring = (
                    self.analyser.compensator().as_ref(),
                    self.calibration.as_ref(),
                );
                (
                    compared(self.config, scoring, &left, &right)?,
                    Some(vec![right]),
                )
            }
            Some(subject) => self.with_subject(reported, (&left, subject), &mut missing)?,
        };
        let Some(population) = &reported.population else {
            return Ok((found, missing));
        };
        // What is not computed stands as it was reported, so that it does not count as different.
        found.population = Some(population.clone());
        match (&self.services, rights) {
            (Some(services), Some(rights)) => {
                let sides = (std::slice::from_ref(&left), rights.as_slice());
                let llr = found.evidence.llr;
                let again = services
                    .measure_again(population, &self.calibration, sides, llr)
                    .await?;
                found.population = Some(again);
            }
            (None, _) => missing.push(format!(
                "the rates on population {}: they need its archive (--data)",
                population.used.title()
            )),
            (Some(_), None) => missing.push(format!(
                "the rates on population {}: they need every recording of the subject",
                population.used.title()
            )),
        }
        Ok((found, missing))
    }

    /// A comparison with a subject, as far as its recordings are there; the voices of the subject
    /// where all of them are.
    fn with_subject(
        &self,
        reported: &ComparisonFindings,
        (left, subject): (&ComparedVoice, &SubjectFindings),
        missing: &mut Vec<String>,
    ) -> anyhow::Result<(ComparisonFindings, Option<Vec<ComparedVoice>>)> {
        let mut voices: Vec<(VoiceId, ComparedVoice)> = Vec::new();
        for voice in &subject.voices {
            match self.of_subject(&voice.side)? {
                Some(path) => {
                    let compared = self.voice_of(&path, &voice.side, "subject's")?;
                    voices.push((voice.voice_id, compared));
                }
                None => missing.push(format!(
                    "the voice of {} (SHA-256 {}): its recording is not given",
                    voice.side.filename, voice.side.sha256
                )),
            }
        }
        let mut found = reported.clone();
        found.left = left.side.clone();
        found.software_version = crate::domain::VERSION.to_owned();
        found.calibration_sha256 = self.calibration.sha256();
        let are_all = voices.len() == subject.voices.len();
        let joint = joint_with(
            (self.analyser.compensator(), &self.calibration),
            self.config.minimum_speech.search(),
            left,
            subject.subject.clone(),
            voices,
        )?;
        let Some(joint) = joint else {
            missing.push("the joint ratio: no recording of the subject is given".to_owned());
            return Ok((found, None));
        };
        if are_all {
            if let Some(nearest) = joint.findings.voices.first() {
                found.right = nearest.side.clone();
            }
            found.evidence = joint.evidence;
            found.subject = Some(joint.findings);
            return Ok((found, Some(joint.voices)));
        }
        missing.push("the joint ratio: it needs every recording of the subject".to_owned());
        for again in joint.findings.voices {
            let places = found.subject.iter_mut().flat_map(|one| &mut one.voices);
            for place in places.filter(|place| place.voice_id == again.voice_id) {
                *place = again.clone();
            }
        }
        Ok((found, None))
    }

    fn left(&self, reported: &ComparisonFindings) -> anyhow::Result<Option<ComparedVoice>> {
        let given = match &self.recordings {
            Recordings::Pair([left, _]) | Recordings::WithSubject(left, _) => Some(left.clone()),
            Recordings::OfArchive => self.of_archive(reported.left.sha256)?,
        };
        let side = &reported.left;
        given
            .map(|path| self.voice_of(&path, side, "left"))
            .transpose()
    }

    fn right(&self, reported: &ComparisonFindings) -> anyhow::Result<Option<ComparedVoice>> {
        let given = match &self.recordings {
            Recordings::Pair([_, right]) => Some(right.clone()),
            Recordings::WithSubject(..) | Recordings::OfArchive => {
                self.of_archive(reported.right.sha256)?
            }
        };
        let side = &reported.right;
        given
            .map(|path| self.voice_of(&path, side, "right"))
            .transpose()
    }

    /// Where a recording of the subject lies: among those given, or in the archive.
    fn of_subject(&self, side: &ComparedSide) -> anyhow::Result<Option<PathBuf>> {
        if let Recordings::WithSubject(_, given) = &self.recordings
            && let Some(path) = given.get(&side.sha256)
        {
            return Ok(Some(path.clone()));
        }
        self.of_archive(side.sha256)
    }

    /// Where the archive keeps a recording; none where there is no archive, or not in it.
    fn of_archive(&self, sha256: Sha256) -> anyhow::Result<Option<PathBuf>> {
        let Some(services) = &self.services else {
            return Ok(None);
        };
        let is_there = services.blobs().exists(sha256)?;
        Ok(is_there.then(|| services.blobs().path(sha256)))
    }

    /// The voice of a file that stands on one side of a report, analysed anew.
    fn voice_of(
        &self,
        path: &Path,
        side: &ComparedSide,
        name: &str,
    ) -> anyhow::Result<ComparedVoice> {
        let (file, sha256) = open(path)?;
        ensure!(
            sha256 == side.sha256,
            "{name} recording {} has SHA-256 {sha256}, the report is about {} ({})",
            path.display(),
            side.sha256,
            side.filename
        );
        let segments = side.segments.clone();
        let analysis = analysis_of(&self.analyser, &self.media, (path, file), segments)?;
        let pick = VoicePick {
            channel: Some(side.channel),
            label: Some(side.label),
        };
        let Some(voice) = voices_of(&analysis, path, pick, name)?.into_iter().next() else {
            bail!(
                "{name} recording {} has no voice {} on channel {} now",
                path.display(),
                side.label + 1,
                side.channel + 1
            );
        };
        let recorded = Recorded {
            sha256,
            analysis: &analysis,
            segments: side.segments.as_deref(),
        };
        Ok(recorded.compared(&voice, name)?)
    }

    /// Closes the archive, where one is open.
    pub(super) async fn close(&self) {
        if let Some(services) = &self.services {
            services.store().close().await;
        }
    }
}

/// The archive's calibration with this digest, whatever its state.
async fn calibration_of(
    services: &Services,
    config: &Config,
    sha256: Sha256,
) -> anyhow::Result<Option<Arc<Calibration>>> {
    let entries = services.calibrations().await?;
    let Some(entry) = entries
        .into_iter()
        .find(|entry| entry.stored.sha256 == sha256 && entry.fits_model)
    else {
        return Ok(None);
    };
    let origin = score_origin(services.analyser());
    let calibration = Calibration::parse(&entry.stored.file, &origin)?;
    let scale = config.evidence.verbal_scale.clone();
    Ok(Some(Arc::new(calibration.speaking(scale))))
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
