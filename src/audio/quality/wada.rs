//! Signal-to-noise ratio from the distribution of a waveform's amplitudes.

/// Waveform amplitude distribution analysis over speech with its pauses.
///
/// Speech has many small and a few large amplitudes, noise has not: the statistic
/// `G = ln E|z| - E ln|z|` of the samples `z` grows with the SNR. It assumes Gaussian noise, and
/// reads music or a second voice as speech.
///
/// # Source
/// Kim and Stern, "Robust signal-to-noise ratio estimation based on waveform amplitude distribution
/// analysis", Interspeech 2008, equations 7 to 10; the table is made by
/// `scripts/make_wada_table.py`.
#[derive(Debug, Clone, Default)]
pub struct WadaMeter {
    sum: f64,
    log_sum: f64,
    samples: u64,
}

/// Smaller samples are digital silence, which is no part of any distribution: below the least step
/// of 16 bits.
const SILENCE: f32 = 1.5e-5;

/// Fewest samples that say anything: a second at 16 kHz.
const MIN_SAMPLES: u64 = 16_000;

/// SNR of the first row of [`TABLE`], in dB; each further row is 1 dB more.
const LOWEST_DB: f32 = -20.0;

impl WadaMeter {
    /// Takes samples from -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        for magnitude in samples.iter().map(|sample| sample.abs()) {
            if magnitude >= SILENCE {
                self.sum += f64::from(magnitude);
                self.log_sum += f64::from(magnitude.ln());
                self.samples += 1;
            }
        }
    }

    /// The SNR in dB, -20 to 100; none for less than a second.
    pub fn snr_db(&self) -> Option<f32> {
        if self.samples < MIN_SAMPLES {
            return None;
        }
        let count = self.samples as f64;
        let statistic = (self.sum / count).ln() - self.log_sum / count;
        let above = TABLE.partition_point(|value| *value <= statistic);
        let (Some(low), Some(high)) = (
            above.checked_sub(1).and_then(|place| TABLE.get(place)),
            TABLE.get(above),
        ) else {
            let end = if above == 0 { 0 } else { TABLE.len() - 1 };
            return Some(LOWEST_DB + end as f32);
        };
        let part = (statistic - low) / (high - low);
        Some(LOWEST_DB + (above as f64 - 1.0 + part) as f32)
    }
}

/// `G` for each SNR.
#[rustfmt::skip]
const TABLE: [f64; 121] = [
    0.409435, 0.409459, 0.409497, 0.409556, 0.409644, 0.409777, 0.409974, 0.410264,
    0.410687, 0.411292, 0.412148, 0.413339, 0.414969, 0.417163, 0.420066, 0.423839,
    0.428654, 0.434692, 0.442128, 0.451130, 0.461839, 0.474370, 0.488798, 0.505154,
    0.523427, 0.543555, 0.565439, 0.588938, 0.613886, 0.640092, 0.667352, 0.695456,
    0.724196, 0.753371, 0.782790, 0.812278, 0.841676, 0.870844, 0.899659, 0.928017,
    0.955830, 0.983025, 1.009545, 1.035345, 1.060391, 1.084661, 1.108138, 1.130816,
    1.152694, 1.173774, 1.194067, 1.213583, 1.232337, 1.250347, 1.267631, 1.284209,
    1.300102, 1.315333, 1.329922, 1.343892, 1.357266, 1.370065, 1.382311, 1.394026,
    1.405230, 1.415944, 1.426189, 1.435982, 1.445344, 1.454291, 1.462843, 1.471014,
    1.478823, 1.486284, 1.493412, 1.500223, 1.506729, 1.512945, 1.518883, 1.524554,
    1.529972, 1.535147, 1.540090, 1.544812, 1.549321, 1.553628, 1.557742, 1.561671,
    1.565424, 1.569007, 1.572430, 1.575699, 1.578821, 1.581803, 1.584651, 1.587370,
    1.589968, 1.592448, 1.594817, 1.597079, 1.599240, 1.601303, 1.603274, 1.605155,
    1.606953, 1.608669, 1.610308, 1.611873, 1.613368, 1.614796, 1.616159, 1.617461,
    1.618705, 1.619892, 1.621026, 1.622109, 1.623144, 1.624131, 1.625075, 1.625975,
    1.626836,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Repeatable numbers: uniform from 0 to 1, and normal of variance 1.
    struct Draws(u64);

    impl Draws {
        fn uniform(&mut self) -> f64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }

        fn normal(&mut self) -> f64 {
            let radius = (-2.0 * self.uniform().ln()).sqrt();
            radius * (std::f64::consts::TAU * self.uniform()).cos()
        }

        /// Gamma of shape 0.4 with a random sign.
        ///
        /// # Source
        /// Ahrens and Dieter, "Computer methods for sampling from gamma, beta, Poisson and binomial
        /// distributions", Computing 12, 1974, algorithm GS.
        fn gamma(&mut self) -> f64 {
            let shape = 0.4;
            let bound = 1.0 + shape / std::f64::consts::E;
            loop {
                let p = bound * self.uniform();
                let (value, accept) = if p <= 1.0 {
                    let value = p.powf(1.0 / shape);
                    (value, (-value).exp())
                } else {
                    let value = -((bound - p) / shape).ln();
                    (value, value.powf(shape - 1.0))
                };
                if self.uniform() <= accept {
                    return if self.uniform() < 0.5 { value } else { -value };
                }
            }
        }
    }

    #[test]
    fn the_snr_of_the_model_itself_comes_out() {
        let mut draws = Draws(0x2545_f491_4f6c_dd1d);
        // The second moment of a gamma distribution of shape a is a (a + 1).
        let deviation = (0.4f64 * 1.4).sqrt();
        for snr_db in [-5.0, 0.0, 10.0, 20.0, 30.0] {
            let sigma = deviation * 10f64.powf(-snr_db / 20.0);
            let mut meter = WadaMeter::default();
            for _ in 0..200 {
                let samples: Vec<f32> = (0..2000)
                    .map(|_| (0.05 * (draws.gamma() + sigma * draws.normal())) as f32)
                    .collect();
                meter.push(&samples);
            }
            let found = f64::from(meter.snr_db().unwrap());
            assert!((found - snr_db).abs() < 1.0, "{found} dB, not {snr_db}");
        }
    }

    #[test]
    fn a_constant_level_is_the_end_of_the_scale_and_silence_says_nothing() {
        let mut meter = WadaMeter::default();
        meter.push(&[0.0; 20_000]);
        assert_eq!(meter.snr_db(), None);
        meter.push(&[0.1; 20_000]);
        assert_eq!(meter.snr_db(), Some(-20.0));
    }

    #[test]
    fn the_table_ascends() {
        assert!(TABLE.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
