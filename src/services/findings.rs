//! Comparisons as findings, and findings as a signed report.

use serde_json::json;

use super::report_keys::ReportKeyPlace;
use super::{Actor, ServiceError, Services};
use crate::audit::{self, canonical_json};
use crate::domain::{
    ComparedSide, ComparisonFindings, ComparisonId, Evidence, Recording, SegmentOrigin, Sha256,
    VERSION, Voice, Voiceprint,
};
use crate::report::{ComparisonReport, Language, ReportKey, ReportSignature, SignedKind};
use crate::scoring::Calibration;
use crate::store::Reader;

impl Services {
    /// The report of a stored comparison, as a page that is signed with the archive's key. That it
    /// was issued stands in the audit chain.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a comparison made before there were reports, or before there were
    /// those with a subject; `ReportKey` when the key cannot be used.
    pub async fn comparison_report(
        &self,
        actor: &Actor,
        id: ComparisonId,
        language: Language,
    ) -> Result<String, ServiceError> {
        let comparison = self.stored_comparison(id).await?;
        let findings = comparison.findings.ok_or_else(|| ServiceError::Invalid {
            field: "id",
            found: format!(
                "a comparison by Voxtrace {}, which kept too little for a report",
                comparison.software_version
            ),
            expected: "a comparison of this version: compare again".to_owned(),
        })?;
        let key = self.report_key(actor).await?;
        let key_id = key.public().id();
        let (page, sha256) = super::off_executor(move || -> Result<_, ServiceError> {
            let canonical = canonical_findings(&findings)?;
            let signature = key.sign(SignedKind::Comparison, &canonical);
            let page = comparison_page(&findings, Some(&signature), language)?;
            Ok((page, Sha256::of(canonical.as_bytes())))
        })
        .await??;
        let mut work = self.store.begin().await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::REPORT_ISSUED,
            &format!("comparison/{id}"),
            json!({
                "findings_sha256": sha256,
                "key_id": key_id,
                "language": language.tag(),
            }),
        )
        .await?;
        work.commit().await?;
        Ok(page)
    }

    /// The key that reports of the archive are signed with, made where there is none yet.
    ///
    /// # Errors
    /// `ReportKey` when it cannot be read, used or written.
    pub async fn report_key(&self, actor: &Actor) -> Result<ReportKey, ServiceError> {
        let sources = (self.clock(), self.rng());
        let place = self.report_key_place();
        place.settle(self.store(), sources, actor).await
    }

    /// Where that key is.
    pub fn report_key_place(&self) -> ReportKeyPlace {
        ReportKeyPlace::of(&self.settings.signing_key, &self.settings.data)
    }
}

/// Findings as the text that is hashed and signed.
///
/// # Errors
/// They are no JSON.
pub fn canonical_findings(findings: &ComparisonFindings) -> Result<String, ServiceError> {
    let value = serde_json::to_value(findings).map_err(interrupted)?;
    Ok(canonical_json(&value))
}

/// The page of findings.
///
/// # Errors
/// The findings are no JSON, or the plot cannot be drawn.
pub fn comparison_page(
    findings: &ComparisonFindings,
    signature: Option<&ReportSignature>,
    language: Language,
) -> Result<String, ServiceError> {
    let report = ComparisonReport {
        findings,
        canonical: &canonical_findings(findings)?,
        signature,
        language,
    };
    report.html().map_err(interrupted)
}

fn interrupted(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Interrupted {
        detail: error.to_string(),
    }
}

/// What came of comparing two sides.
pub fn findings_of(
    calibration: &Calibration,
    evidence: Evidence,
    left: ComparedSide,
    right: ComparedSide,
) -> ComparisonFindings {
    ComparisonFindings {
        subject: None,
        population: None,
        scores: calibration.scores(&evidence.calibration.condition).cloned(),
        calibration_sha256: calibration.sha256(),
        software_version: VERSION.to_owned(),
        left,
        right,
        evidence,
    }
}

/// A voice of the archive as one side.
pub(super) async fn compared_side(
    reader: &mut dyn Reader,
    recording: &Recording,
    voice: &Voice,
    print: &Voiceprint,
) -> Result<ComparedSide, ServiceError> {
    let missing = |what: &str| ServiceError::NoVoice {
        id: recording.id.to_string(),
        reason: format!("the analysis of its voice {} has no {what}", voice.id),
    };
    let channels = reader.channels(recording.id).await?;
    let channel = channels
        .iter()
        .find(|channel| channel.index == voice.channel)
        .ok_or_else(|| missing("channel"))?;
    let revisions = reader.segment_revisions(recording.id).await?;
    let was_edited = revisions.iter().any(|revision| {
        revision.revision == voice.revision && revision.origin == SegmentOrigin::Edited
    });
    let segments = if was_edited {
        let found = reader
            .segments_of_revision(recording.id, voice.revision)
            .await?;
        Some(found.ok_or_else(|| missing("segments"))?)
    } else {
        None
    };
    Ok(ComparedSide {
        filename: recording.filename.clone(),
        sha256: recording.sha256,
        media: recording.media.clone().ok_or_else(|| missing("media"))?,
        channel: voice.channel,
        label: voice.label,
        channel_quality: channel.quality,
        net_speech: voice.net_speech,
        speech_used: voice.speech_used,
        quality: voice.quality,
        segments,
        provenance: print.provenance.clone(),
    })
}
