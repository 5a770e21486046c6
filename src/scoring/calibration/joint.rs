//! Several recordings of one person as one side.

use super::{Calibration, Condition, Side};
use crate::domain::{Bandwidth, Evidence, Llr, Score};
use crate::scoring::ScoringError;

impl Calibration {
    /// The ratio alone, as [`Calibration::evidence`] gives it, for one who asks it very often.
    pub fn llr(&self, score: Score, left: Side, right: Side) -> Llr {
        let condition = self.condition(left.bandwidth, right.bandwidth);
        Llr(self.weight(left, right) * condition.llr(score).0)
    }

    /// For each of other voices, by score and side, whether its ratio with a voice is at least `llr`.
    pub fn reaching(
        &self,
        llr: Llr,
        voice: Side,
        others: impl Iterator<Item = (Score, Side)>,
    ) -> impl Iterator<Item = bool> {
        // Looked up once: a population is asked for thousands of ratios.
        let [narrowband, wideband] = [Bandwidth::Narrowband, Bandwidth::Wideband]
            .map(|band| self.condition(voice.bandwidth, band));
        others.map(move |(score, other)| {
            let condition = match other.bandwidth {
                Bandwidth::Narrowband => narrowband,
                Bandwidth::Wideband => wideband,
            };
            self.weight(voice, other) * condition.llr(score).0 >= llr.0
        })
    }

    /// What the scores of a probe with several recordings of one person mean together: the score is
    /// the mean of theirs, the LLR the mean of their LLRs, each within the bounds of its condition;
    /// so is the interval. None without a recording.
    ///
    /// Of the ways that were measured (`scripts/measure_joint_scoring.py`) it is the one that gives
    /// pairs of two people no more large ratios as the recordings grow, whether or not these hold
    /// anything new; the equal error rates of the best one lie up to 0.6 % below its own. With a line
    /// that all conditions share it is that line at the mean score, wherever no bound is met. No
    /// mean lies outside the bounds, so no number of recordings claims more than one line supports.
    ///
    /// Conditions may differ among the recordings: the facts are those of the one with the highest
    /// Cllr, what lies outside its range is said of each, and the weight is the least of theirs.
    ///
    /// # Errors
    /// A score is no number.
    pub fn joint_evidence(
        &self,
        probe: Side,
        enrolled: &[(Score, Side)],
    ) -> Result<Option<Evidence>, ScoringError> {
        let pairs = enrolled
            .iter()
            .map(|(score, side)| self.evidence(*score, probe, *side))
            .collect::<Result<Vec<_>, _>>()?;
        let by_cllr = |left: &&Evidence, right: &&Evidence| {
            let (left, right) = (&left.calibration, &right.calibration);
            left.cllr
                .total_cmp(&right.cllr)
                .then_with(|| left.condition.cmp(&right.condition))
        };
        let Some(worst) = pairs.iter().max_by(by_cllr) else {
            return Ok(None);
        };
        let llr = Llr(mean(pairs.iter().map(|pair| pair.llr.0)));
        let score = Score(mean(pairs.iter().map(|pair| f64::from(pair.score.0))) as f32);
        let intervals: Option<Vec<[f64; 2]>> =
            pairs.iter().map(|pair| pair.log10_lr_interval).collect();
        let log10_lr_interval = intervals.map(|ends| {
            [
                mean(ends.iter().map(|[low, _]| *low)),
                mean(ends.iter().map(|[_, high]| *high)),
            ]
        });
        let mut calibration = worst.calibration.clone();
        let weights = pairs.iter().filter_map(|pair| pair.calibration.weight);
        calibration.weight = weights.min_by(f64::total_cmp);
        calibration.outside.clear();
        for note in pairs.iter().flat_map(|pair| &pair.calibration.outside) {
            if !calibration.outside.contains(note) {
                calibration.outside.push(note.clone());
            }
        }
        let verbal = self.verbal.code(llr);
        Ok(Some(Evidence {
            score,
            llr,
            log10_lr: llr.log10(),
            log10_lr_interval,
            verbal_words: self.verbal.words(&verbal),
            verbal,
            calibration,
        }))
    }

    /// How many subjects of other people are expected to reach `llr`, when each is as many voices
    /// of a band as it counts there: one narrowband and three wideband voices count a quarter and
    /// three. Taken from single voices, whose scores spread further than means of several, so the
    /// number errs towards more.
    pub fn expected_false_subjects(
        &self,
        llr: Llr,
        probe: Bandwidth,
        gallery: SubjectCount,
    ) -> f64 {
        let rate = |band| Condition::false_rate(self.condition(probe, band), llr);
        gallery.narrowband * rate(Bandwidth::Narrowband)
            + gallery.wideband * rate(Bandwidth::Wideband)
    }
}

/// Subjects that were searched, by the bands of their voices: each counts as one in all.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SubjectCount {
    /// Shares of narrowband voices, summed over the subjects.
    pub narrowband: f64,
    /// Shares of wideband voices.
    pub wideband: f64,
}

impl SubjectCount {
    /// Counts one more subject.
    pub fn add(&mut self, bands: impl Iterator<Item = Bandwidth>) {
        let (mut narrowband, mut wideband) = (0u32, 0u32);
        for band in bands {
            match band {
                Bandwidth::Narrowband => narrowband += 1,
                Bandwidth::Wideband => wideband += 1,
            }
        }
        let voices = f64::from(narrowband + wideband);
        if voices > 0.0 {
            self.narrowband += f64::from(narrowband) / voices;
            self.wideband += f64::from(wideband) / voices;
        }
    }
}

/// Of no numbers it is NaN; callers have one at least.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::tests::{calibration, side};
    use super::*;
    use crate::domain::{Embedding, ModelId};

    fn narrow() -> Side {
        side(Bandwidth::Narrowband, 9000)
    }

    #[test]
    fn one_recording_is_the_pair_that_it_is() {
        for score in [-0.4, 0.3, 0.55, 0.98] {
            let pair = calibration().evidence(Score(score), narrow(), narrow());
            let joint = calibration().joint_evidence(narrow(), &[(Score(score), narrow())]);
            assert_eq!(joint.unwrap().unwrap(), pair.unwrap());
        }
        let nobody = calibration().joint_evidence(narrow(), &[]);
        assert_eq!(nobody.unwrap(), None);
    }

    #[test]
    fn recordings_in_two_bands_are_each_told_by_their_own_condition() {
        let wide = side(Bandwidth::Wideband, 1000);
        let joint = calibration()
            .joint_evidence(narrow(), &[(Score(0.6), narrow()), (Score(0.4), wide)])
            .unwrap()
            .unwrap();
        // 20 x 0.6 - 12 and 20 x 0.4 - 6.
        assert!((joint.llr.0 - (0.0 + 2.0) / 2.0).abs() < 1e-5, "{joint:?}");
        assert!((joint.score.0 - 0.5).abs() < 1e-6);
        assert_eq!(joint.calibration.outside.len(), 1);
        let [low, high] = joint.log10_lr_interval.unwrap();
        assert!(low < joint.log10_lr && joint.log10_lr < high);
    }

    #[test]
    fn a_subject_counts_once_however_many_voices_it_has() {
        let mut count = SubjectCount::default();
        count.add([Bandwidth::Narrowband; 7].into_iter());
        count.add([Bandwidth::Narrowband, Bandwidth::Wideband].into_iter());
        count.add(std::iter::empty());
        assert_eq!((count.narrowband, count.wideband), (1.5, 0.5));
        let expected = calibration().expected_false_subjects(Llr(1.0), Bandwidth::Wideband, count);
        let of = |narrow, wide| {
            calibration().expected_false(Llr(1.0), Bandwidth::Wideband, narrow, wide)
        };
        assert!((expected - (1.5 * of(1, 0) + 0.5 * of(0, 1))).abs() < 1e-12);
    }

    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<GoldenCase>,
    }

    #[derive(Deserialize)]
    struct GoldenCase {
        probe: Vec<f32>,
        enrolled: Vec<Vec<f32>>,
        score: f64,
        llr: f64,
    }

    #[test]
    fn scores_and_ratios_are_those_of_the_script_that_chose_the_way() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/golden/scoring/joint.json"
        );
        let golden: Golden = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert!(golden.cases.len() > 10);
        let embedding =
            |values: &Vec<f32>| Embedding::from_raw(ModelId::new("m"), values.clone()).unwrap();
        for case in &golden.cases {
            let probe = embedding(&case.probe);
            let enrolled: Vec<_> = case
                .enrolled
                .iter()
                .map(|values| (probe.cosine(&embedding(values)).unwrap(), narrow()))
                .collect();
            let joint = calibration().joint_evidence(narrow(), &enrolled);
            let joint = joint.unwrap().unwrap();
            assert!((f64::from(joint.score.0) - case.score).abs() < 1e-6);
            assert!((joint.llr.0 - case.llr).abs() < 2e-5, "{joint:?}");
        }
    }

    proptest! {
        #[test]
        fn more_recordings_claim_no_more_than_the_strongest_of_them(
            scores in prop::collection::vec((-1.0f32..1.0, any::<bool>()), 1..12),
        ) {
            let enrolled: Vec<(Score, Side)> = scores
                .iter()
                .map(|(score, is_wide)| {
                    let band = if *is_wide { Bandwidth::Wideband } else { Bandwidth::Narrowband };
                    (Score(*score), side(band, 9000))
                })
                .collect();
            let single: Vec<f64> = enrolled
                .iter()
                .map(|(score, side)| calibration().llr(*score, narrow(), *side).0)
                .collect();
            let joint = calibration().joint_evidence(narrow(), &enrolled).unwrap().unwrap();
            let most = single.iter().copied().fold(f64::MIN, f64::max);
            let least = single.iter().copied().fold(f64::MAX, f64::min);
            prop_assert!(joint.llr.0 <= most + 1e-9 && least - 1e-9 <= joint.llr.0);
            let mut turned = enrolled.clone();
            turned.reverse();
            let turned = calibration().joint_evidence(narrow(), &turned).unwrap().unwrap();
            prop_assert!((turned.llr.0 - joint.llr.0).abs() < 1e-9);
        }

        #[test]
        fn the_ratio_alone_is_that_of_the_evidence(
            score in -1.0f32..1.0, left in any::<bool>(), right in any::<bool>(),
        ) {
            let [left, right] = [left, right].map(|wide| {
                side(if wide { Bandwidth::Wideband } else { Bandwidth::Narrowband }, 9000)
            });
            let alone = calibration().llr(Score(score), left, right);
            let evidence = calibration().evidence(Score(score), left, right).unwrap();
            prop_assert_eq!(alone, evidence.llr);
            let reaching = |llr: f64| {
                let other = std::iter::once((Score(score), right));
                calibration().reaching(Llr(llr), left, other).all(|reached| reached)
            };
            prop_assert!(reaching(alone.0) && !reaching(alone.0 + 1e-9));
        }
    }
}
