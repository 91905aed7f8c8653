//! The best one-to-one pairing of rows and columns of a table (Kuhn 1955, "The Hungarian Method for
//! the Assignment Problem", in the form with potentials that takes n^2 m steps).

/// The largest sum of cells of which no two share a row or a column. Rows are equally long.
pub(crate) fn largest_sum(table: &[Vec<u64>]) -> u64 {
    let columns = table.first().map_or(0, Vec::len);
    if columns == 0 {
        return 0;
    }
    if table.len() > columns {
        let turned: Vec<Vec<u64>> =
            (0..columns).map(|column| table.iter().map(|row| row[column]).collect()).collect();
        return largest_sum(&turned);
    }
    // Costs are negated gains; row and column 0 stand for "none". Cells are small counts.
    let cost = |row: usize, column: usize| -(table[row - 1][column - 1] as i64);
    let mut row_potential = vec![0_i64; table.len() + 1];
    let mut column_potential = vec![0_i64; columns + 1];
    let mut row_of = vec![0; columns + 1];
    for row in 1..=table.len() {
        // Grows a tree of tight cells from the new row until it reaches a free column.
        row_of[0] = row;
        let mut at = 0;
        let mut slack = vec![i64::MAX; columns + 1];
        let mut came_from = vec![0; columns + 1];
        let mut reached = vec![false; columns + 1];
        while row_of[at] != 0 {
            reached[at] = true;
            let from = row_of[at];
            let (mut step, mut next) = (i64::MAX, 0);
            for column in 1..=columns {
                if reached[column] {
                    continue;
                }
                let reduced = cost(from, column) - row_potential[from] - column_potential[column];
                if reduced < slack[column] {
                    slack[column] = reduced;
                    came_from[column] = at;
                }
                if slack[column] < step {
                    step = slack[column];
                    next = column;
                }
            }
            for column in 0..=columns {
                if reached[column] {
                    row_potential[row_of[column]] += step;
                    column_potential[column] -= step;
                } else {
                    slack[column] = slack[column].saturating_sub(step);
                }
            }
            at = next;
        }
        // Shifts the pairs along the path back to the new row.
        while at != 0 {
            let from = came_from[at];
            row_of[at] = row_of[from];
            at = from;
        }
    }
    (1..=columns)
        .filter(|&column| row_of[column] != 0)
        .map(|column| table[row_of[column] - 1][column - 1])
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    /// All ways to pair, one after the other.
    fn by_trial(table: &[Vec<u64>], taken: &mut Vec<bool>) -> u64 {
        let Some((row, rest)) = table.split_first() else {
            return 0;
        };
        let mut best = by_trial(rest, taken);
        for column in 0..row.len() {
            if !taken[column] {
                taken[column] = true;
                best = best.max(row[column] + by_trial(rest, taken));
                taken[column] = false;
            }
        }
        best
    }

    #[test]
    fn equals_trying_all() {
        let mut random = SplitMix64::new(5);
        for _ in 0..300 {
            let (rows, columns) = (random.below(6), random.below(6));
            let table: Vec<Vec<u64>> =
                (0..rows).map(|_| (0..columns).map(|_| random.below(5)).collect()).collect();
            let expected = by_trial(&table, &mut vec![false; columns as usize]);
            assert_eq!(largest_sum(&table), expected, "{table:?}");
        }
    }

    #[test]
    fn the_greedy_choice_can_be_wrong() {
        assert_eq!(largest_sum(&[vec![5, 4], vec![4, 0]]), 8);
        assert_eq!(largest_sum(&[vec![], vec![]]), 0);
        assert_eq!(largest_sum(&[]), 0);
    }
}
