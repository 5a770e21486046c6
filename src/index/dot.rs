//! Dot products with the widest instructions that pay.
//!
//! Every variant keeps [`LANES`] partial sums with fused multiply-adds and adds them in the same
//! tree, so that the result is the same to the last bit whatever the processor. AVX-512 has no
//! variant of its own: a scan waits for memory with AVX2 already.

/// Partial sums: four AVX2 registers, enough to hide the latency of a fused multiply-add.
const LANES: usize = 32;

/// Instruction set that was found at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// What every processor of the target has; on aarch64 that is NEON.
    Portable,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Kernel {
    /// The fastest that this processor has.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Self::Avx2;
        }
        Self::Portable
    }

    /// Dot product of two vectors `[D]` of one length.
    #[inline]
    pub(super) fn dot(self, left: &[f32], right: &[f32]) -> f32 {
        match self {
            Self::Portable => dot(left, right),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` makes this variant only where the processor has AVX2 and FMA.
            Self::Avx2 => unsafe { avx2::dot(left, right) },
        }
    }

    /// Dot product of `probe` `[D]` with each row of `codes` `[N, D]`, into `out` `[N]`. `D` is a
    /// multiple of 32, and no sum may leave the range of `i32`.
    pub(super) fn code_dots(self, probe: &[i16], codes: &[i8], out: &mut [f32]) {
        let rows = codes.chunks_exact(probe.len().max(1));
        match self {
            Self::Portable => {
                for (row, out) in rows.zip(out) {
                    *out = code_dot(probe, row) as f32;
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as in `dot`.
            Self::Avx2 => unsafe { avx2::code_dots(probe, rows, out) },
        }
    }

    /// Dot product of `probe` `[D]` with those rows of `codes` `[N, D]` that are named, into `out`,
    /// under the same conditions; a row that is not there leaves its place as it is.
    pub(super) fn code_dots_at(self, probe: &[i16], codes: &[i8], rows: &[u32], out: &mut [f32]) {
        match self {
            Self::Portable => {
                for (row, out) in rows.iter().zip(out) {
                    if let Some(row) = row_of(codes, probe.len(), *row) {
                        *out = code_dot(probe, row) as f32;
                    }
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as in `dot`.
            Self::Avx2 => unsafe { avx2::code_dots_at(probe, codes, rows, out) },
        }
    }
}

#[inline]
fn row_of(codes: &[i8], dimensions: usize, row: u32) -> Option<&[i8]> {
    let start = row as usize * dimensions;
    codes.get(start..start + dimensions)
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (left, right) in left.iter().zip(right) {
        add_products(&mut sums, left, right);
    }
    if !left_rest.is_empty() {
        add_products(&mut sums, &padded(left_rest), &padded(right_rest));
    }
    let sixteen: [f32; 16] = std::array::from_fn(|lane| sums[lane] + sums[lane + 16]);
    let eight: [f32; 8] = std::array::from_fn(|lane| sixteen[lane] + sixteen[lane + 8]);
    let four: [f32; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

fn code_dot(probe: &[i16], row: &[i8]) -> i32 {
    let products = probe.iter().zip(row);
    products.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

#[inline(always)]
fn add_products(sums: &mut [f32; LANES], left: &[f32; LANES], right: &[f32; LANES]) {
    for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
        *sum = left.mul_add(*right, *sum);
    }
}

/// What is left of a vector after its whole groups of lanes, with zeros behind.
fn padded(rest: &[f32]) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = *value;
    }
    lanes
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m128i, __m256, __m256i, _MM_HINT_T0, _mm_add_epi32, _mm_add_ps, _mm_add_ss,
        _mm_cvtsi128_si32, _mm_cvtss_f32, _mm_loadu_si128, _mm_movehdup_ps, _mm_movehl_ps,
        _mm_prefetch, _mm_shuffle_epi32, _mm256_add_epi32, _mm256_add_ps, _mm256_castps256_ps128,
        _mm256_castsi256_si128, _mm256_cvtepi8_epi16, _mm256_extractf128_ps,
        _mm256_extracti128_si256, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256,
        _mm256_madd_epi16, _mm256_setzero_ps, _mm256_setzero_si256,
    };

    use super::{LANES, padded, row_of};

    /// Bytes that the processor fetches at once.
    const CACHE_LINE: usize = 64;

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
        let (left, left_rest) = left.as_chunks::<LANES>();
        let (right, right_rest) = right.as_chunks::<LANES>();
        let mut sums = [_mm256_setzero_ps(); 4];
        for (left, right) in left.iter().zip(right) {
            sums = add_products(sums, left, right);
        }
        if !left_rest.is_empty() {
            sums = add_products(sums, &padded(left_rest), &padded(right_rest));
        }
        let [first, second, third, fourth] = sums;
        let eight = _mm256_add_ps(_mm256_add_ps(first, third), _mm256_add_ps(second, fourth));
        let four = _mm_add_ps(
            _mm256_castps256_ps128(eight),
            _mm256_extractf128_ps::<1>(eight),
        );
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn code_dots(probe: &[i16], rows: std::slice::ChunksExact<'_, i8>, out: &mut [f32]) {
        let (probe, _) = probe.as_chunks::<16>();
        for (row, out) in rows.zip(out) {
            *out = code_dot(probe, row) as f32;
        }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn code_dots_at(probe: &[i16], codes: &[i8], rows: &[u32], out: &mut [f32]) {
        let (groups, _) = probe.as_chunks::<16>();
        // The rows lie far apart: ask for all before the first is needed.
        for row in rows {
            let row = row_of(codes, probe.len(), *row).unwrap_or_default();
            for line in row.chunks(CACHE_LINE) {
                _mm_prefetch::<_MM_HINT_T0>(line.as_ptr());
            }
        }
        for (row, out) in rows.iter().zip(out) {
            if let Some(row) = row_of(codes, probe.len(), *row) {
                *out = code_dot(groups, row) as f32;
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn code_dot(probe: &[[i16; 16]], row: &[i8]) -> i32 {
        let (row, _) = row.as_chunks::<32>();
        let (probe, _) = probe.as_chunks::<2>();
        let mut sums = [_mm256_setzero_si256(); 2];
        for ([low, high], row) in probe.iter().zip(row) {
            sums = [
                _mm256_add_epi32(sums[0], code_products(low, first_half(row))),
                _mm256_add_epi32(sums[1], code_products(high, second_half(row))),
            ];
        }
        let eight = _mm256_add_epi32(sums[0], sums[1]);
        let four = _mm_add_epi32(
            _mm256_castsi256_si128(eight),
            _mm256_extracti128_si256::<1>(eight),
        );
        let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b00_00_11_10>(four));
        _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<1>(two)))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn code_products(probe: &[i16; 16], row: __m128i) -> __m256i {
        // SAFETY: sixteen 16-bit values are the 32 bytes of an unaligned load.
        let probe = unsafe { _mm256_loadu_si256(probe.as_ptr().cast()) };
        _mm256_madd_epi16(probe, _mm256_cvtepi8_epi16(row))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn first_half(row: &[i8; 32]) -> __m128i {
        // SAFETY: the first 16 bytes of 32.
        unsafe { _mm_loadu_si128(row.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn second_half(row: &[i8; 32]) -> __m128i {
        // SAFETY: the last 16 bytes of 32.
        unsafe { _mm_loadu_si128(row.as_ptr().add(16).cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn add_products(
        [first, second, third, fourth]: [__m256; 4],
        left: &[f32; LANES],
        right: &[f32; LANES],
    ) -> [__m256; 4] {
        [
            _mm256_fmadd_ps(load::<0>(left), load::<0>(right), first),
            _mm256_fmadd_ps(load::<8>(left), load::<8>(right), second),
            _mm256_fmadd_ps(load::<16>(left), load::<16>(right), third),
            _mm256_fmadd_ps(load::<24>(left), load::<24>(right), fourth),
        ]
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn load<const START: usize>(lanes: &[f32; LANES]) -> __m256 {
        const { assert!(START + 8 <= LANES) };
        // SAFETY: the eight values from START on lie within the array, as asserted, and an
        // unaligned load asks for no more.
        unsafe { _mm256_loadu_ps(lanes.as_ptr().add(START)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kernels() -> Vec<Kernel> {
        let mut kernels = vec![Kernel::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if Kernel::detect() == Kernel::Avx2 {
                kernels.push(Kernel::Avx2);
            }
        }
        kernels
    }

    proptest! {
        #[test]
        fn every_instruction_set_gives_the_same_whole_number(
            pairs in (1usize..5).prop_flat_map(|groups| prop::collection::vec(
                (-4095i16..=4095, -127i8..=127), 32 * groups,
            )),
        ) {
            let (probe, row): (Vec<i16>, Vec<i8>) = pairs.into_iter().unzip();
            let expected: i64 =
                probe.iter().zip(&row).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
            for kernel in kernels() {
                let mut out = [0.0; 2];
                kernel.code_dots(&probe, &[row.as_slice(), row.as_slice()].concat(), &mut out);
                prop_assert_eq!(out, [expected as f32; 2]);
                let mut out = [0.5; 3];
                kernel.code_dots_at(&probe, &row, &[0, 1, u32::MAX], &mut out);
                prop_assert_eq!(out, [expected as f32, 0.5, 0.5]);
            }
        }

        #[test]
        fn every_instruction_set_gives_the_same_bits_near_the_double_sum(
            (left, right) in (1usize..300).prop_flat_map(|length| (
                prop::collection::vec(-1f32..1.0, length),
                prop::collection::vec(-1f32..1.0, length),
            )),
        ) {
            let exact: f64 =
                left.iter().zip(&right).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let first = Kernel::Portable.dot(&left, &right);
            prop_assert!((f64::from(first) - exact).abs() < 1e-4, "{first} is not {exact}");
            for kernel in kernels() {
                prop_assert_eq!(kernel.dot(&left, &right).to_bits(), first.to_bits());
            }
        }
    }
}
