//! Voices are linked: proposed by ratios, decided by people, and put together in groups and series.
//!
//! Links are looked for in a job of its own, queued in the unit of work that writes an analysis. A job
//! searches after its voices were committed, so of two analyses that end together the later search
//! finds the other's voices, and no pair is missed.

mod accuracy;
mod backlog;
mod decisions;
mod drift;
mod groups;
mod news;
mod proposals;
mod ratios;
mod reading;
mod region;
mod series;
mod series_page;
mod shared_entities;

pub use accuracy::LinkingAccuracy;
pub use backlog::BackloggedLinks;
pub use decisions::DecisionRequest;
pub use drift::GroupDrift;
pub use news::LinkNews;
pub use reading::{GroupDetail, LinkDetail, LinkSummary};
pub use series_page::{NumberUse, OpenLink, SeriesDetail, SeriesRecording};
pub use shared_entities::{LinkShared, SharedOfLink};

use crate::domain::Llr;
use crate::linking::{Linkage, ProposalRules};

use super::Services;

/// How voices are linked.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkingSettings {
    /// Voices of other people that are expected among the links of one voice, at most.
    pub expected_false: f64,
    /// Most links that one voice proposes.
    pub max_links: u32,
    /// LLR that the worst pair between two groups must have for them to merge.
    pub worst_llr: Llr,
}

impl Services {
    fn linkage(&self) -> Linkage {
        Linkage {
            worst_llr: self.settings.linking.worst_llr,
        }
    }

    fn proposal_rules(&self) -> ProposalRules {
        ProposalRules {
            minimum_speech: self.settings.minimum_speech.link(),
            max_links: self.settings.linking.max_links,
        }
    }
}
