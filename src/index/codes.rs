//! Rows in eight bits, with a bound on what that loses: a scan reads a quarter of the memory and
//! scores exactly only the rows that the bound cannot rule out.
//!
//! A row `x` is kept as `s·c` with whole numbers `c` in [-127, 127] and `e = ‖x - s·c‖`. A probe `q`
//! becomes `t·d` in 16 bits. By the triangle and the Cauchy-Schwarz inequality
//!
//! `q·x <= t·s·(d·c) + ‖q‖·e + ‖q - t·d‖·‖s·c‖`,
//!
//! so a row whose right side lies below the worst score that is kept cannot be among the best.
//! The sums of products are whole numbers: they are the same with every instruction set.

use super::dot::Kernel;

/// Largest magnitude of a row's codes.
const ROW_LEVELS: f32 = 127.0;

/// Largest magnitude of a probe's codes. The sum over a row stays below 2^31 up to
/// [`MAX_DIMENSIONS`] values: 4096 · 127 · 4095 is 2.13e9.
const PROBE_LEVELS: f32 = 4095.0;

/// Longer rows are not coded; their scan is exact all the way.
const MAX_DIMENSIONS: usize = 4096;

/// Codes of a row are padded with zeros to a multiple of this, one register of 8-bit values.
const GROUP: usize = 32;

/// What the f32 arithmetic of scores and bounds may be wrong by, far above its rounding.
const ARITHMETIC: f32 = 1e-4;

/// Eight-bit codes of the rows of a matrix, in its order.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    dimensions: usize,
    codes: Vec<i8>,
    scales: Vec<Upward>,
    /// `e`, and `‖s·c‖`.
    losses: Vec<(Upward, Upward)>,
}

/// A positive number in the upper half of an f32, rounded up: an upper bound stays one in half of
/// the room.
#[derive(Debug, Clone, Copy)]
struct Upward(u16);

impl Upward {
    /// The least such number that is not below `value`, which is finite and not negative; infinite
    /// beyond the last.
    fn of(value: f32) -> Self {
        let bits = value.to_bits();
        let up = u32::from(bits & 0xffff != 0);
        Self(((bits >> 16) + up) as u16)
    }

    #[inline]
    fn get(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}

impl Codes {
    pub(super) fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            codes: Vec::new(),
            scales: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Whether rows of this length are coded.
    fn serves(&self) -> bool {
        (1..=MAX_DIMENSIONS).contains(&self.dimensions)
    }

    fn stride(&self) -> usize {
        self.dimensions.next_multiple_of(GROUP)
    }

    /// Appends a row.
    pub(super) fn push(&mut self, row: &[f32]) {
        if !self.serves() {
            return;
        }
        let kept = Upward::of(scale(row, ROW_LEVELS));
        let scale = kept.get();
        let (mut error, mut norm) = (0.0f64, 0.0f64);
        for value in row {
            let code = (value / scale).round();
            self.codes.push(code as i8);
            let back = f64::from(code) * f64::from(scale);
            error += (f64::from(*value) - back).powi(2);
            norm += back.powi(2);
        }
        self.codes
            .resize(self.codes.len() + self.stride() - row.len(), 0);
        self.scales.push(kept);
        let losses = (
            Upward::of(error.sqrt() as f32),
            Upward::of(norm.sqrt() as f32),
        );
        self.losses.push(losses);
    }

    /// Whether the codes of `rows` rows are here, or none are wanted.
    pub(super) fn fits(&self, rows: usize) -> bool {
        !self.serves() || self.rows() == rows
    }

    /// Keeps the rows named, which ascend, as the first ones.
    pub(super) fn keep(&mut self, rows: impl Iterator<Item = usize>) {
        if !self.serves() {
            return;
        }
        let stride = self.stride();
        let mut kept = 0;
        for from in rows {
            self.codes
                .copy_within(from * stride..(from + 1) * stride, kept * stride);
            self.scales.swap(kept, from);
            self.losses.swap(kept, from);
            kept += 1;
        }
        self.codes.truncate(kept * stride);
        self.scales.truncate(kept);
        self.losses.truncate(kept);
        self.codes
            .shrink_to(self.codes.len() + self.codes.len() / 2);
    }

    /// Rows that are coded.
    pub(super) fn rows(&self) -> usize {
        self.scales.len()
    }

    /// A row's codes as a probe, to compare it with other rows; none where it is not coded.
    pub(super) fn probe_of(&self, row: usize) -> Option<Probe> {
        let codes = self
            .codes
            .get(row * self.stride()..(row + 1) * self.stride())?;
        let (scale, (error, norm)) = (*self.scales.get(row)?, *self.losses.get(row)?);
        Some(Probe {
            codes: codes.iter().map(|code| i16::from(*code)).collect(),
            scale: scale.get(),
            error: error.get(),
            norm: norm.get(),
        })
    }

    /// Scores of a probe with `rows` as the codes tell them, without what the codes lose; 0 for a row
    /// that is not coded.
    pub(super) fn scores(&self, kernel: Kernel, probe: &Probe, rows: &[u32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(rows.len(), 0.0);
        kernel.code_dots_at(&probe.codes, &self.codes, rows, out);
        for (out, row) in out.iter_mut().zip(rows) {
            *out *= probe.scale
                * self
                    .scales
                    .get(*row as usize)
                    .map_or(0.0, |scale| scale.get());
        }
    }

    /// Upper bounds of the scores of a probe with the rows from `start` on, one for each place in
    /// `out`; infinite where rows are not coded.
    pub(super) fn upper_bounds(
        &self,
        kernel: Kernel,
        probe: &Probe,
        start: usize,
        out: &mut [f32],
    ) {
        let stride = self.stride();
        let end = start + out.len();
        let (Some(codes), Some(scales), Some(losses)) = (
            self.codes.get(start * stride..end * stride),
            self.scales.get(start..end),
            self.losses.get(start..end),
        ) else {
            out.fill(f32::INFINITY);
            return;
        };
        kernel.code_dots(&probe.codes, codes, out);
        for ((out, scale), (error, norm)) in out.iter_mut().zip(scales).zip(losses) {
            let loss = probe.norm * error.get() + probe.error * norm.get();
            *out = (*out * scale.get()).mul_add(probe.scale, loss) + ARITHMETIC;
        }
    }
}

/// A probe in 16 bits.
#[derive(Debug)]
pub(super) struct Probe {
    codes: Vec<i16>,
    scale: f32,
    error: f32,
    norm: f32,
}

impl Probe {
    pub(super) fn new(values: &[f32]) -> Self {
        let scale = scale(values, PROBE_LEVELS);
        let mut codes: Vec<i16> = Vec::with_capacity(values.len().next_multiple_of(GROUP));
        let (mut error, mut norm) = (0.0f64, 0.0f64);
        for value in values {
            let code = (value / scale).round();
            codes.push(code as i16);
            error += (f64::from(*value) - f64::from(code) * f64::from(scale)).powi(2);
            norm += f64::from(*value).powi(2);
        }
        codes.resize(values.len().next_multiple_of(GROUP), 0);
        Self {
            codes,
            scale,
            error: error.sqrt() as f32,
            norm: norm.sqrt() as f32,
        }
    }
}

/// What one level is worth, so that the largest magnitude has the last level; 1 for zeros.
fn scale(values: &[f32], levels: f32) -> f32 {
    let largest = values
        .iter()
        .fold(0.0f32, |most, value| most.max(value.abs()));
    let scale = largest / levels;
    if scale.is_normal() { scale } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::synthetic::embeddings;
    use proptest::prelude::*;

    fn dot(left: &[f32], right: &[f32]) -> f32 {
        Kernel::detect().dot(left, right)
    }

    proptest! {
        #[test]
        fn no_score_lies_above_its_bound(
            rows in (1usize..70).prop_flat_map(|length| prop::collection::vec(
                prop::collection::vec(-1f32..1.0, length), 2..6,
            )),
        ) {
            let (probe, rows) = rows.split_first().unwrap();
            let mut codes = Codes::new(probe.len());
            rows.iter().for_each(|row| codes.push(row));
            let mut bounds = vec![0.0; rows.len()];
            codes.upper_bounds(Kernel::detect(), &Probe::new(probe), 0, &mut bounds);
            for (row, bound) in rows.iter().zip(bounds) {
                prop_assert!(dot(probe, row) <= bound, "{} above {bound}", dot(probe, row));
            }
        }
    }

    #[test]
    fn the_bound_of_a_voice_is_tight() {
        let mut vectors = embeddings(200, 192, 5, 3);
        for vector in &mut vectors {
            let norm = dot(vector, vector).sqrt();
            vector.iter_mut().for_each(|value| *value /= norm);
        }
        let mut codes = Codes::new(192);
        vectors.iter().for_each(|row| codes.push(row));
        let mut bounds = vec![0.0; vectors.len()];
        codes.upper_bounds(Kernel::detect(), &Probe::new(&vectors[0]), 0, &mut bounds);
        for (row, bound) in vectors.iter().zip(bounds) {
            let above = bound - dot(&vectors[0], row);
            assert!((0.0..0.03).contains(&above), "{above}");
        }
    }

    #[test]
    fn rows_of_extreme_values_keep_a_true_bound() {
        let rows = [
            vec![0.0f32; 3],
            vec![f32::MIN_POSITIVE / 8.0; 3],
            vec![1.0, 0.0, -1e-30],
        ];
        let mut codes = Codes::new(3);
        rows.iter().for_each(|row| codes.push(row));
        let mut bounds = [0.0; 3];
        let probe = [0.6, 0.0, 0.8];
        codes.upper_bounds(Kernel::detect(), &Probe::new(&probe), 0, &mut bounds);
        for (row, bound) in rows.iter().zip(bounds) {
            assert!(dot(&probe, row) <= bound);
        }
    }

    #[test]
    fn kept_rows_keep_their_bounds() {
        let vectors = embeddings(9, 5, 1, 4);
        let mut codes = Codes::new(5);
        vectors.iter().for_each(|row| codes.push(row));
        let probe = Probe::new(&vectors[0]);
        let (mut before, mut after) = ([0.0; 9], [0.0; 3]);
        codes.upper_bounds(Kernel::detect(), &probe, 0, &mut before);
        codes.keep([1, 4, 8].into_iter());
        codes.upper_bounds(Kernel::detect(), &probe, 0, &mut after);
        assert_eq!(after, [before[1], before[4], before[8]]);
        let mut beyond = [0.0; 4];
        codes.upper_bounds(Kernel::detect(), &probe, 0, &mut beyond);
        assert_eq!(beyond, [f32::INFINITY; 4]);
    }
}
