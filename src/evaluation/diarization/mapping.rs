//! The mapping of speakers to speakers that has the most time in common.

/// For each row of `together` `[R, F]` the column that it is mapped to, so that no column serves
/// two rows and the sum over the mapped pairs is largest.
///
/// # Source
/// Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2,
/// 1955, in the form with potentials and shortest augmenting paths of Jonker and Volgenant,
/// Computing 38, 1987.
pub(super) fn best_mapping(together: &[Vec<u64>]) -> Vec<Option<usize>> {
    let rows = together.len();
    let columns = together.first().map_or(0, Vec::len);
    let size = rows.max(columns);
    let most = together.iter().flatten().max().copied().unwrap_or(0) as i64;
    // Costs of a square problem: rows and columns that are not there have nothing in common.
    let cost = |row: usize, column: usize| {
        let common = together.get(row).and_then(|row| row.get(column));
        most - common.copied().unwrap_or(0) as i64
    };
    // Numbered from 1; place 0 stands for none.
    let (mut row_potential, mut column_potential) = (vec![0i64; size + 1], vec![0i64; size + 1]);
    let mut row_of = vec![0usize; size + 1];
    for row in 1..=size {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![i64::MAX; size + 1];
        let mut came_from = vec![0usize; size + 1];
        let mut done = vec![false; size + 1];
        loop {
            done[column] = true;
            let (here, mut next, mut step) = (row_of[column], 0, i64::MAX);
            for other in (1..=size).filter(|other| !done[*other]) {
                let reduced =
                    cost(here - 1, other - 1) - row_potential[here] - column_potential[other];
                if reduced < least[other] {
                    least[other] = reduced;
                    came_from[other] = column;
                }
                if least[other] < step {
                    step = least[other];
                    next = other;
                }
            }
            for other in 0..=size {
                if done[other] {
                    row_potential[row_of[other]] += step;
                    column_potential[other] -= step;
                } else {
                    least[other] = least[other].saturating_sub(step);
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            let previous = came_from[column];
            row_of[column] = row_of[previous];
            column = previous;
        }
    }
    let mut mapping = vec![None; rows];
    for (column, row) in row_of.iter().enumerate().skip(1) {
        let common = together
            .get(row - 1)
            .and_then(|row| row.get(column - 1))
            .copied()
            .unwrap_or(0);
        if common > 0 {
            mapping[row - 1] = Some(column - 1);
        }
    }
    mapping
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn worth(together: &[Vec<u64>], mapping: &[Option<usize>]) -> u64 {
        let pairs = mapping.iter().enumerate();
        pairs
            .filter_map(|(row, column)| Some(together[row][(*column)?]))
            .sum()
    }

    /// Every assignment, one row after the other.
    fn most(together: &[Vec<u64>], row: usize, free: &mut Vec<bool>) -> u64 {
        let Some(values) = together.get(row) else {
            return 0;
        };
        let mut best = most(together, row + 1, free);
        for column in 0..values.len() {
            if free[column] {
                free[column] = false;
                best = best.max(values[column] + most(together, row + 1, free));
                free[column] = true;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_mapping_has_more_in_common(
            together in (0usize..5, 0usize..5).prop_flat_map(|(rows, columns)| {
                prop::collection::vec(prop::collection::vec(0u64..9, columns), rows)
            }),
        ) {
            let mapping = best_mapping(&together);
            prop_assert_eq!(mapping.len(), together.len());
            let columns = together.first().map_or(0, Vec::len);
            prop_assert_eq!(worth(&together, &mapping), most(&together, 0, &mut vec![true; columns]));
            let mut used: Vec<usize> = mapping.into_iter().flatten().collect();
            used.sort_unstable();
            let count = used.len();
            used.dedup();
            prop_assert_eq!(used.len(), count);
        }
    }
}
