//! Links. The database itself refuses to change what was proposed and decided.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes, json_text};
use super::fault::{missing, refused};
use super::link_graph;
use super::listing::Listing;
use super::session::Session;
use crate::domain::{
    CaseId, Evidence, Link, LinkDecision, LinkEdge, LinkId, LinkReasons, LinkState, ModelId, Page,
    PageRequest, Proposer, RecordingId, Sha256, Superseded, SupersededBy, Timestamp, VoiceFacts,
    VoiceId, VoicePlacement, VoiceprintId,
};
use crate::store::{LinkFilter, LinkForce, LinkReader, LinkWriter, ScoredVoice, StoreError};

const SELECT: &str = "SELECT id, left_case, right_case, body, state, superseded_by, superseded_at,
    version, created_at FROM links";

/// What of a link never changes, as it is kept.
#[derive(Serialize, Deserialize)]
struct Body {
    left: VoiceFacts,
    right: VoiceFacts,
    evidence: Evidence,
    reasons: LinkReasons,
    model: ModelId,
    model_sha256: Sha256,
    software_version: String,
    proposer: Proposer,
    proposed_by: String,
}

fn read(row: &SqliteRow) -> Result<Link, StoreError> {
    let columns = Columns::new("link", row);
    let body: Body = columns.json("body")?;
    let by: Option<SupersededBy> = columns.word_opt("superseded_by")?;
    let superseded = by.zip(columns.time_opt("superseded_at")?);
    Ok(Link {
        id: LinkId(columns.id("id")?),
        left: body.left,
        right: body.right,
        case_ids: [
            columns.id_opt("left_case")?.map(CaseId),
            columns.id_opt("right_case")?.map(CaseId),
        ],
        evidence: body.evidence,
        reasons: body.reasons,
        model: body.model,
        model_sha256: body.model_sha256,
        software_version: body.software_version,
        proposer: body.proposer,
        proposed_by: body.proposed_by,
        state: columns.word("state")?,
        superseded: superseded.map(|(by, at)| Superseded { by, at }),
        version: columns.number("version")?,
        created_at: columns.time("created_at")?,
    })
}

/// What a side of a link must say of itself.
fn side(facts: &VoiceFacts) -> Result<(VoiceId, RecordingId, u32), StoreError> {
    let side = facts.voice_id.zip(facts.recording_id).zip(facts.revision);
    let ((voice_id, recording_id), revision) = side.ok_or_else(|| StoreError::Corrupt {
        what: "link",
        detail: "a side names no voice, recording and revision".to_owned(),
    })?;
    Ok((voice_id, recording_id, revision))
}

#[async_trait]
impl LinkReader for Session {
    async fn link(&mut self, id: LinkId) -> Result<Option<Link>, StoreError> {
        let row = self.row_by_id(SELECT, "id", id.0).await?;
        row.as_ref().map(read).transpose()
    }

    async fn links(
        &mut self,
        filter: &LinkFilter,
        page: PageRequest,
    ) -> Result<Page<Link>, StoreError> {
        let list = Listing::new(SELECT, "links")
            .only("state", filter.state.map(LinkState::as_str))
            .either(
                ["left_case", "right_case"],
                filter.case_id.map(|id| id_bytes(id.0)),
            )
            .either(
                ["left_recording", "right_recording"],
                filter.recording_id.map(|id| id_bytes(id.0)),
            )
            .either(
                ["left_voice", "right_voice"],
                filter.voice_id.map(|id| id_bytes(id.0)),
            );
        let list = match filter.force {
            LinkForce::InForce => list.without("superseded_at"),
            LinkForce::Superseded => list.with("superseded_at"),
            LinkForce::Any => list,
        };
        list.page(self.connection(), page, read, |link| {
            (link.created_at, link.id.0)
        })
        .await
    }

    async fn link_counts(&mut self) -> Result<Vec<(LinkState, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT state, count(*) AS links FROM links WHERE superseded_at IS NULL
             GROUP BY state ORDER BY state",
        )
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("link", row);
            Ok((columns.word("state")?, columns.number("links")?))
        };
        rows.iter().map(read).collect()
    }

    async fn link_decisions(&mut self, id: LinkId) -> Result<Vec<LinkDecision>, StoreError> {
        let rows = sqlx::query(
            "SELECT decision, author, reason, at FROM link_decisions
             WHERE link_id = ? ORDER BY position",
        )
        .bind(id_bytes(id.0))
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("decision", row);
            Ok(LinkDecision {
                decision: columns.word("decision")?,
                author: columns.text("author")?,
                reason: columns.text("reason")?,
                at: columns.time("at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn link_edges(&mut self, voices: &[VoiceId]) -> Result<Vec<LinkEdge>, StoreError> {
        link_graph::edges_of(self.connection(), voices).await
    }

    async fn all_link_edges(&mut self) -> Result<Vec<LinkEdge>, StoreError> {
        link_graph::all_edges(self.connection()).await
    }

    async fn voice_placements(
        &mut self,
        voices: &[VoiceId],
    ) -> Result<Vec<VoicePlacement>, StoreError> {
        link_graph::placements(self.connection(), voices).await
    }

    async fn scored_voices(
        &mut self,
        voices: &[VoiceId],
        model: &ModelId,
    ) -> Result<Vec<ScoredVoice>, StoreError> {
        link_graph::scored(self.connection(), voices, model).await
    }

    async fn voices_to_link(
        &mut self,
        recording_id: RecordingId,
        model: &ModelId,
    ) -> Result<Vec<(VoiceId, VoiceprintId)>, StoreError> {
        let rows = sqlx::query(
            "SELECT voices.id AS voice_id, voiceprints.id AS voiceprint_id
             FROM voices JOIN voiceprints ON voiceprints.voice_id = voices.id
             LEFT JOIN link_searches ON link_searches.voice_id = voices.id
             WHERE voices.recording_id = ? AND voiceprints.model = ?
                 AND link_searches.voiceprint_id IS NOT voiceprints.id
             ORDER BY voices.channel, voices.label",
        )
        .bind(id_bytes(recording_id.0))
        .bind(model.as_str())
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("voiceprint", row);
            Ok((
                VoiceId(columns.id("voice_id")?),
                VoiceprintId(columns.id("voiceprint_id")?),
            ))
        };
        rows.iter().map(read).collect()
    }

    async fn recordings_to_link(
        &mut self,
        model: &ModelId,
        limit: u32,
    ) -> Result<Vec<RecordingId>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT voices.recording_id
             FROM voiceprints JOIN voices ON voices.id = voiceprints.voice_id
             LEFT JOIN link_searches ON link_searches.voice_id = voices.id
             WHERE voiceprints.model = ? AND link_searches.voiceprint_id IS NOT voiceprints.id
             ORDER BY voices.recording_id LIMIT ?",
        )
        .bind(model.as_str())
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| Columns::new("voice", row).id("recording_id");
        rows.iter().map(|row| read(row).map(RecordingId)).collect()
    }
}

#[async_trait]
impl LinkWriter for Session {
    async fn insert_link(&mut self, link: &Link) -> Result<(), StoreError> {
        let (left_voice, left_recording, left_revision) = side(&link.left)?;
        let (right_voice, right_recording, right_revision) = side(&link.right)?;
        let [left_case, right_case] = link.case_ids.map(|id| id.map(|id| id_bytes(id.0)));
        let body = Body {
            left: link.left.clone(),
            right: link.right.clone(),
            evidence: link.evidence.clone(),
            reasons: link.reasons.clone(),
            model: link.model.clone(),
            model_sha256: link.model_sha256,
            software_version: link.software_version.clone(),
            proposer: link.proposer,
            proposed_by: link.proposed_by.clone(),
        };
        let pair = format!("{left_voice} and {right_voice}");
        sqlx::query(
            "INSERT INTO links (id, left_voice, right_voice, left_recording, right_recording,
                 left_case, right_case, left_revision, right_revision, llr, calibration, body, state,
                 superseded_by, superseded_at, version, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(link.id.0))
        .bind(id_bytes(left_voice.0))
        .bind(id_bytes(right_voice.0))
        .bind(id_bytes(left_recording.0))
        .bind(id_bytes(right_recording.0))
        .bind(left_case)
        .bind(right_case)
        .bind(left_revision)
        .bind(right_revision)
        .bind(link.evidence.llr.0)
        .bind(&link.evidence.calibration.name)
        .bind(json_text("link", &body)?)
        .bind(link.state.as_str())
        .bind(link.superseded.map(|superseded| superseded.by.as_str()))
        .bind(link.superseded.map(|superseded| superseded.at.as_millis()))
        .bind(link.version)
        .bind(link.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("link", &pair), ("recording or case of link", &link.id)))?;
        Ok(())
    }

    async fn decide_link(
        &mut self,
        id: LinkId,
        version: u32,
        state: LinkState,
        decision: &LinkDecision,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE links SET state = ?, version = version + 1 WHERE id = ? AND version = ?",
        )
        .bind(state.as_str())
        .bind(id_bytes(id.0))
        .bind(version)
        .execute(self.connection())
        .await?;
        if updated.rows_affected() == 0 {
            let present = self.link(id).await?.ok_or_else(|| missing("link", id))?;
            return Err(StoreError::Stale {
                what: "link",
                expected: version,
                found: present.version,
            });
        }
        sqlx::query(
            "INSERT INTO link_decisions (link_id, position, decision, author, reason, at)
             SELECT ?1, 1 + count(*), ?2, ?3, ?4, ?5 FROM link_decisions WHERE link_id = ?1",
        )
        .bind(id_bytes(id.0))
        .bind(decision.decision.as_str())
        .bind(&decision.author)
        .bind(&decision.reason)
        .bind(decision.at.as_millis())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn supersede_links(
        &mut self,
        ids: &[LinkId],
        by: SupersededBy,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for id in ids {
            sqlx::query(
                "UPDATE links SET superseded_by = ?, superseded_at = ?
                 WHERE id = ? AND superseded_at IS NULL",
            )
            .bind(by.as_str())
            .bind(at.as_millis())
            .bind(id_bytes(id.0))
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    async fn note_link_search(
        &mut self,
        voice_id: VoiceId,
        voiceprint_id: VoiceprintId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO link_searches (voice_id, voiceprint_id, at) VALUES (?, ?, ?)
             ON CONFLICT (voice_id) DO UPDATE SET
                 voiceprint_id = excluded.voiceprint_id, at = excluded.at",
        )
        .bind(id_bytes(voice_id.0))
        .bind(id_bytes(voiceprint_id.0))
        .bind(at.as_millis())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
