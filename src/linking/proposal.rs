//! Which scored pairs become proposed links.

use std::collections::BTreeSet;

use crate::domain::{CallFacts, Judgement, Llr, NetSpeech, SharedFact, Verdict};

use super::graph::LinkedVoice;

/// The ratio from which on a pair is proposed, for one probe in one gallery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Least LLR.
    pub llr: Llr,
    /// Whether the wanted operating point is reached from there on. Otherwise the gallery is so large
    /// that no ratio within the calibration's bounds reaches it, and the bar is the upper bound: the
    /// best that can be said.
    pub reaches_point: bool,
}

impl Bar {
    /// The bar by an operating point's ratio, where there is one in the gallery, or else by the upper
    /// bound of the calibration.
    pub fn of(at_point: Option<Llr>, upper_bound: Llr) -> Self {
        match at_point {
            Some(llr) => Self {
                llr,
                reaches_point: true,
            },
            None => Self {
                llr: upper_bound,
                reaches_point: false,
            },
        }
    }

    /// Whether a ratio clears it. Ratios at the bound are equal to it but for rounding.
    pub fn is_cleared_by(&self, llr: Llr) -> bool {
        const ROUNDING: f64 = 1e-9;
        llr.0 >= self.llr.0 - ROUNDING
    }
}

/// What is asked of both voices of a link that no person has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProposalRules {
    /// Least net speech of either side.
    pub minimum_speech: NetSpeech,
    /// Most links that one voice proposes, its best ones.
    pub max_links: u32,
}

/// One side of a pair.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The voice that is new.
    pub probe: &'a LinkedVoice,
    /// The candidate.
    pub candidate: &'a LinkedVoice,
    /// Net speech of both.
    pub net_speech: [NetSpeech; 2],
    /// What they are fit for; none for voices of older analyses, for which only net speech decides.
    pub linking: [Option<&'a Judgement>; 2],
    /// Their ratio.
    pub llr: Llr,
}

/// Why a pair is not proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotProposed {
    /// Both speak in one call: one person only if a person says so.
    OneCall,
    /// The ratio does not clear the bar.
    Ratio,
    /// A side has too little speech.
    TooLittleSpeech,
    /// A side was measured to be unfit for links that nobody asked for.
    Unfit,
}

impl ProposalRules {
    /// Whether a voice may take part in links that nobody asked for.
    ///
    /// # Errors
    /// Why it may not.
    pub fn admit(
        &self,
        net_speech: NetSpeech,
        linking: Option<&Judgement>,
    ) -> Result<(), NotProposed> {
        if net_speech < self.minimum_speech {
            return Err(NotProposed::TooLittleSpeech);
        }
        match linking.map(|judgement| judgement.verdict) {
            Some(Verdict::Reject) => Err(NotProposed::Unfit),
            Some(Verdict::Accept | Verdict::Caution) | None => Ok(()),
        }
    }

    /// Whether a pair is proposed.
    ///
    /// # Errors
    /// Why it is not.
    pub fn judge(&self, pair: &Pair<'_>, bar: &Bar) -> Result<(), NotProposed> {
        if pair.probe.speaks_beside(pair.candidate) {
            return Err(NotProposed::OneCall);
        }
        if !bar.is_cleared_by(pair.llr) {
            return Err(NotProposed::Ratio);
        }
        for (net_speech, linking) in pair.net_speech.into_iter().zip(pair.linking) {
            self.admit(net_speech, linking)?;
        }
        Ok(())
    }
}

/// Numbers that stand on either side of both calls.
pub fn shared_numbers(left: &CallFacts, right: &CallFacts) -> Vec<SharedFact> {
    let numbers = |call: &CallFacts| -> BTreeSet<String> {
        let both = [&call.caller, &call.callee].into_iter().flatten();
        let trimmed = both.map(|number| number.trim().to_owned());
        trimmed.filter(|number| !number.is_empty()).collect()
    };
    let shared = numbers(left);
    let shared = shared
        .intersection(&numbers(right))
        .cloned()
        .collect::<Vec<_>>();
    shared.into_iter().map(SharedFact::PhoneNumber).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Sha256, VoiceId};

    const RULES: ProposalRules = ProposalRules {
        minimum_speech: NetSpeech::from_millis(4000),
        max_links: 20,
    };

    fn voice(number: u128, call: &[u8], channel: u16) -> LinkedVoice {
        LinkedVoice {
            id: VoiceId(Uuid::from_u128(number)),
            call: Sha256::of(call),
            place: (channel, 0),
        }
    }

    fn judged(other: &LinkedVoice, llr: f64, millis: u64, verdict: Verdict) -> Option<NotProposed> {
        let probe = voice(1, b"a", 0);
        let judgement = Judgement {
            verdict,
            reasons: Vec::new(),
        };
        let pair = Pair {
            probe: &probe,
            candidate: other,
            net_speech: [NetSpeech::from_millis(9000), NetSpeech::from_millis(millis)],
            linking: [None, Some(&judgement)],
            llr: Llr(llr),
        };
        RULES.judge(&pair, &Bar::of(Some(Llr(3.0)), Llr(7.0))).err()
    }

    #[test]
    fn a_pair_is_proposed_only_where_nothing_speaks_against_it() {
        let other = voice(2, b"b", 1);
        let accept = Verdict::Accept;
        assert_eq!(judged(&other, 3.0, 4000, accept), None);
        assert_eq!(judged(&other, 2.9, 4000, accept), Some(NotProposed::Ratio));
        assert_eq!(
            judged(&other, 3.0, 3999, accept),
            Some(NotProposed::TooLittleSpeech)
        );
        assert_eq!(
            judged(&other, 3.0, 4000, Verdict::Reject),
            Some(NotProposed::Unfit)
        );
    }

    #[test]
    fn two_voices_of_one_call_are_never_proposed_and_the_same_file_in_two_cases_is() {
        let beside = voice(2, b"a", 1);
        assert_eq!(
            judged(&beside, 9.0, 9000, Verdict::Accept),
            Some(NotProposed::OneCall)
        );
        assert_eq!(judged(&voice(3, b"a", 0), 9.0, 9000, Verdict::Accept), None);
    }

    #[test]
    fn a_gallery_beyond_the_calibration_leaves_only_ratios_at_its_bound() {
        let bar = Bar::of(None, Llr(7.0));
        assert!(!bar.reaches_point);
        assert!(bar.is_cleared_by(Llr(7.0)));
        assert!(!bar.is_cleared_by(Llr(6.99)));
    }

    #[test]
    fn numbers_count_on_either_side() {
        let call = |caller: &str, callee: &str| CallFacts {
            caller: Some(caller.to_owned()),
            callee: Some(callee.to_owned()),
            ..Default::default()
        };
        let shared = shared_numbers(&call("1", " 2 "), &call("2", "3"));
        assert_eq!(shared, [SharedFact::PhoneNumber("2".to_owned())]);
        assert_eq!(shared_numbers(&call("", "2"), &call("", "3")), []);
    }
}
