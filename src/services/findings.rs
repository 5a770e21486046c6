//! Comparisons as findings, and findings as a report.

use super::{ServiceError, Services};
use crate::audit::canonical_json;
use crate::domain::{
    ComparedSide, ComparisonFindings, ComparisonId, Evidence, Recording, SegmentOrigin, VERSION,
    Voice, Voiceprint,
};
use crate::report::{ComparisonReport, Language};
use crate::scoring::Calibration;
use crate::store::Reader;

impl Services {
    /// The report of a stored comparison, as a page.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a comparison made before there were reports.
    pub async fn comparison_report(
        &self,
        id: ComparisonId,
        language: Language,
    ) -> Result<String, ServiceError> {
        let comparison = self.stored_comparison(id).await?;
        if comparison.subject.is_some() {
            return Err(ServiceError::Invalid {
                field: "id",
                found: "a comparison with a subject, by several recordings".to_owned(),
                expected: "a comparison of two voices: reports are of two recordings".to_owned(),
            });
        }
        let findings = comparison.findings.ok_or_else(|| ServiceError::Invalid {
            field: "id",
            found: format!(
                "a comparison by Voxtrace {}, which kept too little for a report",
                comparison.software_version
            ),
            expected: "a comparison of this version: compare the two voices again".to_owned(),
        })?;
        super::off_executor(move || comparison_page(&findings, language)).await?
    }
}

/// The page of findings.
///
/// # Errors
/// The findings are no JSON, or the plot cannot be drawn.
pub fn comparison_page(
    findings: &ComparisonFindings,
    language: Language,
) -> Result<String, ServiceError> {
    let interrupted = |detail: String| ServiceError::Interrupted { detail };
    let value = serde_json::to_value(findings).map_err(|error| interrupted(error.to_string()))?;
    let report = ComparisonReport {
        findings,
        canonical: &canonical_json(&value),
        language,
    };
    report
        .html()
        .map_err(|error| interrupted(error.to_string()))
}

/// What came of comparing two sides.
pub fn findings_of(
    calibration: &Calibration,
    evidence: Evidence,
    left: ComparedSide,
    right: ComparedSide,
) -> ComparisonFindings {
    ComparisonFindings {
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
