//! Which turns are one person's: average linkage, in which it counts against two turns that a
//! window tells them apart.

use super::turns::Local;

/// Items that are clustered in one go: their similarities take 8 MiB. More are clustered in blocks
/// first, so that hours of speech stay within bounds.
const BLOCK_ITEMS: usize = 1400;

/// One item: a turn, or a cluster of them.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// `[D]`: of unit norm for a turn; for a cluster the mean of its turns', so that the product of two
    /// clusters is the mean cosine of their turns.
    pub(super) embedding: Vec<f32>,
    /// What it counts for in a mean: its duration.
    pub(super) weight: f32,
    /// Local speakers of windows that it is, ascending.
    pub(super) locals: Vec<Local>,
    /// Those of them that their window surely tells from its others, ascending.
    pub(super) firm: Vec<Local>,
}

/// When clusters are joined.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linkage {
    /// Mean cosine from which two clusters are one.
    pub(super) above: f32,
    /// How much more it takes while there are no more clusters than `expected`.
    pub(super) margin: f32,
    pub(super) expected: usize,
    /// Cosine that two items lose which a window tells apart.
    pub(super) told_apart_penalty: f32,
}

/// The cluster of each item, numbered from 0 in order of appearance.
pub(super) fn cluster(items: &[Item], linkage: Linkage) -> Vec<usize> {
    if items.len() <= BLOCK_ITEMS {
        return numbered(&joined(items, linkage));
    }
    // Within a block it takes the margin: who is joined there is never parted again.
    let strict = Linkage {
        expected: usize::MAX,
        ..linkage
    };
    let mut labels = Vec::with_capacity(items.len());
    let mut centres: Vec<Item> = Vec::new();
    for block in items.chunks(BLOCK_ITEMS) {
        let within = numbered(&joined(block, strict));
        let first = centres.len();
        for (item, label) in block.iter().zip(&within) {
            match centres.get_mut(first + label) {
                Some(centre) => {
                    for (sum, value) in centre.embedding.iter_mut().zip(&item.embedding) {
                        *sum += item.weight * value;
                    }
                    centre.weight += item.weight;
                    centre.locals.extend_from_slice(&item.locals);
                    centre.firm.extend_from_slice(&item.firm);
                }
                None => {
                    let mut centre = item.clone();
                    let values = centre.embedding.iter_mut();
                    values.for_each(|value| *value *= item.weight);
                    centres.push(centre);
                }
            }
            labels.push(first + label);
        }
    }
    for centre in &mut centres {
        // Not to unit norm: that would raise the similarity of clusters above the mean of their turns,
        // which is what the threshold is for, and join two people.
        let weight = centre.weight.max(f32::MIN_POSITIVE);
        centre
            .embedding
            .iter_mut()
            .for_each(|value| *value /= weight);
        for locals in [&mut centre.locals, &mut centre.firm] {
            locals.sort_unstable();
            locals.dedup();
        }
    }
    if centres.len() >= items.len() {
        return numbered(&labels);
    }
    let of_centres = cluster(&centres, linkage);
    let labels: Vec<usize> = labels
        .iter()
        .map(|label| of_centres.get(*label).copied().unwrap_or(0))
        .collect();
    numbered(&labels)
}

/// Scales to unit norm; zeros stay zeros.
pub(super) fn scale_to_unit(values: &mut [f32]) {
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        values.iter_mut().for_each(|value| *value /= norm);
    }
}

/// Cosine of two unit-norm vectors, or the mean cosine of what two means are of.
pub(super) fn cosine(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// A representative item for each item.
fn joined(items: &[Item], linkage: Linkage) -> Vec<usize> {
    let mut table = Similarities::of(items, linkage.told_apart_penalty);
    let mut representative: Vec<usize> = (0..items.len()).collect();
    let mut clusters = items.len();
    while let Some((kept, gone, similarity)) = table.nearest() {
        let margin = if clusters > linkage.expected {
            0.0
        } else {
            linkage.margin
        };
        let least = linkage.above + margin;
        if similarity < least {
            break;
        }
        table.join(kept, gone);
        for place in &mut representative {
            if *place == gone {
                *place = kept;
            }
        }
        clusters -= 1;
    }
    representative
}

/// Mean similarities of clusters, with each cluster's nearest.
struct Similarities {
    count: usize,
    /// `[N, N]`, symmetric; negative infinity on the diagonal.
    values: Vec<f32>,
    /// Weight of each row's cluster; 0 for rows that have been joined to another.
    weights: Vec<f32>,
    /// The nearest other row of each row.
    nearest: Vec<(usize, f32)>,
}

impl Similarities {
    fn of(items: &[Item], told_apart_penalty: f32) -> Self {
        let count = items.len();
        let mut values = vec![f32::NEG_INFINITY; count * count];
        for (row, left) in items.iter().enumerate() {
            for (column, right) in items.iter().enumerate().skip(row + 1) {
                let mut similarity = cosine(&left.embedding, &right.embedding);
                if are_told_apart(left, right) {
                    similarity -= told_apart_penalty;
                }
                values[row * count + column] = similarity;
                values[column * count + row] = similarity;
            }
        }
        let mut table = Self {
            count,
            values,
            weights: items.iter().map(|item| item.weight.max(1.0)).collect(),
            nearest: vec![(0, f32::NEG_INFINITY); count],
        };
        (0..count).for_each(|row| table.find_nearest(row));
        table
    }

    fn find_nearest(&mut self, row: usize) {
        let mut best = (row, f32::NEG_INFINITY);
        for column in (0..self.count).filter(|column| *column != row) {
            let similarity = self.values[row * self.count + column];
            if self.weights[column] > 0.0 && similarity > best.1 {
                best = (column, similarity);
            }
        }
        self.nearest[row] = best;
    }

    /// The two most similar clusters, the lower row first; the lowest rows among equals.
    fn nearest(&self) -> Option<(usize, usize, f32)> {
        let live = (0..self.count).filter(|row| self.weights[*row] > 0.0);
        let best = live.fold(None, |best: Option<(usize, f32)>, row| {
            let similarity = self.nearest[row].1;
            match best {
                Some((_, most)) if most >= similarity => best,
                _ => Some((row, similarity)),
            }
        });
        let (row, similarity) = best.filter(|(_, similarity)| similarity.is_finite())?;
        let other = self.nearest[row].0;
        Some((row.min(other), row.max(other), similarity))
    }

    /// Joins `gone` to `kept`: similarities become the means over all pairs of items.
    fn join(&mut self, kept: usize, gone: usize) {
        let (kept_weight, gone_weight) = (self.weights[kept], self.weights[gone]);
        for other in 0..self.count {
            if other == kept || other == gone || self.weights[other] == 0.0 {
                continue;
            }
            let mean = (self.values[kept * self.count + other] * kept_weight
                + self.values[gone * self.count + other] * gone_weight)
                / (kept_weight + gone_weight);
            self.values[kept * self.count + other] = mean;
            self.values[other * self.count + kept] = mean;
        }
        self.weights[kept] += self.weights[gone];
        self.weights[gone] = 0.0;
        self.find_nearest(kept);
        for row in 0..self.count {
            if self.weights[row] == 0.0 || row == kept {
                continue;
            }
            let similarity = self.values[row * self.count + kept];
            let (nearest, most) = self.nearest[row];
            if nearest == kept || nearest == gone {
                self.find_nearest(row);
            } else if similarity > most {
                self.nearest[row] = (kept, similarity);
            }
        }
    }
}

/// Whether a window says that two items are two people: it tells a local speaker of the one
/// from a local speaker of the other, and no local speaker is both.
fn are_told_apart(left: &Item, right: &Item) -> bool {
    let told_apart = left.firm.iter().any(|(window, speaker)| {
        let start = right.firm.partition_point(|local| local.0 < *window);
        let others = right.firm.get(start..).unwrap_or_default();
        let mut others = others.iter().take_while(|local| local.0 == *window);
        others.any(|local| local.1 != *speaker)
    });
    let is_both = || {
        let in_right = |local: &Local| right.locals.binary_search(local).is_ok();
        left.locals.iter().any(in_right)
    };
    told_apart && !is_both()
}

/// Numbers from 0 in order of appearance.
fn numbered(representatives: &[usize]) -> Vec<usize> {
    let mut seen = std::collections::HashMap::new();
    representatives
        .iter()
        .map(|place| {
            let next = seen.len();
            *seen.entry(*place).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINKAGE: Linkage = Linkage {
        above: 0.4,
        margin: 0.2,
        expected: 2,
        told_apart_penalty: 0.3,
    };

    fn item(angle: f32, local: Local) -> Item {
        Item {
            embedding: vec![angle.cos(), angle.sin()],
            weight: 100.0,
            locals: vec![local],
            firm: vec![local],
        }
    }

    #[test]
    fn one_person_in_many_windows_is_one_cluster() {
        let items: Vec<Item> = (0..8).map(|n| item(0.05 * n as f32, (n, 0))).collect();
        assert_eq!(cluster(&items, LINKAGE), [0; 8]);
    }

    #[test]
    fn two_that_a_window_tells_apart_must_be_more_alike() {
        // Cosine 0.8 is above 0.6, and 0.5 is not.
        let angle = 0.8f32.acos();
        let told_apart = [item(0.0, (0, 0)), item(angle, (0, 1))];
        assert_eq!(cluster(&told_apart, LINKAGE), [0, 1]);
        assert_eq!(
            cluster(&[item(0.0, (0, 0)), item(angle, (1, 1))], LINKAGE),
            [0, 0]
        );
        // One voice beyond doubt is one person, whatever the window says.
        let same = [item(0.0, (0, 0)), item(0.0, (0, 1))];
        assert_eq!(cluster(&same, LINKAGE), [0, 0]);
    }

    #[test]
    fn a_window_that_knows_too_little_says_nothing() {
        let mut items = [item(0.0, (0, 0)), item(0.8f32.acos(), (0, 1))];
        items[1].firm.clear();
        assert_eq!(cluster(&items, LINKAGE), [0, 0]);
    }

    #[test]
    fn it_takes_more_to_join_as_many_as_are_expected() {
        // Cosine 0.5 lies between the two thresholds, cosine -0.5 below both.
        let third = std::f32::consts::FRAC_PI_3;
        let two = [item(0.0, (0, 0)), item(third, (1, 0))];
        assert_eq!(cluster(&two, LINKAGE), [0, 1]);
        let three = [item(0.0, (0, 0)), item(third, (1, 0)), item(4.0, (2, 0))];
        assert_eq!(cluster(&three, LINKAGE), [0, 0, 1]);
        let apart = [item(0.0, (0, 0)), item(2.1, (1, 0)), item(4.2, (2, 0))];
        assert_eq!(cluster(&apart, LINKAGE), [0, 1, 2]);
    }

    #[test]
    fn nobody_is_no_cluster() {
        assert_eq!(cluster(&[], LINKAGE), Vec::<usize>::new());
    }

    #[test]
    fn hours_of_two_people_are_two_clusters() {
        let items: Vec<Item> = (0..3 * BLOCK_ITEMS)
            .map(|n| {
                let angle = if n % 2 == 0 { 0.0 } else { 2.0 };
                item(angle + 0.05 * ((n % 7) as f32), (n / 2, n % 2))
            })
            .collect();
        let labels = cluster(&items, LINKAGE);
        assert!(labels.iter().enumerate().all(|(n, label)| *label == n % 2));
    }

    /// A turn of one of two people who have much in common: it is made of what both share, what is the
    /// person's own, and what is the turn's own, in directions at right angles.
    fn scattered(turn: usize, person: usize) -> Item {
        let mut embedding = vec![0.0; 3 + 2 * 64];
        // Cosines: 0.3 of two people, 0.5 of one; of the means, scaled to unit norm, 0.6.
        embedding[0] = 0.3f32.sqrt();
        embedding[1 + person] = 0.2f32.sqrt();
        embedding[3 + 2 * (turn % 64) + person] = 0.5f32.sqrt();
        Item {
            embedding,
            ..item(0.0, (turn, 0))
        }
    }

    #[test]
    fn hours_join_nobody_whom_minutes_keep_apart() {
        let linkage = Linkage {
            margin: 0.0,
            ..LINKAGE
        };
        for turns in [BLOCK_ITEMS, 4 * BLOCK_ITEMS] {
            let items: Vec<Item> = (0..turns).map(|n| scattered(n / 2, n % 2)).collect();
            let labels = cluster(&items, linkage);
            assert!(
                labels.iter().enumerate().all(|(n, label)| *label == n % 2),
                "{turns} turns"
            );
        }
    }

    proptest! {
        #[test]
        fn two_clusters_are_never_more_alike_than_what_joins_them(
            angles in prop::collection::vec((-3.2f32..3.2, 0usize..6, 0usize..3), 0..30),
        ) {
            let items: Vec<Item> = angles.iter().map(|(a, w, s)| item(*a, (*w, *s))).collect();
            let labels = cluster(&items, LINKAGE);
            let clusters = labels.iter().max().map_or(0, |most| most + 1);
            let table = Similarities::of(&items, LINKAGE.told_apart_penalty);
            for left in 0..clusters {
                for right in left + 1..clusters {
                    let of = |label| (0..labels.len()).filter(|n| labels[*n] == label).collect::<Vec<_>>();
                    let (left, right) = (of(left), of(right));
                    let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (a, b)));
                    let all: Vec<f32> =
                        pairs.map(|(a, b)| table.values[a * items.len() + b]).collect();
                    let mean = all.iter().sum::<f32>() / all.len() as f32;
                    prop_assert!(mean < LINKAGE.above + LINKAGE.margin + 1e-3);
                }
            }
        }
    }
}
