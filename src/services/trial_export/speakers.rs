//! Who is who by the decisions of people: voices that are one speaker have one name.

use std::collections::HashMap;

use super::links::LinkTrial;
use super::voices::{EnrolledVoice, TrialVoice};
use crate::domain::{Sha256, SubjectId, VoiceId};

type Place = (Sha256, u16, u16);

/// Names of speakers: a subject's id, or the least voice id of those that people joined.
#[derive(Debug, Default)]
pub(super) struct Speakers {
    numbers: HashMap<Place, usize>,
    /// What each is joined to; itself where it is the first.
    joined: Vec<usize>,
    subjects: Vec<Option<SubjectId>>,
    least: Vec<VoiceId>,
}

impl Speakers {
    /// What enrolments and links say together, and the links that contradict nothing. Links count in
    /// the order of their ids; a confirmed one that would make one person of two subjects does not
    /// count, nor a rejected one whose voices are one speaker by other decisions.
    pub(super) fn told<'a>(
        enrolled: &[EnrolledVoice],
        links: &'a [LinkTrial],
    ) -> (Self, Vec<&'a LinkTrial>) {
        let mut speakers = Self::default();
        let mut of_subject: HashMap<SubjectId, usize> = HashMap::new();
        for EnrolledVoice { subject, voice } in enrolled {
            let number = speakers.number(voice);
            let first = *of_subject.entry(*subject).or_insert(number);
            speakers.name_subject(number, *subject);
            speakers.join(first, number);
        }
        let mut sound = Vec::new();
        for link in links.iter().filter(|link| link.is_target) {
            let [left, right] = link.sides.each_ref().map(|side| speakers.number(side));
            if speakers.join(left, right) {
                sound.push(link);
            }
        }
        for link in links.iter().filter(|link| !link.is_target) {
            let [left, right] = link.sides.each_ref().map(|side| speakers.number(side));
            if speakers.first(left) != speakers.first(right) {
                sound.push(link);
            }
        }
        sound.sort_by_key(|link| link.id);
        (speakers, sound)
    }

    /// The name of who speaks.
    pub(super) fn name(&self, voice: &TrialVoice) -> String {
        let number = self.numbers.get(&voice.place());
        let first = number.map(|number| self.first(*number));
        let known = first.and_then(|first| {
            let subject = self.subjects.get(first).copied().flatten();
            let voice = self.least.get(first).map(|id| format!("voice-{id}"));
            subject.map(|id| id.to_string()).or(voice)
        });
        known.unwrap_or_else(|| format!("voice-{}", voice.voice_id))
    }

    fn number(&mut self, voice: &TrialVoice) -> usize {
        let next = self.joined.len();
        let number = *self.numbers.entry(voice.place()).or_insert(next);
        if number == next {
            self.joined.push(next);
            self.subjects.push(None);
            self.least.push(voice.voice_id);
        } else if let Some(least) = self.least.get_mut(number) {
            *least = (*least).min(voice.voice_id);
        }
        number
    }

    fn first(&self, number: usize) -> usize {
        let mut at = number;
        while let Some(&next) = self.joined.get(at).filter(|next| **next != at) {
            at = next;
        }
        at
    }

    fn name_subject(&mut self, number: usize, subject: SubjectId) {
        let first = self.first(number);
        if let Some(known) = self.subjects.get_mut(first) {
            known.get_or_insert(subject);
        }
    }

    /// Makes one speaker of two; false where they are two subjects.
    fn join(&mut self, left: usize, right: usize) -> bool {
        let (left, right) = (self.first(left), self.first(right));
        let (kept, gone) = (left.min(right), left.max(right));
        let of = |number: usize| self.subjects.get(number).copied().flatten();
        let subject = match (of(kept), of(gone)) {
            (Some(one), Some(other)) if one != other => return false,
            (one, other) => one.or(other),
        };
        let least = [kept, gone].map(|number| self.least.get(number).copied());
        if let Some(slot) = self.joined.get_mut(gone) {
            *slot = kept;
        }
        if let Some(slot) = self.subjects.get_mut(kept) {
            *slot = subject;
        }
        if let (Some(slot), Some(least)) =
            (self.least.get_mut(kept), least.into_iter().flatten().min())
        {
            *slot = least;
        }
        true
    }
}
