//! The verbal scale beside the number.

use crate::domain::Llr;

/// Bands of the likelihood ratio from its lower edge on, by their names in codes.
///
/// # Source
/// ENFSI Guideline for Evaluative Reporting in Forensic Science, 2015, table in appendix III.
const BANDS: [(f64, &str); 6] = [
    (1_000_000.0, "extremely_strong"),
    (10_000.0, "very_strong"),
    (1_000.0, "strong"),
    (100.0, "moderately_strong"),
    (10.0, "moderate"),
    (2.0, "weak"),
];

/// The code of a ratio's band, such as `moderate_support_same` or `weak_support_different`;
/// `no_support` where the ratio lies between a half and two.
pub fn verbal_scale(llr: Llr) -> String {
    let size = llr.0.abs();
    let band = BANDS.iter().find(|(edge, _)| size >= edge.ln());
    match band {
        None => "no_support".to_owned(),
        Some((_, strength)) if llr.0 > 0.0 => format!("{strength}_support_same"),
        Some((_, strength)) => format!("{strength}_support_different"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_band_begins_at_its_edge_and_mirrors() {
        let code = |ratio: f64| verbal_scale(Llr(ratio.ln()));
        assert_eq!(code(1.0), "no_support");
        assert_eq!(code(1.9), "no_support");
        assert_eq!(code(2.1), "weak_support_same");
        assert_eq!(code(99.0), "moderate_support_same");
        assert_eq!(code(101.0), "moderately_strong_support_same");
        assert_eq!(code(1001.0), "strong_support_same");
        assert_eq!(code(10_001.0), "very_strong_support_same");
        assert_eq!(code(2e6), "extremely_strong_support_same");
        assert_eq!(code(1.0 / 101.0), "moderately_strong_support_different");
    }
}
