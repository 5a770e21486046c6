use serde::Deserialize;

use super::*;

/// Written by `scripts/make_linking_golden.py`, which counts pair by pair and voice by voice.
const GOLDEN: &str = include_str!("../../../tests/golden/linking/figures.json");

/// Sums of some hundred fractions in another order.
const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Set {
    voices: Vec<(String, Option<usize>, Bandwidth)>,
    links: Vec<(usize, usize, f64)>,
    pairs: [u64; 3],
    link_pairs: [u64; 3],
    b_cubed: [f64; 3],
    b_cubed_narrowband: Option<[f64; 3]>,
    mixed_pairs: [u64; 3],
    false_links: Vec<[usize; 2]>,
}

fn counts(figures: &PairFigures) -> [u64; 3] {
    [figures.of_one_speaker, figures.together, figures.right]
}

fn near(found: &BCubed, expected: [f64; 3]) -> bool {
    let found = [found.precision, found.recall, found.f];
    let mut pairs = found.into_iter().zip(expected);
    pairs.all(|(found, expected)| (found - expected).abs() <= TOLERANCE)
}

#[test]
fn figures_are_those_of_an_independent_count() {
    let sets: Vec<Set> = serde_json::from_str(GOLDEN).unwrap();
    assert!(sets.len() >= 20);
    for set in sets {
        let voices: Vec<LabelledVoice> = set
            .voices
            .into_iter()
            .map(|(speaker, group, bandwidth)| LabelledVoice {
                speaker,
                group,
                bandwidth,
            })
            .collect();
        let links = set.links.into_iter();
        let links: Vec<LabelledLink> = links
            .map(|(left, right, llr)| LabelledLink { left, right, llr })
            .collect();
        let figures = linking_figures(&voices, &links);
        assert_eq!(counts(&figures.pairs), set.pairs);
        assert_eq!(counts(&figures.links), set.link_pairs);
        assert!(near(&figures.b_cubed.unwrap(), set.b_cubed));
        let of = |condition: &str| {
            let mut all = figures.by_condition.iter();
            all.find(|one| one.condition == condition).unwrap()
        };
        let mixed = of("narrowband_wideband").pairs.unwrap();
        assert_eq!(counts(&mixed), set.mixed_pairs);
        match (of("narrowband").b_cubed, set.b_cubed_narrowband) {
            (Some(found), Some(expected)) => assert!(near(&found, expected)),
            (found, expected) => assert_eq!(found.is_some(), expected.is_some()),
        }
        let false_links: Vec<[usize; 2]> = figures
            .false_links
            .iter()
            .map(|one| [one.of_best, one.false_links])
            .collect();
        assert_eq!(false_links, set.false_links);
    }
}

#[test]
fn nothing_known_gives_no_rates() {
    let figures = linking_figures(&[], &[]);
    assert_eq!(figures.b_cubed, None);
    assert_eq!(figures.pairs.precision, None);
    assert_eq!(figures.false_links, []);
}
