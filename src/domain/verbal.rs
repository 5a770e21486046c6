//! Words beside a likelihood ratio.

use serde::{Deserialize, Serialize};

use super::units::Llr;

/// Code of a ratio below the first band.
pub const NO_SUPPORT: &str = "no_support";

/// The strength of a band in words of each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerbalWords {
    /// English, such as `moderately strong`.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// One band of a verbal scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerbalBand {
    /// Likelihood ratio from which on it holds, above 1; its inverse for the other proposition.
    pub from_lr: f64,
    /// Name in codes, of `a` to `z` and `_`.
    pub code: String,
    /// English words.
    pub en: String,
    /// Chinese words.
    pub zh: String,
}

/// Why bands make no scale.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} of verbal band {band} is {found}, expected {expected}")]
pub struct VerbalScaleError {
    /// Which band, from 1.
    pub band: usize,
    /// Its field.
    pub field: &'static str,
    /// What it holds.
    pub found: String,
    /// What it may hold.
    pub expected: &'static str,
}

/// A verbal scale: the same words for ratios of the same size, for either proposition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VerbalScale(Vec<VerbalBand>);

impl VerbalScale {
    /// A scale of bands in ascending order.
    ///
    /// # Errors
    /// No band, edges that do not rise from above 1, codes that are no codes or come twice, or words
    /// that are missing.
    pub fn new(bands: Vec<VerbalBand>) -> Result<Self, VerbalScaleError> {
        let scale = Self(bands);
        scale.check()?;
        Ok(scale)
    }

    /// Whether the bands make a scale.
    ///
    /// # Errors
    /// As for [`VerbalScale::new`].
    pub fn check(&self) -> Result<(), VerbalScaleError> {
        if self.0.is_empty() {
            return Err(refusal(0, "from_lr", &"no band", "at least one band"));
        }
        let mut edge = 1.0;
        let mut codes: Vec<&str> = Vec::new();
        for (index, band) in self.0.iter().enumerate() {
            let refused =
                |field, found: &dyn ToString, expected| refusal(index, field, found, expected);
            if !band.from_lr.is_finite() || band.from_lr <= edge {
                let expected = "a number above 1 and above the band before";
                return Err(refused("from_lr", &band.from_lr, expected));
            }
            // `_support_` parts the strength from the proposition in a code.
            if !is_name(&band.code) || band.code.contains("support") {
                let expected = "letters a to z and _, without \"support\"";
                return Err(refused("code", &format!("{:?}", band.code), expected));
            }
            if codes.contains(&band.code.as_str()) {
                let expected = "a code that no other band has";
                return Err(refused("code", &format!("{:?}", band.code), expected));
            }
            for (field, words) in [("en", &band.en), ("zh", &band.zh)] {
                if words.trim().is_empty() {
                    return Err(refused(field, &"empty", "words"));
                }
            }
            edge = band.from_lr;
            codes.push(&band.code);
        }
        Ok(())
    }

    /// Its bands, ascending.
    pub fn bands(&self) -> &[VerbalBand] {
        &self.0
    }

    /// The code of a ratio's band, such as `moderate_support_same` or `weak_support_different`;
    /// [`NO_SUPPORT`] below the first band.
    pub fn code(&self, llr: Llr) -> String {
        match self.band_of(llr) {
            None => NO_SUPPORT.to_owned(),
            Some(band) if llr.0 > 0.0 => format!("{}_support_same", band.code),
            Some(band) => format!("{}_support_different", band.code),
        }
    }

    /// The words for the strength of a code; none for [`NO_SUPPORT`] and codes of another scale.
    pub fn words(&self, code: &str) -> Option<VerbalWords> {
        let (strength, _) = code.split_once("_support_")?;
        let band = self.0.iter().find(|band| band.code == strength)?;
        Some(VerbalWords {
            en: band.en.clone(),
            zh: band.zh.clone(),
        })
    }

    fn band_of(&self, llr: Llr) -> Option<&VerbalBand> {
        let size = llr.0.abs();
        self.0.iter().rev().find(|band| size >= band.from_lr.ln())
    }
}

/// Whether a text is a name of settings and answers: letters `a` to `z` and `_`.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|each| each.is_ascii_lowercase() || each == '_')
}

fn refusal(
    index: usize,
    field: &'static str,
    found: &dyn ToString,
    expected: &'static str,
) -> VerbalScaleError {
    VerbalScaleError {
        band: index + 1,
        field,
        found: found.to_string(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(from_lr: f64, code: &str) -> VerbalBand {
        VerbalBand {
            from_lr,
            code: code.to_owned(),
            en: code.to_owned(),
            zh: "强".to_owned(),
        }
    }

    #[test]
    fn a_scale_of_ones_own_has_its_edges_and_mirrors() {
        let scale = VerbalScale::new(vec![band(3.0, "some"), band(50.0, "much")]).unwrap();
        let code = |ratio: f64| scale.code(Llr(ratio.ln()));
        assert_eq!(code(2.9), NO_SUPPORT);
        assert_eq!(code(3.1), "some_support_same");
        assert_eq!(code(1.0 / 3.1), "some_support_different");
        assert_eq!(code(51.0), "much_support_same");
        assert_eq!(scale.words("much_support_same").unwrap().en, "much");
        assert_eq!(scale.words(NO_SUPPORT), None);
        assert_eq!(scale.words("weak_support_same"), None);
    }

    #[test]
    fn bands_that_make_no_scale_are_refused_by_name() {
        let refused = |bands| VerbalScale::new(bands).unwrap_err().to_string();
        assert_eq!(
            refused(vec![band(10.0, "some"), band(10.0, "much")]),
            "from_lr of verbal band 2 is 10, expected a number above 1 and above the band before"
        );
        assert!(refused(vec![band(1.0, "some")]).starts_with("from_lr of verbal band 1 is 1"));
        assert!(refused(vec![band(f64::NAN, "some")]).contains("NaN"));
        assert!(refused(vec![band(2.0, "Some")]).starts_with("code of verbal band 1"));
        assert!(refused(vec![band(2.0, "a"), band(3.0, "a")]).contains("no other band has"));
        assert!(refused(vec![band(2.0, "a_support_b")]).contains("support"));
        let mut wordless = band(2.0, "a");
        wordless.zh = " ".to_owned();
        assert!(refused(vec![wordless]).starts_with("zh of verbal band 1 is empty"));
        assert!(refused(vec![]).contains("no band"));
    }
}
