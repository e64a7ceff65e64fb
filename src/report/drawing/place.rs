//! Heights in ordered columns: each cell as near to its neighbours as the cells above and below it allow.

use super::order::Cell;

/// Rounds to and fro before the last one.
const ROUNDS: usize = 8;

/// The middles of the cells; `sizes` are their heights with the room they need around them. The smallest is
/// wherever it comes out.
pub fn place(cells: &[Cell], columns: &[Vec<usize>], sizes: &[f64]) -> Vec<f64> {
    let mut middles = vec![0.0; cells.len()];
    for column in columns {
        let mut top = -column.iter().map(|&cell| sizes[cell]).sum::<f64>() / 2.0;
        for &cell in column {
            middles[cell] = top + sizes[cell] / 2.0;
            top += sizes[cell];
        }
    }
    for _ in 0..ROUNDS {
        for column in columns {
            settle(column, sizes, &mut middles, |cell| [cells[cell].left.as_slice(), &[]]);
        }
        for column in columns.iter().rev() {
            settle(column, sizes, &mut middles, |cell| [cells[cell].right.as_slice(), &[]]);
        }
    }
    for column in columns {
        settle(column, sizes, &mut middles, |cell| [cells[cell].left.as_slice(), cells[cell].right.as_slice()]);
    }
    middles
}

/// Moves the cells of a column to the middle of their neighbours, with the least squares of what is missed.
///
/// Distances at least as large as sizes ask for become an order that must not fall once the sizes above are
/// taken off; neighbours that would change places share a mean (pool adjacent violators).
fn settle<'a>(column: &[usize], sizes: &[f64], middles: &mut [f64], neighbours: impl Fn(usize) -> [&'a [usize]; 2]) {
    let mut above = 0.0;
    let mut offsets = Vec::with_capacity(column.len());
    // Means with how many cells they stand for.
    let mut pools: Vec<(f64, usize)> = Vec::with_capacity(column.len());
    for &cell in column {
        let offset = above + sizes[cell] / 2.0;
        above += sizes[cell];
        offsets.push(offset);
        let near = neighbours(cell);
        let count = near[0].len() + near[1].len();
        let sum: f64 = near.into_iter().flatten().map(|&cell| middles[cell]).sum();
        let wanted = if count == 0 { middles[cell] } else { sum / count as f64 };
        let mut pool = (wanted - offset, 1);
        while let Some(last) = pools.pop_if(|last| last.0 > pool.0) {
            let count = last.1 + pool.1;
            pool = ((last.0 * last.1 as f64 + pool.0 * pool.1 as f64) / count as f64, count);
        }
        pools.push(pool);
    }
    let levels = pools.into_iter().flat_map(|(mean, count)| std::iter::repeat_n(mean, count));
    for ((&cell, offset), level) in column.iter().zip(offsets).zip(levels) {
        middles[cell] = level + offset;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_stands_in_the_middle_of_its_children_and_nothing_overlaps() {
        let cell = |left: &[usize], right: &[usize]| Cell { left: left.to_vec(), right: right.to_vec() };
        let cells = [cell(&[], &[1, 2, 3]), cell(&[0], &[]), cell(&[0], &[]), cell(&[0], &[])];
        let middles = place(&cells, &[vec![0], vec![1, 2, 3]], &[30.0; 4]);
        assert!((middles[0] - middles[2]).abs() < 0.001, "{middles:?}");
        assert!(middles[2] - middles[1] > 29.999 && middles[3] - middles[2] > 29.999, "{middles:?}");
    }
}
