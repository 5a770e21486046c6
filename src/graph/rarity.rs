//! How much it says that two cases share something.

/// Weight of a thing that occurs in `with` of `all` cases: `log2(all / with) + 1`, at least 1 where
/// every case has it. What is in two cases of a thousand weighs ten times what is in all.
///
/// # Source
/// K. Spärck Jones, "A statistical interpretation of term specificity and its application in
/// retrieval", Journal of Documentation 28 (1972), pages 11 to 21: the weight of a term that occurs
/// in n of N documents is log2 N - log2 n + 1 (there with both logarithms rounded up).
pub fn rarity(all: u64, with: u64) -> f64 {
    let with = with.max(1);
    let all = all.max(with);
    (all as f64 / with as f64).log2() + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_weight_is_that_of_the_formula() {
        assert_eq!(rarity(1024, 2), 10.0);
        assert_eq!(rarity(6, 6), 1.0);
        assert_eq!(rarity(0, 0), 1.0);
    }

    proptest! {
        #[test]
        fn what_is_rarer_weighs_more(all in 2u64..1_000_000, with in 1u64..999_999) {
            prop_assume!(with < all);
            prop_assert!(rarity(all, with) > rarity(all, with + 1));
        }
    }
}
