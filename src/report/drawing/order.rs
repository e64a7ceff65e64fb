//! The order of boxes in each column: as few crossings as some sweeps of barycentres find
//! (Sugiyama, Tagawa, Toda 1981).

/// Something that takes room in a column: a box, or a line that passes.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Its neighbours one column to the left.
    pub left: Vec<usize>,
    /// Its neighbours one column to the right.
    pub right: Vec<usize>,
}

/// Sweeps to and fro; more change little.
const SWEEPS: usize = 12;

/// Orders the cells of each column anew.
pub fn order(cells: &[Cell], columns: &mut Vec<Vec<usize>>) {
    let mut positions = vec![0; cells.len()];
    take(columns, &mut positions);
    let mut best = columns.clone();
    let mut fewest = usize::MAX;
    for _ in 0..SWEEPS {
        for column in columns.iter_mut().skip(1) {
            sort(column, &mut positions, |cell| &cells[cell].left);
        }
        let crossings = crossings(cells, columns, &positions);
        if crossings < fewest {
            (fewest, best) = (crossings, columns.clone());
        }
        if crossings == 0 {
            break;
        }
        for column in columns.iter_mut().rev().skip(1) {
            sort(column, &mut positions, |cell| &cells[cell].right);
        }
    }
    *columns = best;
}

fn take(columns: &[Vec<usize>], positions: &mut [usize]) {
    for column in columns {
        for (at, &cell) in column.iter().enumerate() {
            positions[cell] = at;
        }
    }
}

/// Sorts a column by where the neighbours are in the middle; who has none stays about where it is.
fn sort<'a>(column: &mut [usize], positions: &mut [usize], neighbours: impl Fn(usize) -> &'a Vec<usize>) {
    let middle = |cell: usize| {
        let near = neighbours(cell);
        let sum: usize = near.iter().map(|&cell| positions[cell]).sum();
        if near.is_empty() { positions[cell] as f64 } else { sum as f64 / near.len() as f64 }
    };
    let mut keyed: Vec<(f64, usize)> = column.iter().map(|&cell| (middle(cell), cell)).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (at, (_, cell)) in keyed.into_iter().enumerate() {
        column[at] = cell;
        positions[cell] = at;
    }
}

/// How many lines cross between neighbouring columns.
fn crossings(cells: &[Cell], columns: &[Vec<usize>], positions: &[usize]) -> usize {
    let between = |pair: &[Vec<usize>]| {
        let mut ends = Vec::new();
        for &cell in &pair[0] {
            let mut own: Vec<usize> = cells[cell].right.iter().map(|&cell| positions[cell]).collect();
            own.sort_unstable();
            ends.extend(own);
        }
        inversions(&ends, pair[1].len())
    };
    columns.windows(2).map(between).sum()
}

/// Pairs that stand in the wrong order, counted with a Fenwick tree over `size` places.
fn inversions(ends: &[usize], size: usize) -> usize {
    let mut counts = vec![0usize; size + 1];
    let mut wrong = 0;
    for (before, &end) in ends.iter().enumerate() {
        let mut at = end + 1;
        let mut not_greater = 0;
        while at > 0 {
            not_greater += counts[at];
            at &= at - 1;
        }
        wrong += before - not_greater;
        at = end + 1;
        while at <= size {
            counts[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_pairs_in_the_wrong_order() {
        assert_eq!(inversions(&[0, 1, 2], 3), 0);
        assert_eq!(inversions(&[2, 1, 0], 3), 3);
        assert_eq!(inversions(&[1, 1, 0, 2], 3), 2);
    }

    #[test]
    fn crossed_lines_are_uncrossed() {
        let cell = |left: &[usize], right: &[usize]| Cell { left: left.to_vec(), right: right.to_vec() };
        let cells = [cell(&[], &[3]), cell(&[], &[2]), cell(&[1], &[]), cell(&[0], &[])];
        let mut columns = vec![vec![0, 1], vec![2, 3]];
        order(&cells, &mut columns);
        assert_eq!(columns, [[0, 1], [3, 2]]);
    }
}
