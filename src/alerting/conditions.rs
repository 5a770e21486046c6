//! Does what happened meet a rule's condition?

use super::numbers::Asked;
use crate::domain::{
    AlertEvidence, AlertMatter, CaseId, Happening, Likeness, LinkMade, LinkStage, NumberSeen, Rule,
    RuleCondition, RuleState, SubjectId, TransferReceived, VoiceHeard, WatchListId, WatchedEntry,
    WatchedValue,
};

/// A condition that was met.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding<'r> {
    /// Rule.
    pub rule: &'r Rule,
    /// What it is about, as a key: the same matter has the same key.
    pub key: String,
    /// What it is about.
    pub matter: AlertMatter,
    /// What the voices say, where voices were compared.
    pub evidence: Option<AlertEvidence>,
}

/// Holds a happening against rules. Only active ones are met; `watched` are the members of lists in
/// force that the happening may concern. The order of the rules is that of the findings.
pub fn evaluate<'r>(
    rules: &'r [Rule],
    happening: &Happening,
    watched: &[WatchedEntry],
) -> Vec<Finding<'r>> {
    rules
        .iter()
        .filter(|rule| rule.state == RuleState::Active)
        .flat_map(|rule| findings(rule, happening, watched))
        .collect()
}

fn findings<'r>(
    rule: &'r Rule,
    happening: &Happening,
    watched: &[WatchedEntry],
) -> Vec<Finding<'r>> {
    let finding = |(key, matter, evidence)| Finding {
        rule,
        key,
        matter,
        evidence,
    };
    let met = match (&rule.condition, happening) {
        (
            RuleCondition::SubjectHeard {
                watch_list_id,
                min_log10_lr,
            },
            Happening::VoiceHeard(heard),
        ) => {
            return subjects_heard(heard, watched, *watch_list_id, *min_log10_lr)
                .into_iter()
                .map(finding)
                .collect();
        }
        (
            RuleCondition::VoiceOnNumbers {
                numbers,
                within_ms,
                side,
                min_log10_lr,
            },
            Happening::VoiceHeard(_) | Happening::SpeakerGrouped(_),
        ) => {
            let asked = Asked {
                numbers: *numbers,
                within_ms: *within_ms,
                side: *side,
                min_log10_lr: *min_log10_lr,
            };
            let met = match happening {
                Happening::VoiceHeard(heard) => asked.by_voice(heard).into_iter().collect(),
                Happening::SpeakerGrouped(grouped) => asked.by_group(grouped),
                Happening::LinkMade(_)
                | Happening::NumberSeen(_)
                | Happening::TransferReceived(_) => Vec::new(),
            };
            return met.into_iter().map(finding).collect();
        }
        (
            RuleCondition::LinkAcrossCases {
                stage,
                min_log10_lr,
            },
            Happening::LinkMade(link),
        ) => across_cases(link, *stage, *min_log10_lr),
        (RuleCondition::NumberInCases { cases }, Happening::NumberSeen(seen)) => {
            in_cases(seen, *cases)
        }
        (RuleCondition::NumberWatched { watch_list_id }, Happening::NumberSeen(seen)) => {
            let value = WatchedValue::Number(seen.number.clone());
            is_watched(watched, *watch_list_id, &value).then(|| number_watched(seen))
        }
        (
            RuleCondition::AccountReceives {
                watch_list_id,
                min_amount_minor,
            },
            Happening::TransferReceived(transfer),
        ) => {
            let value = WatchedValue::Account(transfer.account.clone());
            let enough = min_amount_minor.is_none_or(|least| transfer.amount_minor >= least);
            (enough && is_watched(watched, *watch_list_id, &value))
                .then(|| account_received(transfer))
        }
        (
            RuleCondition::SubjectHeard { .. }
            | RuleCondition::VoiceOnNumbers { .. }
            | RuleCondition::LinkAcrossCases { .. }
            | RuleCondition::NumberInCases { .. }
            | RuleCondition::NumberWatched { .. }
            | RuleCondition::AccountReceives { .. },
            Happening::VoiceHeard(_)
            | Happening::LinkMade(_)
            | Happening::NumberSeen(_)
            | Happening::TransferReceived(_)
            | Happening::SpeakerGrouped(_),
        ) => None,
    };
    met.map(finding).into_iter().collect()
}

/// Key, matter and evidence of a condition that was met.
pub(super) type Met = (String, AlertMatter, Option<AlertEvidence>);

/// Whether a ratio reaches a threshold; what is no number reaches none.
pub(super) fn reaches(evidence: &AlertEvidence, min_log10_lr: f64) -> bool {
    evidence.log10_lr >= min_log10_lr
}

fn is_watched(
    watched: &[WatchedEntry],
    watch_list_id: Option<WatchListId>,
    value: &WatchedValue,
) -> bool {
    watched.iter().any(|entry| {
        entry.value == *value && watch_list_id.is_none_or(|list| entry.watch_list_id == list)
    })
}

/// One finding a subject: a subject with several enrolled voices was heard once, and the voice that
/// is most like the one heard is the evidence.
fn subjects_heard(
    heard: &VoiceHeard,
    watched: &[WatchedEntry],
    watch_list_id: Option<WatchListId>,
    min_log10_lr: f64,
) -> Vec<Met> {
    let mut best: Vec<(SubjectId, &Likeness)> = Vec::new();
    for likeness in &heard.likenesses {
        let Some(subject_id) = likeness.subject_id else {
            continue;
        };
        let value = WatchedValue::Subject(subject_id);
        if !reaches(&likeness.evidence, min_log10_lr) || !is_watched(watched, watch_list_id, &value)
        {
            continue;
        }
        match best.iter_mut().find(|(id, _)| *id == subject_id) {
            Some((_, known)) if known.evidence.log10_lr >= likeness.evidence.log10_lr => {}
            Some((_, known)) => *known = likeness,
            None => best.push((subject_id, likeness)),
        }
    }
    best.into_iter()
        .map(|(subject_id, likeness)| {
            let case = case_key(heard.voice.case_id);
            let matter = AlertMatter {
                subject_id: Some(subject_id),
                voice_ids: vec![heard.voice.voice_id, likeness.voice.voice_id],
                recording_ids: vec![heard.voice.recording_id, likeness.voice.recording_id],
                case_ids: heard.voice.case_id.into_iter().collect(),
                numbers: distinct(
                    [&heard.voice.caller, &heard.voice.callee]
                        .into_iter()
                        .flatten(),
                ),
                ..AlertMatter::default()
            };
            let key = format!("subject/{subject_id}/case/{case}");
            (key, matter, Some(likeness.evidence.clone()))
        })
        .collect()
}

fn across_cases(link: &LinkMade, stage: LinkStage, min_log10_lr: f64) -> Option<Met> {
    let [Some(left), Some(right)] = link.cases else {
        return None;
    };
    // A confirmed link was proposed as well, in whatever way it came about.
    let far_enough = match (stage, link.stage) {
        (LinkStage::Proposed, LinkStage::Proposed | LinkStage::Confirmed)
        | (LinkStage::Confirmed, LinkStage::Confirmed) => true,
        (LinkStage::Confirmed, LinkStage::Proposed) => false,
    };
    if left == right || !far_enough || !reaches(&link.evidence, min_log10_lr) {
        return None;
    }
    let (first, second) = (left.min(right), left.max(right));
    let matter = AlertMatter {
        voice_ids: link.voices.to_vec(),
        recording_ids: link.recordings.to_vec(),
        case_ids: vec![first, second],
        link_id: Some(link.link_id),
        ..AlertMatter::default()
    };
    let key = format!("cases/{first}/{second}");
    Some((key, matter, Some(link.evidence.clone())))
}

fn in_cases(seen: &NumberSeen, least: u32) -> Option<Met> {
    let cases = distinct(&seen.cases);
    (cases.len() >= least as usize).then(|| {
        let matter = AlertMatter {
            recording_ids: seen.recording_id.into_iter().collect(),
            case_ids: cases,
            numbers: vec![seen.number.clone()],
            ..AlertMatter::default()
        };
        (format!("number/{}", seen.number), matter, None)
    })
}

fn number_watched(seen: &NumberSeen) -> Met {
    let matter = AlertMatter {
        recording_ids: seen.recording_id.into_iter().collect(),
        case_ids: vec![seen.case_id],
        numbers: vec![seen.number.clone()],
        ..AlertMatter::default()
    };
    let key = format!("number/{}/case/{}", seen.number, seen.case_id);
    (key, matter, None)
}

fn account_received(transfer: &TransferReceived) -> Met {
    let matter = AlertMatter {
        case_ids: transfer.case_id.into_iter().collect(),
        account: Some(transfer.account.clone()),
        amount_minor: Some((transfer.amount_minor, transfer.currency.clone())),
        ..AlertMatter::default()
    };
    (format!("account/{}", transfer.account), matter, None)
}

fn case_key(case: Option<CaseId>) -> String {
    case.map_or_else(|| "none".to_owned(), |case| case.to_string())
}

/// Each value once, in their order.
pub(super) fn distinct<'v, T: Ord + Clone + 'v>(values: impl IntoIterator<Item = &'v T>) -> Vec<T> {
    let mut distinct: Vec<T> = values.into_iter().cloned().collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}
