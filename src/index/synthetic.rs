//! Vectors with the shape of real voice embeddings, for tests and benches: speakers scattered with
//! a spectrum that decays, and recordings scattered around their speaker.

/// A small generator whose numbers are the same everywhere.
///
/// # Source
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: SplitMix64.
pub struct Numbers(u64);

impl Numbers {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Near enough to normal with variance 1: the sum of four uniform numbers, scaled.
    fn normal(&mut self) -> f32 {
        let sum: f32 = (0..4).map(|_| self.uniform() - 0.5).sum();
        sum * 3.0f32.sqrt()
    }
}

/// `count` vectors `[dimensions]`, `per_speaker` of each speaker, whose standard deviation in
/// dimension `d` is `(1 + d)^-0.4`; recordings of a speaker have a cosine of about 0.7.
pub fn embeddings(count: usize, dimensions: usize, per_speaker: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut numbers = Numbers::seeded(seed);
    let spread: Vec<f32> = (0..dimensions)
        .map(|d| (1.0 + d as f32).powf(-0.4))
        .collect();
    let mut speaker = Vec::new();
    (0..count)
        .map(|number| {
            if number % per_speaker.max(1) == 0 {
                speaker = spread.iter().map(|s| s * numbers.normal()).collect();
            }
            speaker
                .iter()
                .zip(&spread)
                .map(|(v, s)| v + 0.65 * s * numbers.normal())
                .collect()
        })
        .collect()
}
