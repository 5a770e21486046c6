use super::*;
use crate::domain::{Bandwidth, LinkId, Score, VoiceId};
use uuid::Uuid;

fn voice(speaker: u8, recording: u8) -> TrialVoice {
    TrialVoice {
        voice_id: VoiceId(Uuid::from_u128(
            u128::from(speaker) * 256 + u128::from(recording),
        )),
        sha256: Sha256::of(&[speaker, recording]),
        path: format!("{speaker}/{recording}"),
        channel: 0,
        label: 1,
        bandwidth: Bandwidth::Narrowband,
    }
}

fn subject(number: u8) -> SubjectId {
    SubjectId(Uuid::from_u128(u128::from(number)))
}

/// Voices of so many subjects in so many recordings each.
fn voices(subjects: u8, recordings: u8) -> Vec<EnrolledVoice> {
    let of = |number: u8, recording: u8| EnrolledVoice {
        subject: subject(number),
        voice: voice(number, recording),
    };
    (0..subjects)
        .flat_map(|subject| (0..recordings).map(move |recording| of(subject, recording)))
        .collect()
}

fn link(number: u128, left: TrialVoice, right: TrialVoice, is_target: bool) -> LinkTrial {
    LinkTrial {
        id: LinkId(Uuid::from_u128(number)),
        sides: [left, right],
        is_target,
        score: Score(0.5),
        log10_lr: 1.25,
        proposer: Proposer::Service,
    }
}

fn enrolments(
    enrolled: Vec<EnrolledVoice>,
    left_out: usize,
) -> Result<ExportedTrials, ServiceError> {
    let decided = Decided {
        enrolled,
        left_out,
        ..Decided::default()
    };
    trials_of(decided, &TrialChoice::default())
}

fn chosen(
    enrolled: Vec<EnrolledVoice>,
    links: Vec<LinkTrial>,
    sources: &[TrialSource],
) -> Result<ExportedTrials, ServiceError> {
    let decided = Decided {
        enrolled,
        links,
        ..Decided::default()
    };
    let choice = TrialChoice {
        sources: sources.to_vec(),
        proposed_by: None,
    };
    trials_of(decided, &choice)
}

/// Twenty speakers whose two recordings a confirmed link ties, and nobody is enrolled.
fn twenty_links() -> Vec<LinkTrial> {
    (0..20u8)
        .map(|one| link(u128::from(one), voice(one, 0), voice(one, 1), true))
        .collect()
}

#[test]
fn pairs_of_one_subject_are_targets_and_of_two_are_not() {
    let trials = enrolments(voices(20, 2), 3).unwrap();
    assert_eq!(trials.targets, 20);
    assert_eq!(trials.non_targets, 40 * 39 / 2 - 20);
    assert_eq!((trials.speakers, trials.left_out), (20, 3));
    let of_condition = |pair, speakers, targets, non_targets| ConditionTrials {
        pair,
        speakers,
        targets,
        non_targets,
    };
    assert_eq!(
        trials.by_condition,
        [
            of_condition(CONDITIONS[0], 20, 20, trials.non_targets),
            of_condition(CONDITIONS[1], 0, 0, 0),
            of_condition(CONDITIONS[2], 0, 0, 0),
        ]
    );
    let lines: Vec<&str> = trials.csv.lines().collect();
    assert_eq!(lines[0], HEAD);
    assert_eq!(lines.len(), 1 + trials.targets + trials.non_targets);
    assert!(lines[1].starts_with("0/0,0,1,0/1,0,1,1,"), "{}", lines[1]);
    assert!(lines[1].ends_with(",archive,enrolment,,,,"), "{}", lines[1]);
    let columns = |line: &str| line.split(',').count();
    assert!(lines.iter().all(|line| columns(line) == columns(HEAD)));
}

#[test]
fn too_few_subjects_are_refused_with_numbers() {
    let error = enrolments(voices(19, 2), 4).unwrap_err().to_string();
    assert_eq!(
        error,
        "19 speakers are known by voices in two recordings or more (38 voices; 4 left out), a \
         calibration needs at least 20"
    );
    assert!(enrolments(voices(30, 1), 0).is_err());
    assert!(enrolments(Vec::new(), 0).is_err());
}

#[test]
fn the_same_bytes_in_two_cases_are_no_second_recording() {
    let mut twice = voices(20, 1);
    twice.extend(voices(20, 1));
    assert!(enrolments(twice, 0).is_err());
}

#[test]
fn a_voice_that_is_enrolled_for_two_subjects_labels_nothing() {
    let mut all = voices(21, 2);
    let mut again = all[0].clone();
    again.subject = subject(20);
    all.push(again);
    let trials = enrolments(all, 0).unwrap();
    assert_eq!((trials.speakers, trials.left_out), (20, 2));
    assert!(!trials.csv.contains("\n0/0,") && !trials.csv.contains(",0/0,"));
}

#[test]
fn two_people_of_one_file_are_no_pair() {
    let mut voices = voices(20, 2);
    voices[2].voice.sha256 = voices[0].voice.sha256;
    voices[2].voice.label = 2;
    let trials = enrolments(voices, 0).unwrap();
    assert_eq!(trials.non_targets, 40 * 39 / 2 - 20 - 1);
}

#[test]
fn a_subject_with_one_pair_stays_among_those_with_many() {
    let mut all = voices(40, 60);
    all.truncate(39 * 60 + 2);
    let trials = enrolments(all, 0).unwrap();
    assert!(trials.targets < 39 * 60 * 59 / 2);
    assert_eq!((trials.speakers, trials.by_condition[0].speakers), (40, 40));
}

#[test]
fn very_many_pairs_are_thinned_evenly() {
    let trials = enrolments(voices(200, 2), 0).unwrap();
    assert_eq!(trials.targets, 200);
    let all: usize = 400 * 399 / 2 - 200;
    assert_eq!(trials.non_targets, all.div_ceil(2));
    assert!(trials.non_targets <= MAX_TRIALS_OF_A_KIND);
}

#[test]
fn decided_links_are_trials_with_their_score_and_only_when_asked_for() {
    let mut links = twenty_links();
    links.push(link(100, voice(0, 0), voice(1, 0), false));
    let both = [TrialSource::Confirmed, TrialSource::Rejected];
    let trials = chosen(Vec::new(), links.clone(), &both).unwrap();
    assert_eq!((trials.targets, trials.non_targets), (20, 1));
    assert_eq!((trials.from_links, trials.speakers), (21, 20));
    let lines: Vec<&str> = trials.csv.lines().collect();
    let least = voice(0, 0).voice_id;
    assert_eq!(
        lines[1],
        format!("0/0,0,1,0/1,0,1,1,voice-{least},voice-{least},archive,link,0.5,1.25,1,service")
    );
    assert!(lines[21].contains("1/0,0,1,0,"), "{}", lines[21]);
    let columns = |line: &str| line.split(',').count();
    assert!(lines.iter().all(|line| columns(line) == columns(HEAD)));

    let confirmed = chosen(Vec::new(), links.clone(), &[TrialSource::Confirmed]).unwrap();
    assert_eq!((confirmed.targets, confirmed.non_targets), (20, 0));
    assert!(chosen(Vec::new(), links.clone(), &[TrialSource::Rejected]).is_err());
    assert!(chosen(Vec::new(), links.clone(), &[TrialSource::Enrolments]).is_err());

    links[0].proposer = Proposer::Person;
    let choice = TrialChoice {
        sources: both.to_vec(),
        proposed_by: Some(Proposer::Person),
    };
    let decided = Decided {
        enrolled: voices(20, 2),
        links,
        ..Decided::default()
    };
    // One link of a person is too little by itself.
    assert!(trials_of(decided, &choice).is_err());
}

#[test]
fn a_chain_of_confirmed_links_is_one_speaker_and_labels_no_pair_that_nobody_decided() {
    let mut links = twenty_links();
    links.push(link(30, voice(0, 1), voice(0, 2), true));
    let trials = chosen(Vec::new(), links, &[TrialSource::Confirmed]).unwrap();
    assert_eq!((trials.targets, trials.speakers), (21, 20));
    assert!(!trials.csv.contains("0/0,0,1,0/2"));
}

#[test]
fn what_contradicts_other_decisions_is_left_out_and_counted() {
    let mut links = twenty_links();
    links.push(link(30, voice(0, 1), voice(0, 2), true));
    // The ends of a chain that was confirmed.
    links.push(link(31, voice(0, 0), voice(0, 2), false));
    // Two subjects that were confirmed to be one speaker.
    links.push(link(32, voice(40, 0), voice(41, 0), true));
    let enrolled = vec![
        EnrolledVoice {
            subject: subject(40),
            voice: voice(40, 0),
        },
        EnrolledVoice {
            subject: subject(41),
            voice: voice(41, 0),
        },
    ];
    let both = [TrialSource::Confirmed, TrialSource::Rejected];
    let trials = chosen(enrolled, links, &both).unwrap();
    assert_eq!((trials.targets, trials.non_targets), (21, 0));
    assert_eq!(trials.links_contradictory, 2);
}

#[test]
fn a_linked_voice_takes_the_name_of_the_subject_and_an_enrolled_pair_comes_once() {
    let mut links = twenty_links();
    links.push(link(30, voice(0, 1), voice(0, 2), true));
    let trials = chosen(
        voices(20, 2),
        links,
        &[TrialSource::Enrolments, TrialSource::Confirmed],
    )
    .unwrap();
    // The twenty links tie pairs that are enrolled already; the last one brings a new voice.
    assert_eq!((trials.targets, trials.from_links), (21, 1));
    let last = trials.csv.lines().last().unwrap();
    let name = subject(0);
    assert!(
        last.contains(&format!("1,{name},{name},archive,link,")),
        "{last}"
    );
}
