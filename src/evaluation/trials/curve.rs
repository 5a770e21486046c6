//! Weighted trials in the order of their scores: errors at every threshold, and the costs of LLRs.

use super::{Costs, Figures, Trial};

/// Share of two speakers' trials that may pass.
const STRICT_FMR: f64 = 0.001;

/// Trials with one score.
#[derive(Debug, Clone, Copy)]
struct Step {
    llr: f64,
    target: f64,
    non_target: f64,
    trials: usize,
}

/// Steps in ascending order, with each kind's weights in all.
pub(super) struct Curve {
    steps: Vec<Step>,
    target: f64,
    non_target: f64,
}

impl Curve {
    /// From trials in ascending order, with weights.
    pub(super) fn new(sorted: impl Iterator<Item = (Trial, f64)>) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        let (mut target, mut non_target) = (0.0, 0.0);
        for (trial, weight) in sorted {
            let (as_target, as_non_target) = if trial.is_target() {
                (weight, 0.0)
            } else {
                (0.0, weight)
            };
            target += as_target;
            non_target += as_non_target;
            match steps.last_mut() {
                Some(step) if step.llr == trial.llr => {
                    step.target += as_target;
                    step.non_target += as_non_target;
                    step.trials += 1;
                }
                _ => steps.push(Step {
                    llr: trial.llr,
                    target: as_target,
                    non_target: as_non_target,
                    trials: 1,
                }),
            }
        }
        Self {
            steps,
            target,
            non_target,
        }
    }

    /// Whether both kinds have weight.
    pub(super) fn is_sound(&self) -> bool {
        self.target > 0.0 && self.non_target > 0.0
    }

    pub(super) fn figures(&self, costs: Costs) -> Figures {
        let points = self.operating_points();
        let blocks = self.blocks();
        let cost = |[false_alarms, misses]: [f64; 2]| {
            let wrong = costs.prior * costs.miss * misses
                + (1.0 - costs.prior) * costs.false_alarm * false_alarms;
            wrong / (costs.prior * costs.miss).min((1.0 - costs.prior) * costs.false_alarm)
        };
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let mut strict = points
            .iter()
            .filter(|[false_alarms, _]| *false_alarms <= STRICT_FMR)
            .map(|[_, misses]| *misses);
        Figures {
            eer: self.equal_error_rate(&blocks),
            min_dcf: least(&mut points.iter().map(|point| cost(*point))),
            act_dcf: cost(self.at_bayes_threshold(costs)),
            fnmr_at_fmr_0_001: least(&mut strict),
            cllr: self.cllr(
                self.steps
                    .iter()
                    .map(|step| (step.llr, step.target, step.non_target)),
            ),
            min_cllr: self.cllr(
                blocks
                    .iter()
                    .map(|block| (self.llr_of(block), block.target, block.non_target)),
            ),
        }
    }

    /// `[false alarms, misses]` where trials from each score on pass, from none to all.
    pub(super) fn operating_points(&self) -> Vec<[f64; 2]> {
        let mut points = vec![[0.0, 1.0]];
        let (mut passed, mut false_alarms) = (0.0, 0.0);
        for step in self.steps.iter().rev() {
            passed += step.target;
            false_alarms += step.non_target;
            points.push([
                (false_alarms / self.non_target).min(1.0),
                (1.0 - passed / self.target).max(0.0),
            ]);
        }
        points
    }

    /// Errors where an LLR passes that outweighs the prior odds and the costs.
    fn at_bayes_threshold(&self, costs: Costs) -> [f64; 2] {
        let odds = costs.prior * costs.miss / ((1.0 - costs.prior) * costs.false_alarm);
        let threshold = -odds.ln();
        let (mut misses, mut false_alarms) = (0.0, 0.0);
        for step in &self.steps {
            if step.llr < threshold {
                misses += step.target;
            } else {
                false_alarms += step.non_target;
            }
        }
        [false_alarms / self.non_target, misses / self.target]
    }

    /// Blocks of scores whose share of targets rises from block to block.
    ///
    /// # Source
    /// Pool adjacent violators: Ayer et al., "An empirical distribution function for sampling with
    /// incomplete information", 1955; for LLRs Brümmer and du Preez, 2006, section 7.
    fn blocks(&self) -> Vec<Step> {
        let mut blocks: Vec<Step> = Vec::new();
        for step in &self.steps {
            if step.target + step.non_target == 0.0 {
                // Speakers who were not drawn.
                continue;
            }
            let mut block = *step;
            while let Some(before) = blocks.pop_if(|before| {
                before.target * (block.target + block.non_target)
                    >= block.target * (before.target + before.non_target)
            }) {
                block.target += before.target;
                block.non_target += before.non_target;
                block.trials += before.trials;
            }
            blocks.push(block);
        }
        blocks
    }

    /// The LLR that a block stands for, prior taken off.
    fn llr_of(&self, block: &Step) -> f64 {
        ((block.target / self.target) / (block.non_target / self.non_target)).ln()
    }

    pub(super) fn best_calibration(&self) -> Vec<[f64; 2]> {
        let mut steps = self.steps.iter();
        let mut calibrated = Vec::new();
        for block in self.blocks() {
            let llr = self.llr_of(&block);
            let mut left = block.trials;
            while left > 0 {
                let Some(step) = steps.next() else { break };
                left = left.saturating_sub(step.trials);
                calibrated.extend(std::iter::repeat_n([step.llr, llr], step.trials));
            }
        }
        calibrated
    }

    /// Where the hull of misses and false alarms has both alike. Its corners are the borders of the
    /// blocks.
    ///
    /// # Source
    /// Brümmer and de Villiers, "The BOSARIS toolkit user guide", 2011, section 3.3.2: the equal
    /// error rate of the ROC convex hull.
    fn equal_error_rate(&self, blocks: &[Step]) -> f64 {
        let (mut false_alarms, mut misses) = (1.0, 0.0);
        for block in blocks {
            let fewer = false_alarms - block.non_target / self.non_target;
            let more = misses + block.target / self.target;
            if more >= fewer {
                // On the way from (false alarms, misses) to (fewer, more) both are alike at `part`.
                let span = (more - misses) + (false_alarms - fewer);
                let part = if span > 0.0 {
                    (false_alarms - misses) / span
                } else {
                    0.0
                };
                return (misses + part * (more - misses)).clamp(0.0, 1.0);
            }
            (false_alarms, misses) = (fewer, more);
        }
        0.5 * (false_alarms + misses)
    }

    /// Mean cost in bits of `(LLR, weight of targets, of non-targets)`.
    ///
    /// # Source
    /// Brümmer and du Preez, "Application-independent evaluation of speaker detection", Computer
    /// Speech & Language 20, 2006, equation 28.
    fn cllr(&self, steps: impl Iterator<Item = (f64, f64, f64)>) -> f64 {
        let (mut target, mut non_target) = (0.0, 0.0);
        for (llr, as_target, as_non_target) in steps {
            // Nothing times an infinite cost is nothing.
            if as_target > 0.0 {
                target += as_target * softplus(-llr);
            }
            if as_non_target > 0.0 {
                non_target += as_non_target * softplus(llr);
            }
        }
        0.5 * (target / self.target + non_target / self.non_target) / std::f64::consts::LN_2
    }
}

/// `ln(1 + exp(x))` without overflow.
pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
