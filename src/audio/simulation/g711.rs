//! What comes out at the far end of G.711.

/// Largest magnitude that mu-law codes, of 16 bits.
const MU_LAW_CLIP: u32 = 32_635;

/// A sample from -1 to 1 after A-law.
///
/// # Source
/// ITU-T G.711, table 1a: the 13 bits of a sample are cut to their sign, the octave and four bits
/// below, and read as the middle of their step.
pub(super) fn a_law(sample: f32) -> f32 {
    let value = to_16_bits(sample);
    // Twelve bits of magnitude count; a negative number is coded as its complement.
    let magnitude = if value < 0 { !value } else { value }.unsigned_abs();
    let coded = middle_of_step(magnitude, 256) as f32 / 32_768.0;
    if value < 0 { -coded } else { coded }
}

/// A sample from -1 to 1 after mu-law.
///
/// # Source
/// ITU-T G.711, table 2a: as A-law, with the octaves moved by 33 of 14 bits.
pub(super) fn mu_law(sample: f32) -> f32 {
    let value = to_16_bits(sample);
    let magnitude = value.unsigned_abs().min(MU_LAW_CLIP);
    let coded = (middle_of_step(magnitude + 132, 128) - 132) as f32 / 32_768.0;
    if value < 0 { -coded } else { coded }
}

fn to_16_bits(sample: f32) -> i32 {
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i32
}

/// Sixteen steps an octave from `finest_from` on, and no finer ones below it.
fn middle_of_step(magnitude: u32, finest_from: u32) -> u32 {
    let step = 1 << magnitude.max(finest_from).ilog2().saturating_sub(4);
    magnitude / step * step + step / 2
}
