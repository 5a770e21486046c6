//! How many voices of a population would look as good: the false match rate of one case.

use ndarray::{Array2, ArrayView1, Axis};
use thiserror::Error;

use super::Calibration;
use super::validity::Side;
use crate::domain::{Bandwidth, Embedding, EmbeddingError, Llr, NetSpeech, Reach, Score};

/// Quantile of the normal distribution of a one-sided bound at 95 %.
const Z_95: f64 = 1.644_853_626_951_472_7;
/// Share of members whose likeness to the others counts as ordinary.
const ORDINARY: f64 = 0.99;
/// Share of members whose net speech counts as ordinary.
const ORDINARY_SPEECH: f64 = 0.90;

/// Why there is no population to score with.
#[derive(Debug, Error)]
pub enum PopulationError {
    /// Two voices are needed to say how alike they are.
    #[error("population has {found} voices, expected 2 or more")]
    TooSmall {
        /// Its voices.
        found: usize,
    },
    /// A member is of another model or length.
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
}

/// Compensated embeddings `[N, D]` of a population's voices, ready to be scored against many voices
/// at once.
#[derive(Debug, Clone)]
pub struct PopulationMatrix {
    rows: Array2<f32>,
    first: Embedding,
    sides: Vec<Side>,
    /// Mean score of each voice with all others, ascending.
    likeness: Vec<f64>,
    speech: Vec<NetSpeech>,
    narrowband: usize,
}

impl PopulationMatrix {
    /// From compensated embeddings with the side that each is.
    ///
    /// # Errors
    /// Fewer than two, or embeddings of several models.
    pub fn new(voices: &[(Embedding, Side)]) -> Result<Self, PopulationError> {
        let count = voices.len();
        let Some((first, _)) = voices.first().filter(|_| count >= 2) else {
            return Err(PopulationError::TooSmall { found: count });
        };
        let size = first.values().len();
        let mut rows = Array2::zeros((count, size));
        for ((embedding, _), mut row) in voices.iter().zip(rows.rows_mut()) {
            comparable(first, embedding)?;
            row.assign(&ArrayView1::from(embedding.values()));
        }
        let mut likeness = means_with_others(&rows);
        likeness.sort_by(f64::total_cmp);
        let sides: Vec<Side> = voices.iter().map(|(_, side)| *side).collect();
        let mut speech: Vec<NetSpeech> = sides.iter().map(|side| side.net_speech).collect();
        speech.sort_unstable();
        let is_narrow = |side: &&Side| side.bandwidth == Bandwidth::Narrowband;
        Ok(Self {
            narrowband: sides.iter().filter(is_narrow).count(),
            first: first.clone(),
            rows,
            sides,
            likeness,
            speech,
        })
    }

    /// Voices.
    pub fn len(&self) -> usize {
        self.sides.len()
    }

    /// Never: a population has two voices at least.
    pub fn is_empty(&self) -> bool {
        self.sides.is_empty()
    }

    /// Scores `[P, N]` of compensated voices with every member: one product of two matrices.
    ///
    /// # Errors
    /// A voice is of another model or length.
    pub fn scores(&self, voices: &[&Embedding]) -> Result<Array2<f32>, PopulationError> {
        let mut asked = Array2::zeros((voices.len(), self.rows.ncols()));
        for (embedding, mut row) in voices.iter().zip(asked.rows_mut()) {
            comparable(&self.first, embedding)?;
            row.assign(&ArrayView1::from(embedding.values()));
        }
        Ok(asked.dot(&self.rows.t()))
    }

    /// How many members reach `llr` with a voice, by its row of [`PopulationMatrix::scores`].
    /// Those that `left_out` says of are not counted.
    pub fn reach(
        &self,
        calibration: &Calibration,
        (scores, side): (ArrayView1<'_, f32>, Side),
        llr: Llr,
        left_out: &[bool],
    ) -> Reach {
        let hits = calibration.reaching(
            llr,
            side,
            self.sides
                .iter()
                .zip(scores)
                .map(|(member, score)| (Score(score.clamp(-1.0, 1.0)), *member)),
        );
        counted(hits, left_out)
    }

    /// How many members reach `llr` with several voices of one person together: the mean of their
    /// LLRs, as [`Calibration::joint_evidence`] has it.
    pub fn reach_jointly(
        &self,
        calibration: &Calibration,
        voices: &[(ArrayView1<'_, f32>, Side)],
        llr: Llr,
        left_out: &[bool],
    ) -> Reach {
        let wanted = llr.0 * voices.len() as f64;
        let hits = self.sides.iter().enumerate().map(|(at, member)| {
            let llrs = voices.iter().map(|(scores, side)| {
                let score = scores.get(at).copied().unwrap_or(f32::NAN);
                calibration
                    .llr(Score(score.clamp(-1.0, 1.0)), *side, *member)
                    .0
            });
            // What rounding takes from a sum must not take a voice from the count.
            llrs.sum::<f64>() >= wanted - 1e-9 * wanted.abs().max(1.0)
        });
        counted(hits, left_out)
    }

    /// Mean score of a voice with the members that are not left out, by its row of scores.
    pub fn likeness_of(&self, scores: ArrayView1<'_, f32>, left_out: &[bool]) -> Option<f64> {
        let kept = scores.iter().zip(left_out).filter(|(_, out)| !**out);
        let (sum, count) = kept.fold((0.0, 0u32), |(sum, count), (score, _)| {
            (sum + f64::from(*score), count + 1)
        });
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Between which the mean score of 99 % of the members with the others lies.
    pub fn ordinary_likeness(&self) -> [f64; 2] {
        central(&self.likeness, ORDINARY).unwrap_or([-1.0, 1.0])
    }

    /// Between which the net speech of 90 % of the members lies.
    pub fn ordinary_speech(&self) -> [NetSpeech; 2] {
        central(&self.speech, ORDINARY_SPEECH).unwrap_or_default()
    }

    /// Members of a bandwidth.
    pub fn of_bandwidth(&self, bandwidth: Bandwidth) -> usize {
        match bandwidth {
            Bandwidth::Narrowband => self.narrowband,
            Bandwidth::Wideband => self.len() - self.narrowband,
        }
    }
}

/// Upper bound at 95 % of a share of which `reached` of `voices` were seen, one-sided; 1 where
/// nobody was looked at.
///
/// # Source
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
/// the American Statistical Association 22, 1927.
pub fn wilson_upper(reached: u32, voices: u32) -> f64 {
    if voices == 0 {
        return 1.0;
    }
    let (n, square) = (f64::from(voices), Z_95 * Z_95);
    let share = f64::from(reached.min(voices)) / n;
    let spread = share * (1.0 - share) / n + square / (4.0 * n * n);
    let upper = (share + square / (2.0 * n) + Z_95 * spread.sqrt()) / (1.0 + square / n);
    upper.min(1.0)
}

fn counted(hits: impl Iterator<Item = bool>, left_out: &[bool]) -> Reach {
    let (mut voices, mut reached) = (0u32, 0u32);
    for (is_hit, is_out) in hits.zip(left_out) {
        if !is_out {
            voices += 1;
            reached += u32::from(is_hit);
        }
    }
    Reach {
        voices,
        reached,
        upper: wilson_upper(reached, voices),
    }
}

fn comparable(first: &Embedding, other: &Embedding) -> Result<(), EmbeddingError> {
    if other.model() != first.model() {
        return Err(EmbeddingError::OtherModel {
            expected: first.model().clone(),
            found: other.model().clone(),
        });
    }
    let (expected, found) = (first.values().len(), other.values().len());
    if expected == found {
        Ok(())
    } else {
        Err(EmbeddingError::OtherLength { expected, found })
    }
}

/// Mean product of each row with all others: with the sum of all rows, without its own square.
fn means_with_others(rows: &Array2<f32>) -> Vec<f64> {
    let rows = rows.mapv(f64::from);
    let sum = rows.sum_axis(Axis(0));
    let others = rows.nrows() as f64 - 1.0;
    rows.rows()
        .into_iter()
        .map(|row| (row.dot(&sum) - row.dot(&row)) / others)
        .collect()
}

/// Ends of the central `share` of ascending values.
fn central<T: Copy>(ascending: &[T], share: f64) -> Option<[T; 2]> {
    let last = ascending.len().checked_sub(1)?;
    let tail = ((1.0 - share) / 2.0 * last as f64).floor() as usize;
    Some([*ascending.get(tail)?, *ascending.get(last - tail)?])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::calibration::for_tests::{calibration, side};
    use super::*;
    use crate::domain::ModelId;

    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<GoldenCase>,
    }

    #[derive(Deserialize)]
    struct GoldenCase {
        members: Vec<Vec<f32>>,
        probe: Vec<f32>,
        candidate: Vec<f32>,
        llr: f64,
        sides: std::collections::BTreeMap<String, GoldenReach>,
        mean_with_others: Vec<f64>,
        probe_mean: f64,
    }

    #[derive(Deserialize)]
    struct GoldenReach {
        reached: u32,
        upper: f64,
    }

    fn embedding(values: &[f32]) -> Embedding {
        Embedding::from_raw(ModelId::new("m"), values.to_vec()).unwrap()
    }

    fn narrow() -> Side {
        side(Bandwidth::Narrowband, 9000)
    }

    #[test]
    fn counts_bounds_and_likeness_are_those_of_scipy() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/golden/scoring/population.json"
        );
        let golden: Golden = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert!(
            golden
                .cases
                .iter()
                .any(|case| case.sides["probe"].reached > 0)
        );
        for case in &golden.cases {
            let voices: Vec<_> = case
                .members
                .iter()
                .map(|values| (embedding(values), narrow()))
                .collect();
            let population = PopulationMatrix::new(&voices).unwrap();
            let (probe, candidate) = (embedding(&case.probe), embedding(&case.candidate));
            let scores = population.scores(&[&probe, &candidate]).unwrap();
            let nobody = vec![false; voices.len()];
            for (row, name) in ["probe", "candidate"].into_iter().enumerate() {
                let asked = (scores.row(row), narrow());
                let reach = population.reach(&calibration(), asked, Llr(case.llr - 1e-5), &nobody);
                let expected = &case.sides[name];
                assert_eq!(reach.reached, expected.reached, "{name}");
                assert!((reach.upper - expected.upper).abs() < 1e-12);
                let jointly = population.reach_jointly(
                    &calibration(),
                    &[asked, asked],
                    Llr(case.llr - 1e-5),
                    &nobody,
                );
                assert_eq!(jointly, reach);
            }
            let likeness = population.likeness_of(scores.row(0), &nobody).unwrap();
            assert!((likeness - case.probe_mean).abs() < 1e-6);
            let mut means = case.mean_with_others.clone();
            means.sort_by(f64::total_cmp);
            for (found, expected) in population.likeness.iter().zip(&means) {
                assert!((found - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn who_is_left_out_is_not_counted() {
        let near = embedding(&[1.0, 0.1]);
        let far = embedding(&[-1.0, 0.3]);
        let voices = [
            (near.clone(), narrow()),
            (near.clone(), narrow()),
            (far, side(Bandwidth::Wideband, 3000)),
        ];
        let population = PopulationMatrix::new(&voices).unwrap();
        assert_eq!(population.of_bandwidth(Bandwidth::Narrowband), 2);
        assert_eq!(population.of_bandwidth(Bandwidth::Wideband), 1);
        let scores = population.scores(&[&near]).unwrap();
        let reach = |left_out: &[bool]| {
            let asked = (scores.row(0), narrow());
            let found = population.reach(&calibration(), asked, Llr(2.0), left_out);
            (found.voices, found.reached)
        };
        assert_eq!(reach(&[false, false, false]), (3, 2));
        assert_eq!(reach(&[true, false, false]), (2, 1));
        assert_eq!(reach(&[true, true, true]), (0, 0));
        let nobody = population.likeness_of(scores.row(0), &[true, true, true]);
        assert_eq!(nobody, None);
    }

    #[test]
    fn embeddings_of_two_models_make_no_population() {
        let other = Embedding::from_raw(ModelId::new("n"), vec![1.0, 0.0]).unwrap();
        let one = embedding(&[1.0, 0.0]);
        let mixed = [(one.clone(), narrow()), (other.clone(), narrow())];
        assert!(PopulationMatrix::new(&mixed).is_err());
        let alone = PopulationMatrix::new(&mixed[..1]).unwrap_err().to_string();
        assert_eq!(alone, "population has 1 voices, expected 2 or more");
        let two = [(one.clone(), narrow()), (one, narrow())];
        let population = PopulationMatrix::new(&two).unwrap();
        assert!(population.scores(&[&other]).is_err());
    }

    proptest! {
        #[test]
        fn the_bound_lies_above_the_share_and_falls_with_more_voices(
            reached in 0u32..500, more in 0u32..500,
        ) {
            let voices = reached + more + 1;
            let upper = wilson_upper(reached, voices);
            let share = f64::from(reached) / f64::from(voices);
            prop_assert!(upper >= share && upper <= 1.0);
            prop_assert!(wilson_upper(2 * reached, 2 * voices) <= upper + 1e-12);
            prop_assert!(wilson_upper(reached + 1, voices) >= upper);
        }

        #[test]
        fn the_central_part_holds_its_share(count in 1usize..400, share in 0.5f64..1.0) {
            let values: Vec<usize> = (0..count).collect();
            let [low, high] = central(&values, share).unwrap();
            let held = (low..=high).count() as f64 / count as f64;
            prop_assert!(held >= share.min(1.0) - 1e-9, "{held} of {share}");
        }
    }
}
