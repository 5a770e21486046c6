use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    AlertEvidence, CaseId, GroupId, Happening, HeardVoice, KnownVoice, Likeness, LinkMade,
    LinkStage, Llr, NumberSeen, NumberSide, RecordingId, Rule, RuleCondition, RuleId, RuleState,
    Score, SpeakerGrouped, SubjectId, Timestamp, TransferReceived, VoiceHeard, VoiceId,
    WatchListId, WatchedEntry, WatchedValue,
};

const HOUR_MS: u64 = 3_600_000;

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn case(number: u128) -> CaseId {
    CaseId(uuid(number))
}

fn rule(condition: RuleCondition) -> Rule {
    Rule {
        id: RuleId(uuid(1)),
        name: "rule".to_owned(),
        condition,
        owner: "unit 1".to_owned(),
        repeat_window_ms: 0,
        state: RuleState::Active,
        version: 1,
        created_at: Timestamp::from_millis(0),
    }
}

fn evidence(log10_lr: f64) -> AlertEvidence {
    AlertEvidence {
        score: Score(0.5),
        llr: Llr(log10_lr * std::f64::consts::LN_10),
        log10_lr,
        expected_false: 0.01,
        gallery_size: 100,
        calibration: "test".to_owned(),
        outside: Vec::new(),
    }
}

fn voice(number: u128, at_hours: u64, caller: Option<&str>) -> HeardVoice {
    HeardVoice {
        voice_id: VoiceId(uuid(number)),
        recording_id: RecordingId(uuid(number + 1000)),
        case_id: Some(case(number + 2000)),
        caller: caller.map(str::to_owned),
        callee: Some("+8610".to_owned()),
        heard_at: Timestamp::from_millis((at_hours * HOUR_MS) as i64),
    }
}

fn like(voice: HeardVoice, subject: Option<u128>, log10_lr: f64) -> Likeness {
    Likeness {
        voice,
        subject_id: subject.map(|number| SubjectId(uuid(number))),
        evidence: evidence(log10_lr),
    }
}

fn heard(likenesses: Vec<Likeness>) -> Happening {
    Happening::VoiceHeard(VoiceHeard {
        voice: voice(99, 10, Some("+861")),
        likenesses,
        group_id: None,
        same_speaker: Vec::new(),
    })
}

fn watched(list: u128, value: WatchedValue) -> WatchedEntry {
    WatchedEntry {
        watch_list_id: WatchListId(uuid(list)),
        value,
    }
}

fn subject_rule(list: Option<u128>, min_log10_lr: f64) -> [Rule; 1] {
    [rule(RuleCondition::SubjectHeard {
        watch_list_id: list.map(|number| WatchListId(uuid(number))),
        min_log10_lr,
    })]
}

#[test]
fn a_watched_subject_is_told_once_by_the_best_voice() {
    let entries = [watched(7, WatchedValue::Subject(SubjectId(uuid(5))))];
    let happening = heard(vec![
        like(voice(1, 1, None), Some(5), 2.0),
        like(voice(2, 1, None), Some(5), 3.5),
        like(voice(3, 1, None), Some(6), 4.0),
        like(voice(4, 1, None), None, 5.0),
    ]);
    let rules = subject_rule(None, 2.0);
    let found = evaluate(&rules, &happening, &entries);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].evidence.as_ref().unwrap().log10_lr, 3.5);
    assert_eq!(found[0].matter.subject_id, Some(SubjectId(uuid(5))));
    assert_eq!(
        found[0].matter.voice_ids,
        [99, 2].map(|id| VoiceId(uuid(id)))
    );
}

#[test]
fn a_ratio_below_the_threshold_and_a_list_of_another_rule_tell_nothing() {
    let entries = [watched(7, WatchedValue::Subject(SubjectId(uuid(5))))];
    let at = |log10_lr| heard(vec![like(voice(1, 1, None), Some(5), log10_lr)]);
    assert_eq!(evaluate(&subject_rule(None, 2.0), &at(1.999), &entries), []);
    assert_eq!(
        evaluate(&subject_rule(None, 2.0), &at(f64::NAN), &entries),
        []
    );
    assert_eq!(
        evaluate(&subject_rule(Some(8), 2.0), &at(2.0), &entries),
        []
    );
    assert_eq!(
        evaluate(&subject_rule(Some(7), 2.0), &at(2.0), &entries).len(),
        1
    );
    assert_eq!(evaluate(&subject_rule(None, 2.0), &at(2.0), &[]), []);
}

#[test]
fn only_an_active_rule_tells() {
    let entries = [watched(7, WatchedValue::Subject(SubjectId(uuid(5))))];
    let happening = heard(vec![like(voice(1, 1, None), Some(5), 3.0)]);
    for state in [RuleState::Draft, RuleState::Paused, RuleState::Retired] {
        let mut rules = subject_rule(None, 2.0);
        rules[0].state = state;
        assert_eq!(evaluate(&rules, &happening, &entries), [], "{state:?}");
    }
}

fn numbers_rule(numbers: u32, within_hours: u64) -> [Rule; 1] {
    [rule(RuleCondition::VoiceOnNumbers {
        numbers,
        within_ms: within_hours * HOUR_MS,
        side: NumberSide::Caller,
        min_log10_lr: 2.0,
    })]
}

#[test]
fn a_voice_on_several_numbers_within_the_time_is_told_with_its_weakest_likeness() {
    let happening = heard(vec![
        like(voice(1, 8, Some("+862")), None, 4.0),
        like(voice(2, 12, Some("+863")), None, 2.5),
        like(voice(3, 12, Some("+861")), None, 9.0),
    ]);
    let rules = numbers_rule(3, 4);
    let found = evaluate(&rules, &happening, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].matter.numbers, ["+861", "+862", "+863"]);
    assert_eq!(found[0].evidence.as_ref().unwrap().log10_lr, 2.5);
    assert_eq!(found[0].matter.voice_ids[0], VoiceId(uuid(99)));
    assert_eq!(found[0].key, format!("voice/{}/caller", uuid(1)));
    assert_eq!(evaluate(&numbers_rule(3, 3), &happening, &[]), []);
    assert_eq!(evaluate(&numbers_rule(4, 4), &happening, &[]), []);
}

#[test]
fn calls_that_are_not_alike_or_have_no_number_count_for_nothing() {
    let happening = heard(vec![
        like(voice(1, 9, Some("+862")), None, 1.9),
        like(voice(2, 9, None), None, 9.0),
    ]);
    assert_eq!(evaluate(&numbers_rule(2, 24), &happening, &[]), []);
    let unknown = Happening::VoiceHeard(VoiceHeard {
        voice: voice(99, 10, None),
        likenesses: vec![
            like(voice(1, 9, Some("+862")), None, 5.0),
            like(voice(2, 9, Some("+863")), None, 5.0),
        ],
        group_id: None,
        same_speaker: Vec::new(),
    });
    assert_eq!(evaluate(&numbers_rule(2, 24), &unknown, &[]), []);
}

fn known(voice: HeardVoice, by_ratios_log10_lr: Option<f64>) -> KnownVoice {
    KnownVoice {
        voice,
        by_ratios_log10_lr,
    }
}

#[test]
fn voices_of_the_same_group_count_by_what_people_confirmed_or_by_their_worst_pair() {
    let heard_with = |same_speaker: Vec<KnownVoice>| {
        Happening::VoiceHeard(VoiceHeard {
            voice: voice(99, 10, Some("+861")),
            likenesses: vec![like(voice(1, 9, Some("+862")), None, 1.0)],
            group_id: Some(GroupId(uuid(70))),
            same_speaker,
        })
    };
    let rules = numbers_rule(3, 24);
    let found = |same_speaker| evaluate(&rules, &heard_with(same_speaker), &[]).len();
    // The likeness of voice 1 is too weak; people confirmed it.
    let first = || known(voice(1, 9, Some("+862")), None);
    assert_eq!(found(vec![first()]), 0);
    let confirmed = vec![first(), known(voice(2, 11, Some("+863")), None)];
    let happening = heard_with(confirmed);
    let told = evaluate(&rules, &happening, &[]);
    assert_eq!(told[0].matter.numbers, ["+861", "+862", "+863"]);
    assert_eq!(told[0].matter.group_id, Some(GroupId(uuid(70))));
    assert_eq!(told[0].evidence, None);
    let by_ratios = |worst| known(voice(2, 11, Some("+863")), Some(worst));
    assert_eq!(found(vec![first(), by_ratios(1.9)]), 0);
    assert_eq!(found(vec![first(), by_ratios(2.0)]), 1);
    // A call counts once, by its ratio where that is enough.
    let alike = Happening::VoiceHeard(VoiceHeard {
        voice: voice(99, 10, Some("+861")),
        likenesses: vec![like(voice(1, 9, Some("+862")), None, 3.0)],
        group_id: Some(GroupId(uuid(70))),
        same_speaker: vec![first()],
    });
    let rules = numbers_rule(2, 24);
    let told = evaluate(&rules, &alike, &[]);
    assert_eq!(told[0].matter.voice_ids.len(), 2);
    assert_eq!(told[0].evidence.as_ref().unwrap().log10_lr, 3.0);
    assert_eq!(told[0].matter.group_id, None);
}

#[test]
fn a_group_that_comes_together_tells_each_speaker_that_people_confirmed() {
    let grouped = |worst: Option<f64>| {
        Happening::SpeakerGrouped(SpeakerGrouped {
            group_id: GroupId(uuid(70)),
            members_digest: "d".to_owned(),
            voices: vec![
                (0, voice(1, 1, Some("+861"))),
                (0, voice(2, 2, Some("+862"))),
                (1, voice(3, 3, Some("+863"))),
                (1, voice(4, 99, Some("+864"))),
            ],
            worst_log10_lr: worst,
        })
    };
    let numbers = |rules: &[Rule], happening: &Happening| -> Vec<Vec<String>> {
        let found = evaluate(rules, happening, &[]);
        found.into_iter().map(|one| one.matter.numbers).collect()
    };
    let two = numbers_rule(2, 24);
    // The ratios do not reach the rule: the first core alone has two numbers within a day.
    assert_eq!(numbers(&two, &grouped(Some(1.0))), [["+861", "+862"]]);
    let three = numbers_rule(3, 24);
    assert_eq!(
        numbers(&three, &grouped(Some(1.0))),
        Vec::<Vec<String>>::new()
    );
    assert_eq!(
        numbers(&three, &grouped(Some(2.0))),
        [["+861", "+862", "+863"]]
    );
    let found = evaluate(&three, &grouped(Some(2.0)), &[]).remove(0).key;
    assert_eq!(found, format!("voice/{}/caller", uuid(1)));
}

fn link(stage: LinkStage, cases: [Option<CaseId>; 2], log10_lr: f64) -> Happening {
    Happening::LinkMade(LinkMade {
        link_id: uuid(50),
        stage,
        voices: [VoiceId(uuid(1)), VoiceId(uuid(2))],
        recordings: [RecordingId(uuid(3)), RecordingId(uuid(4))],
        cases,
        evidence: evidence(log10_lr),
    })
}

#[test]
fn a_link_tells_when_it_joins_two_cases_and_has_come_far_enough() {
    let rules = |stage| {
        [rule(RuleCondition::LinkAcrossCases {
            stage,
            min_log10_lr: 2.0,
        })]
    };
    let (one, two) = (Some(case(2)), Some(case(1)));
    let proposed = rules(LinkStage::Proposed);
    let found = evaluate(&proposed, &link(LinkStage::Proposed, [one, two], 2.0), &[]);
    assert_eq!(found[0].key, format!("cases/{}/{}", uuid(1), uuid(2)));
    let quiet = |happening: &Happening| {
        assert_eq!(evaluate(&proposed, happening, &[]), [], "{happening:?}");
    };
    quiet(&link(LinkStage::Proposed, [one, one], 9.0));
    quiet(&link(LinkStage::Proposed, [one, None], 9.0));
    quiet(&link(LinkStage::Proposed, [one, two], 1.0));
    let confirmed = rules(LinkStage::Confirmed);
    let at = |stage| evaluate(&confirmed, &link(stage, [one, two], 2.0), &[]).len();
    assert_eq!(at(LinkStage::Proposed), 0);
    assert_eq!(at(LinkStage::Confirmed), 1);
}

#[test]
fn a_number_tells_from_so_many_different_cases_on() {
    let rules = [rule(RuleCondition::NumberInCases { cases: 2 })];
    let seen = |cases: &[u128]| {
        Happening::NumberSeen(NumberSeen {
            number: "+861".to_owned(),
            case_id: case(1),
            recording_id: None,
            cases: cases.iter().map(|&number| case(number)).collect(),
        })
    };
    assert_eq!(evaluate(&rules, &seen(&[1, 1]), &[]), []);
    let found = evaluate(&rules, &seen(&[2, 1, 2]), &[]);
    assert_eq!(found[0].key, "number/+861");
    assert_eq!(found[0].matter.case_ids, [case(1), case(2)]);
}

#[test]
fn a_watched_account_tells_from_the_amount_on() {
    let rules = |least| {
        [rule(RuleCondition::AccountReceives {
            watch_list_id: None,
            min_amount_minor: least,
        })]
    };
    let transfer = |amount_minor| {
        Happening::TransferReceived(TransferReceived {
            transfer: "T-1".to_owned(),
            account: "6222".to_owned(),
            amount_minor,
            currency: "CNY".to_owned(),
            case_id: None,
            at: Timestamp::from_millis(0),
        })
    };
    let entries = [watched(7, WatchedValue::Account("6222".to_owned()))];
    assert_eq!(evaluate(&rules(None), &transfer(1), &entries).len(), 1);
    assert_eq!(evaluate(&rules(Some(100)), &transfer(99), &entries), []);
    assert_eq!(
        evaluate(&rules(Some(100)), &transfer(100), &entries).len(),
        1
    );
    let number = [watched(7, WatchedValue::Number("6222".to_owned()))];
    assert_eq!(evaluate(&rules(None), &transfer(1), &number), []);
}

#[test]
fn a_watched_number_tells_in_each_case() {
    let rules = [rule(RuleCondition::NumberWatched {
        watch_list_id: None,
    })];
    let seen = Happening::NumberSeen(NumberSeen {
        number: "+861".to_owned(),
        case_id: case(1),
        recording_id: None,
        cases: vec![case(1)],
    });
    let entries = [watched(7, WatchedValue::Number("+861".to_owned()))];
    let found = evaluate(&rules, &seen, &entries);
    assert_eq!(found[0].key, format!("number/+861/case/{}", uuid(1)));
    assert_eq!(evaluate(&rules, &seen, &[]), []);
}

proptest! {
    /// Whichever way the archive happens to list the voices, the finding is the same.
    #[test]
    fn the_order_of_likenesses_changes_no_finding(
        (calls, shuffled) in calls().prop_flat_map(|calls| {
            (Just(calls.clone()), Just(calls).prop_shuffle())
        }),
        numbers in 2u32..5,
        within_hours in 0u64..48,
    ) {
        let entries = [watched(7, WatchedValue::Subject(SubjectId(uuid(5))))];
        let mut rules = numbers_rule(numbers, within_hours).to_vec();
        rules.extend(subject_rule(None, 2.0));
        let told = |likenesses: Vec<Likeness>| {
            let found = evaluate(&rules, &heard(likenesses), &entries);
            found
                .into_iter()
                .map(|finding| (finding.key, finding.matter.numbers))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(told(calls), told(shuffled));
    }

    /// A finding never rests on fewer numbers, or on a weaker likeness, than its rule asks for.
    #[test]
    fn a_finding_keeps_what_its_rule_asks(
        calls in calls(), numbers in 2u32..5, within_hours in 0u64..48,
    ) {
        let rules = numbers_rule(numbers, within_hours);
        for finding in evaluate(&rules, &heard(calls), &[]) {
            prop_assert!(finding.matter.numbers.len() >= numbers as usize);
            prop_assert!(finding.evidence.unwrap().log10_lr >= 2.0);
        }
    }
}

fn calls() -> impl Strategy<Value = Vec<Likeness>> {
    let call = (0u64..72, 0u8..6, -1.0f64..6.0, prop::option::of(5u128..7));
    prop::collection::vec(call, 0..12).prop_map(|calls| {
        calls
            .into_iter()
            .enumerate()
            .map(|(at, (hours, number, log10_lr, subject))| {
                let number = format!("+86{number}");
                like(
                    voice(at as u128 + 1, hours, Some(&number)),
                    subject,
                    log10_lr,
                )
            })
            .collect()
    })
}
