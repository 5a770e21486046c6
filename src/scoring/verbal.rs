//! The verbal scale where no setting gives another.

use crate::domain::{VerbalBand, VerbalScale};

/// Bands of the likelihood ratio from its lower edge on: code, English and Chinese words.
///
/// # Source
/// ENFSI Guideline for Evaluative Reporting in Forensic Science, 2015, table in appendix III.
const BANDS: [(f64, &str, &str, &str); 6] = [
    (2.0, "weak", "weak", "微弱"),
    (10.0, "moderate", "moderate", "中等程度"),
    (100.0, "moderately_strong", "moderately strong", "较强"),
    (1_000.0, "strong", "strong", "强"),
    (10_000.0, "very_strong", "very strong", "很强"),
    (1_000_000.0, "extremely_strong", "extremely strong", "极强"),
];

/// The scale of the ENFSI guideline.
pub fn enfsi_scale() -> VerbalScale {
    let band = |(from_lr, code, en, zh): (f64, &str, &str, &str)| VerbalBand {
        from_lr,
        code: code.to_owned(),
        en: en.to_owned(),
        zh: zh.to_owned(),
    };
    // The table stands above and a test holds that it is a scale.
    VerbalScale::new(BANDS.map(band).to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Llr;

    #[test]
    fn each_band_begins_at_its_edge_and_mirrors() {
        let scale = enfsi_scale();
        let code = |ratio: f64| scale.code(Llr(ratio.ln()));
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

    #[test]
    fn its_words_are_of_both_languages() {
        let words = enfsi_scale()
            .words("moderately_strong_support_same")
            .unwrap();
        assert_eq!(
            (words.en.as_str(), words.zh.as_str()),
            ("moderately strong", "较强")
        );
    }
}
