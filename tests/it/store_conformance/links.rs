//! Links, decisions, groups, series and lineage.

use uuid::Uuid;
use voxtrace::domain::*;
use voxtrace::store::{LinkFilter, LinkForce, Store, StoreError};

use super::answers::evidence;
use super::make::{Found, Maker, first, model, quality};

/// Two cases with a recording of two voices each.
pub struct Archive {
    pub cases: [Case; 2],
    pub recordings: [Recording; 2],
    found: [Found; 2],
}

impl Archive {
    fn voice(&self, recording: usize, label: usize) -> &Voice {
        &self.found[recording].voices[label]
    }

    pub fn ids(&self) -> Vec<VoiceId> {
        let voices = self.found.iter().flat_map(|found| &found.voices);
        voices.map(|voice| voice.id).collect()
    }
}

pub async fn archive(store: &dyn Store, make: &Maker) -> Archive {
    let cases = ["L-1", "L-2"].map(|case_no| make.case(case_no));
    let recordings = [
        make.recording(b"one", Some(&cases[0])),
        make.recording(b"two", Some(&cases[1])),
    ];
    let mut work = store.begin().await.unwrap();
    for case in &cases {
        work.insert_case(case).await.unwrap();
    }
    for recording in &recordings {
        work.insert_recording(recording).await.unwrap();
    }
    make.commit(work).await;
    let found = [&recordings[0], &recordings[1]]
        .map(|recording| make.found(recording, 1, &[0, 1], &[0, 1]));
    for found in &found {
        make.stored_analysis(store, found).await.unwrap();
    }
    Archive {
        cases,
        recordings,
        found,
    }
}

fn facts(voice: &Voice, recording: &Recording) -> VoiceFacts {
    VoiceFacts {
        voice_id: Some(voice.id),
        recording_id: Some(recording.id),
        filename: recording.filename.clone(),
        case_no: recording.case_no.clone(),
        channel: voice.channel,
        net_speech: voice.net_speech,
        quality: quality(),
        label: Some(voice.label),
        revision: Some(voice.revision),
    }
}

pub fn link(make: &Maker, archive: &Archive, labels: [usize; 2]) -> Link {
    let mut sides = [0, 1].map(|at| (archive.voice(at, labels[at]), &archive.recordings[at]));
    sides.sort_by_key(|(voice, _)| voice.id);
    let [left, right] = sides;
    Link {
        id: LinkId::new(make, make),
        left: facts(left.0, left.1),
        right: facts(right.0, right.1),
        case_ids: [left.1.case_id, right.1.case_id],
        evidence: evidence(),
        reasons: LinkReasons {
            at_least_log10_lr: Some(1.25),
            allowed_false: Some(0.1),
            expected_false: Some(0.01),
            gallery_size: Some(4),
            rank: Some(1),
            margin_llr: None,
            method: Some(SearchMethod::Exact),
            same_bytes: false,
            same_call: false,
            shared: vec![SharedFact::PhoneNumber("+86 100".to_owned())],
        },
        model: model(),
        model_sha256: Sha256::of(b"model"),
        software_version: "0.1.0".to_owned(),
        proposer: Proposer::Service,
        proposed_by: "worker".to_owned(),
        state: LinkState::Proposed,
        superseded: None,
        version: 1,
        created_at: make.now(),
    }
}

async fn stored_link(store: &dyn Store, make: &Maker, link: &Link) {
    let mut work = store.begin().await.unwrap();
    work.insert_link(link).await.unwrap();
    make.commit(work).await;
}

pub fn decision(make: &Maker, decision: Decision) -> LinkDecision {
    LinkDecision {
        decision,
        author: "local".to_owned(),
        reason: "听过 both".to_owned(),
        at: make.now(),
    }
}

pub async fn a_link_reads_back_and_a_pair_has_one_that_counts(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let one = link(&make, &archive, [0, 0]);
    stored_link(store, &make, &one).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.link(one.id).await.unwrap(), Some(one.clone()));
    let unknown = LinkId::new(&make, &make);
    assert_eq!(work.link(unknown).await.unwrap(), None);
    let again = Link {
        id: unknown,
        ..one.clone()
    };
    assert!(matches!(
        work.insert_link(&again).await,
        Err(StoreError::Conflict { .. })
    ));
    assert_eq!(
        work.link_counts().await.unwrap(),
        [(LinkState::Proposed, 1)]
    );
}

pub async fn each_decision_is_kept_and_a_stale_one_is_refused(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let one = link(&make, &archive, [0, 0]);
    stored_link(store, &make, &one).await;
    let confirm = decision(&make, Decision::Confirm);
    let mut work = store.begin().await.unwrap();
    work.decide_link(one.id, 1, LinkState::Confirmed, &confirm)
        .await
        .unwrap();
    make.commit(work).await;
    make.pass(1);
    let reopen = decision(&make, Decision::Reopen);
    let mut work = store.begin().await.unwrap();
    assert!(matches!(
        work.decide_link(one.id, 1, LinkState::Proposed, &reopen)
            .await,
        Err(StoreError::Stale {
            expected: 1,
            found: 2,
            ..
        })
    ));
    work.decide_link(one.id, 2, LinkState::Proposed, &reopen)
        .await
        .unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(
        work.link_decisions(one.id).await.unwrap(),
        [confirm, reopen.clone()]
    );
    let now = work.link(one.id).await.unwrap().unwrap();
    assert_eq!((now.version, now.state), (3, LinkState::Proposed));
    let unknown = LinkId::new(&make, &make);
    assert!(matches!(
        work.decide_link(unknown, 1, LinkState::Rejected, &reopen)
            .await,
        Err(StoreError::Missing { .. })
    ));
}

pub async fn a_superseded_link_counts_no_more_and_makes_room(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let old = link(&make, &archive, [0, 0]);
    stored_link(store, &make, &old).await;
    make.pass(5);
    let at = make.now();
    let new = link(&make, &archive, [0, 0]);
    let mut work = store.begin().await.unwrap();
    let by = SupersededBy::VoiceDescribedAnew;
    work.supersede_links(&[old.id], by, at).await.unwrap();
    // The first reason stays.
    let later = SupersededBy::VoiceRemoved;
    work.supersede_links(&[old.id], later, at).await.unwrap();
    work.insert_link(&new).await.unwrap();
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    let found = reader.link(old.id).await.unwrap().unwrap();
    assert_eq!(found.superseded, Some(Superseded { by, at }));
    let list = async |reader: &mut Box<dyn voxtrace::store::Reader + '_>, force| {
        let filter = LinkFilter {
            force,
            ..Default::default()
        };
        let page = reader.links(&filter, first(9)).await.unwrap();
        page.items.iter().map(|link| link.id).collect::<Vec<_>>()
    };
    assert_eq!(list(&mut reader, LinkForce::InForce).await, [new.id]);
    assert_eq!(list(&mut reader, LinkForce::Superseded).await, [old.id]);
    assert_eq!(list(&mut reader, LinkForce::Any).await, [new.id, old.id]);
    let edges = reader.all_link_edges().await.unwrap();
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0].id, new.id);
}

pub async fn links_are_listed_by_state_case_recording_and_voice(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let mut links = Vec::new();
    for labels in [[0, 0], [0, 1], [1, 1]] {
        make.pass(1);
        let one = link(&make, &archive, labels);
        stored_link(store, &make, &one).await;
        links.push(one);
    }
    let mut work = store.begin().await.unwrap();
    let reject = decision(&make, Decision::Reject);
    work.decide_link(links[1].id, 1, LinkState::Rejected, &reject)
        .await
        .unwrap();
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    let counted = async |reader: &mut Box<dyn voxtrace::store::Reader + '_>, filter: LinkFilter| {
        let mut ids = Vec::new();
        let mut page = first(1);
        loop {
            let found = reader.links(&filter, page).await.unwrap();
            ids.extend(found.items.iter().map(|link| link.id));
            match found.next {
                Some(next) => page.after = Some(next),
                None => return ids,
            }
        }
    };
    let all = [links[2].id, links[1].id, links[0].id];
    assert_eq!(counted(&mut reader, LinkFilter::default()).await, all);
    for recording in &archive.recordings {
        let filter = LinkFilter {
            recording_id: Some(recording.id),
            case_id: recording.case_id,
            ..Default::default()
        };
        assert_eq!(counted(&mut reader, filter).await, all);
    }
    let of_voice = LinkFilter {
        voice_id: Some(archive.voice(0, 0).id),
        ..Default::default()
    };
    assert_eq!(
        counted(&mut reader, of_voice.clone()).await,
        [links[1].id, links[0].id]
    );
    let open = LinkFilter {
        state: Some(LinkState::Proposed),
        ..of_voice
    };
    assert_eq!(counted(&mut reader, open).await, [links[0].id]);
    let elsewhere = LinkFilter {
        case_id: Some(CaseId::new(&make, &make)),
        ..Default::default()
    };
    assert_eq!(counted(&mut reader, elsewhere).await, []);
}

pub async fn edges_and_placements_are_those_of_the_voices(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let one = link(&make, &archive, [0, 0]);
    stored_link(store, &make, &one).await;
    let mut reader = store.reader().await.unwrap();
    for voice in [archive.voice(0, 0), archive.voice(1, 0)] {
        let edges = reader.link_edges(&[voice.id, voice.id]).await.unwrap();
        assert_eq!(edges.len(), 1);
        assert_eq!((edges[0].id, edges[0].is_current), (one.id, true));
        assert_eq!(edges[0].llr, one.evidence.llr);
    }
    let none = reader.link_edges(&[archive.voice(0, 1).id]).await.unwrap();
    assert_eq!(none, []);
    let mut ids = archive.ids();
    ids.push(VoiceId::new(&make, &make));
    let placements = reader.voice_placements(&ids).await.unwrap();
    assert_eq!(placements.len(), 4);
    let of = |id| placements.iter().find(|one| one.voice_id == id).unwrap();
    let found = of(archive.voice(1, 1).id);
    assert_eq!(found.case_id, Some(archive.cases[1].id));
    assert_eq!(found.sha256, archive.recordings[1].sha256);
    assert_eq!(found.place, (0, 1));
    let scored = reader.scored_voices(&ids, &model()).await.unwrap();
    assert_eq!(scored.len(), 4);
    let other = ModelId::new("other");
    assert_eq!(reader.scored_voices(&ids, &other).await.unwrap(), []);
    drop(reader);
    // A voice that is described anew is another one to score, and one that is gone is told too.
    let mut again = make.found(&archive.recordings[0], 2, &[0], &[0]);
    again.voices[0].id = archive.voice(0, 0).id;
    again.voiceprints[0].voice_id = archive.voice(0, 0).id;
    make.stored_analysis(store, &again).await.unwrap();
    let mut reader = store.reader().await.unwrap();
    let edges = reader.all_link_edges().await.unwrap();
    assert!(!edges[0].is_current);
    assert_eq!(reader.voice_placements(&ids).await.unwrap().len(), 3);
}

pub async fn a_voiceprint_is_searched_for_links_once(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let recording = archive.recordings[0].id;
    let mut work = store.begin().await.unwrap();
    let wanted = work.voices_to_link(recording, &model()).await.unwrap();
    let voices: Vec<VoiceId> = wanted.iter().map(|(voice, _)| *voice).collect();
    assert_eq!(voices, [archive.voice(0, 0).id, archive.voice(0, 1).id]);
    let mut both: Vec<RecordingId> = archive.recordings.iter().map(|one| one.id).collect();
    both.sort_unstable();
    assert_eq!(work.recordings_to_link(&model(), 9).await.unwrap(), both);
    for (voice, voiceprint) in wanted {
        work.note_link_search(voice, voiceprint, make.now())
            .await
            .unwrap();
    }
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    assert_eq!(
        reader.voices_to_link(recording, &model()).await.unwrap(),
        []
    );
    let rest = reader.recordings_to_link(&model(), 9).await.unwrap();
    assert_eq!(rest, [archive.recordings[1].id]);
    drop(reader);
    let mut again = make.found(&archive.recordings[0], 2, &[0], &[0]);
    again.voices[0].id = archive.voice(0, 0).id;
    again.voiceprints[0].voice_id = archive.voice(0, 0).id;
    make.stored_analysis(store, &again).await.unwrap();
    let mut reader = store.reader().await.unwrap();
    let wanted = reader.voices_to_link(recording, &model()).await.unwrap();
    assert_eq!(wanted, [(archive.voice(0, 0).id, again.voiceprints[0].id)]);
}

pub fn group(make: &Maker, voices: &[VoiceId]) -> Group {
    let mut members: Vec<GroupMember> = voices
        .iter()
        .map(|voice_id| GroupMember {
            voice_id: *voice_id,
            core: 0,
        })
        .collect();
    members.sort_unstable();
    Group {
        id: GroupId::new(make, make),
        members,
        worst_llr: Some(Llr(0.1 + 0.2)),
        changed_at: make.now(),
        created_at: make.now(),
    }
}

pub async fn groups_move_end_and_come_back(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let ids = archive.ids();
    let one = group(&make, &ids[..2]);
    make.pass(1);
    let other = group(&make, &ids[2..]);
    let mut work = store.begin().await.unwrap();
    work.replace_groups(&[], &[one.clone(), other.clone()], make.now())
        .await
        .unwrap();
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.group(one.id).await.unwrap(), Some(one.clone()));
    let mut both = vec![one.clone(), other.clone()];
    both.sort_by_key(|group| group.id);
    assert_eq!(reader.all_groups().await.unwrap(), both);
    assert_eq!(reader.groups_of_voices(&ids).await.unwrap(), both);
    assert_eq!(
        reader.groups_of_voices(&ids[..1]).await.unwrap(),
        std::slice::from_ref(&one)
    );
    let of_case = [archive.cases[1].id];
    assert_eq!(
        reader.groups_of_cases(&of_case).await.unwrap(),
        std::slice::from_ref(&other)
    );
    let listed = reader.groups(None, first(1)).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&other));
    let next = PageRequest {
        limit: 1,
        after: listed.next,
    };
    let listed = reader.groups(None, next).await.unwrap();
    assert_eq!((listed.items, listed.next), (vec![one.clone()], None));
    let listed = reader.groups(Some(archive.cases[0].id), first(9)).await;
    assert_eq!(listed.unwrap().items, std::slice::from_ref(&one));
    drop(reader);

    // A voice moves from one to the other within one call, and one group ends.
    let moved = Group {
        members: [&one.members[..], &other.members[..]].concat(),
        ..one.clone()
    };
    let mut work = store.begin().await.unwrap();
    work.replace_groups(&[other.id], std::slice::from_ref(&moved), make.now())
        .await
        .unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.group(other.id).await.unwrap(), None);
    assert_eq!(work.group(one.id).await.unwrap().unwrap().members.len(), 4);
    assert_eq!(work.ended_group(&ids[2..]).await.unwrap(), Some(other.id));
    assert_eq!(work.ended_group(&ids[1..]).await.unwrap(), None);
    work.replace_groups(&[], &[one.clone(), other.clone()], make.now())
        .await
        .unwrap();
    assert_eq!(work.all_groups().await.unwrap(), both);
    assert_eq!(work.ended_group(&ids[2..]).await.unwrap(), None);
    let thief = group(&make, &ids[..2]);
    assert!(matches!(
        work.replace_groups(&[], &[thief], make.now()).await,
        Err(StoreError::Conflict { .. })
    ));
}

pub async fn series_of_two_kinds_stand_side_by_side(store: &dyn Store) {
    let make = Maker::new();
    let archive = archive(store, &make).await;
    let mut case_ids = archive.cases.each_ref().map(|case| case.id).to_vec();
    case_ids.sort_unstable();
    let series = |kind| Series {
        id: SeriesId::new(&make, &make),
        kind,
        case_ids: case_ids.clone(),
        changed_at: make.now(),
        created_at: make.now(),
    };
    let [confirmed, proposed] = [SeriesKind::Confirmed, SeriesKind::Proposed].map(series);
    let mut work = store.begin().await.unwrap();
    let both = [confirmed.clone(), proposed.clone()];
    work.replace_series(&[], &both, make.now()).await.unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(
        work.series(confirmed.id).await.unwrap(),
        Some(confirmed.clone())
    );
    for one in &both {
        let listed = work.series_list(one.kind, first(9)).await.unwrap();
        assert_eq!(listed.items, std::slice::from_ref(one));
        let found = work
            .series_of_cases(one.kind, &case_ids[..1])
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(one));
    }
    assert_eq!(work.all_series().await.unwrap().len(), 2);
    work.replace_series(&[proposed.id], &[], make.now())
        .await
        .unwrap();
    assert_eq!(work.series(proposed.id).await.unwrap(), None);
    let ended = work.ended_series(SeriesKind::Proposed, &case_ids).await;
    assert_eq!(ended.unwrap(), Some(proposed.id));
    let none = work.ended_series(SeriesKind::Confirmed, &case_ids).await;
    assert_eq!(none.unwrap(), None);
    let second = series(SeriesKind::Confirmed);
    assert!(matches!(
        work.replace_series(&[], &[second], make.now()).await,
        Err(StoreError::Conflict { .. })
    ));
}

pub async fn lineage_is_kept_in_order(store: &dyn Store) {
    let make = Maker::new();
    let [one, other] = [1, 2].map(Uuid::from_u128);
    let event = |id, change, of: Option<Uuid>| LineageEvent {
        id,
        change,
        other: of,
        members: vec![Uuid::from_u128(7)],
    };
    let events = [
        event(one, LineageChange::Formed, None),
        event(other, LineageChange::Ended, Some(one)),
        event(one, LineageChange::Merged, Some(other)),
    ];
    let mut work = store.begin().await.unwrap();
    work.append_lineage(&events, make.now()).await.unwrap();
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    let found = reader.lineage(one, 9).await.unwrap();
    let of_one: Vec<LineageEvent> = found.into_iter().map(|dated| dated.event).collect();
    assert_eq!(of_one, events);
    let of_other = reader.lineage(other, 9).await.unwrap();
    assert_eq!(of_other.len(), 2);
    let newest = reader.lineage(one, 1).await.unwrap();
    assert_eq!(newest.len(), 1);
    assert_eq!(newest[0].event, events[2]);
}
