//! New links and decisions are told within the unit of work that writes them.

use serde_json::json;

use crate::audit;
use crate::domain::{
    Decision, Happening, Link, LinkDecision, LinkId, LinkStage, RecordingId, SupersededBy,
};
use crate::services::happenings::link_made;
use crate::services::{Actor, Event, ServiceError, Services};
use crate::store::UnitOfWork;

/// What happened to links.
#[derive(Debug)]
pub enum LinkNews<'a> {
    /// The service looked for links of a recording's voices.
    Proposed {
        /// Recording.
        recording_id: RecordingId,
        /// What it proposed.
        links: &'a [Link],
        /// Links that are no longer counted, since they were scored again.
        superseded: &'a [LinkId],
    },
    /// A person proposed a link.
    ProposedByPerson(&'a Link),
    /// A person decided.
    Decided {
        /// The link as it is now.
        link: &'a Link,
        /// The decision.
        decision: &'a LinkDecision,
        /// Contradictions that the person accepted with it, in words.
        accepted: &'a [String],
    },
    /// Voices are gone, and their links count no more.
    Superseded {
        /// Which.
        links: &'a [LinkId],
        /// Why.
        by: SupersededBy,
    },
}

impl Services {
    /// Hears of everything that happens to links, in the unit of work that writes it: what this
    /// function adds commits with the links or not at all. It writes the audit row; whatever else must
    /// follow from a new link or a decision is called from here. Answers what to tell after the
    /// commit.
    pub(super) async fn on_link_news(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        news: &LinkNews<'_>,
    ) -> Result<Vec<Event>, ServiceError> {
        let (action, object, detail, links): (_, _, _, Vec<&Link>) = match news {
            LinkNews::Proposed {
                recording_id,
                links,
                superseded,
            } => (
                audit::action::LINKS_PROPOSED,
                format!("recording/{recording_id}"),
                json!({
                    "links": links.iter().map(|link| json!({
                        "id": link.id,
                        "left": link.left.voice_id,
                        "right": link.right.voice_id,
                        "llr": link.evidence.llr,
                        "calibration": link.evidence.calibration.name,
                    })).collect::<Vec<_>>(),
                    "superseded": superseded,
                }),
                links.iter().collect(),
            ),
            LinkNews::ProposedByPerson(link) => (
                audit::action::LINK_PROPOSED,
                format!("link/{}", link.id),
                json!({
                    "left": link.left.voice_id,
                    "right": link.right.voice_id,
                    "llr": link.evidence.llr,
                    "calibration": link.evidence.calibration.name,
                }),
                vec![link],
            ),
            LinkNews::Decided {
                link,
                decision,
                accepted,
            } => (
                audit::action::LINK_DECIDED,
                format!("link/{}", link.id),
                json!({
                    "decision": decision.decision,
                    "reason": decision.reason,
                    "version": link.version,
                    "contradictions": accepted,
                }),
                vec![link],
            ),
            LinkNews::Superseded { links, by } => (
                audit::action::LINKS_SUPERSEDED,
                "links".to_owned(),
                json!({ "links": links, "by": by }),
                Vec::new(),
            ),
        };
        audit::record(work, self.clock(), actor.as_str(), action, &object, detail).await?;
        let stage = match news {
            LinkNews::Proposed { .. } | LinkNews::ProposedByPerson(_) => Some(LinkStage::Proposed),
            LinkNews::Decided { decision, .. } => match decision.decision {
                Decision::Confirm => Some(LinkStage::Confirmed),
                Decision::Reject | Decision::Reopen => None,
            },
            LinkNews::Superseded { .. } => None,
        };
        let happenings: Vec<Happening> = stage
            .into_iter()
            .flat_map(|stage| links.iter().filter_map(move |link| link_made(link, stage)))
            .collect();
        let raised = self.raise_alerts(work, &happenings).await?;
        let event = |link: &Link| Event::Link {
            id: link.id,
            state: link.state,
        };
        Ok(links.into_iter().map(event).chain(raised.events).collect())
    }
}
