//! Links and groups are looked at.

use crate::domain::{
    DatedLineage, Group, GroupId, Link, LinkDecision, LinkEdge, LinkId, LinkState, Llr, Voice,
    VoiceId,
};
use crate::services::{ServiceError, Services};
use crate::store::Reader;

use super::shared_entities::LinkShared;

/// Most links that a voice or a group is shown with.
const MAX_SHOWN_LINKS: usize = 200;
/// Most members of a group that are described.
const MAX_SHOWN_MEMBERS: usize = 500;
/// Most events of a lineage that are shown.
pub(super) const MAX_LINEAGE: u32 = 500;

/// A link with its decisions.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkDetail {
    /// The link.
    pub link: Link,
    /// Decisions, oldest first.
    pub decisions: Vec<LinkDecision>,
    /// The voices as they are now, left and right; none for one that is gone.
    pub voices: [Option<Voice>; 2],
    /// What both sides have beside the voices, as the archive knows it now.
    pub shared: LinkShared,
}

/// A link of a voice, in short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkSummary {
    /// Link.
    pub id: LinkId,
    /// The other voice.
    pub voice_id: VoiceId,
    /// Ratio when it was proposed.
    pub llr: Llr,
    /// What is held of it.
    pub state: LinkState,
}

/// A group with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupDetail {
    /// The group.
    pub group: Group,
    /// Its voices, by id: the first of them where there are many.
    pub voices: Vec<Voice>,
    /// Links between its voices: the decided ones first, then by ratio; the first of them where there
    /// are many.
    pub links: Vec<LinkEdge>,
    /// What became of it, oldest first: the newest of it where there is much.
    pub lineage: Vec<DatedLineage>,
}

impl Services {
    /// One link with its decisions.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn link_detail(&self, id: LinkId) -> Result<LinkDetail, ServiceError> {
        let mut reader = self.store.reader().await?;
        self.link_detail_in(reader.as_mut(), id).await
    }

    pub(super) async fn link_detail_in(
        &self,
        reader: &mut dyn Reader,
        id: LinkId,
    ) -> Result<LinkDetail, ServiceError> {
        let link = reader
            .link(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("link", id))?;
        let decisions = reader.link_decisions(id).await?;
        let mut voices = [None, None];
        for (place, facts) in voices.iter_mut().zip([&link.left, &link.right]) {
            if let Some(voice_id) = facts.voice_id {
                *place = reader.voice(voice_id, self.clock.now()).await?;
            }
        }
        let shared = self.shared_of_link(reader, &link).await?;
        Ok(LinkDetail {
            link,
            decisions,
            voices,
            shared,
        })
    }

    /// Links of a voice that count: the decided ones first, then by ratio; and its group.
    pub(in crate::services) async fn links_of_voice(
        &self,
        reader: &mut dyn Reader,
        id: VoiceId,
    ) -> Result<(Vec<LinkSummary>, Option<GroupId>), ServiceError> {
        let edges = ordered(reader.link_edges(&[id]).await?);
        let summary = |edge: LinkEdge| LinkSummary {
            id: edge.id,
            voice_id: if edge.left == id {
                edge.right
            } else {
                edge.left
            },
            llr: edge.llr,
            state: edge.state,
        };
        let links = edges.into_iter().take(MAX_SHOWN_LINKS).map(summary);
        let group = reader.groups_of_voices(&[id]).await?.pop();
        Ok((links.collect(), group.map(|group| group.id)))
    }

    /// One group with its voices, links and lineage.
    ///
    /// # Errors
    /// `NotFound`, also for a group that ended.
    pub async fn group_detail(&self, id: GroupId) -> Result<GroupDetail, ServiceError> {
        let mut reader = self.store.reader().await?;
        let group = reader
            .group(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("group", id))?;
        let members: Vec<VoiceId> = group.members.iter().map(|member| member.voice_id).collect();
        let shown: Vec<VoiceId> = members.iter().copied().take(MAX_SHOWN_MEMBERS).collect();
        let voices = reader.voices(&shown, self.clock.now()).await?;
        let inside = |voice: &VoiceId| members.binary_search(voice).is_ok();
        let mut links = ordered(reader.link_edges(&members).await?);
        links.retain(|edge| inside(&edge.left) && inside(&edge.right));
        links.truncate(MAX_SHOWN_LINKS);
        let lineage = reader.lineage(id.0, MAX_LINEAGE).await?;
        Ok(GroupDetail {
            group,
            voices,
            links,
            lineage,
        })
    }
}

/// Links that people decided first, then by ratio, the largest first.
fn ordered(mut edges: Vec<LinkEdge>) -> Vec<LinkEdge> {
    edges.sort_by(|left, right| {
        let open = |edge: &LinkEdge| edge.state == LinkState::Proposed;
        open(left)
            .cmp(&open(right))
            .then(right.llr.0.total_cmp(&left.llr.0))
            .then(left.id.cmp(&right.id))
    });
    edges
}
