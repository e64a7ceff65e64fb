//! Text tables: columns aligned by what they take on a screen, cut where the screen is too narrow.

use super::clean;
use super::columns::{cut, cut_middle, padding, width};
use super::screen::{Paint, Screen};

const GAP: &str = "  ";
/// No column is cut to less than this.
const NARROWEST: usize = 4;

/// One field of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// A field in a colour. Control sequences in the text are dropped.
    pub fn new(text: impl AsRef<str>, paint: Paint) -> Self {
        Self { text: clean::line(text.as_ref()), paint }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Paint::None)
    }
}

/// A table with a heading for each column.
#[derive(Clone, Debug)]
pub struct Table {
    headings: Vec<Cell>,
    right: Vec<bool>,
    /// Columns that are cut in the middle: of references, the end tells more than the beginning.
    ends: Vec<bool>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(headings: &[&str]) -> Self {
        Self {
            headings: headings.iter().map(|text| Cell::new(text, Paint::Strong)).collect(),
            right: vec![false; headings.len()],
            ends: vec![false; headings.len()],
            rows: Vec::new(),
        }
    }

    /// Aligns a column (counted from 0) to the right, for numbers.
    #[must_use]
    pub fn right(mut self, column: usize) -> Self {
        if let Some(right) = self.right.get_mut(column) {
            *right = true;
        }
        self
    }

    /// Cuts a column (counted from 0) in its middle where it must be cut: for references.
    #[must_use]
    pub fn references(mut self, column: usize) -> Self {
        if let Some(ends) = self.ends.get_mut(column) {
            *ends = true;
        }
        self
    }

    /// Adds a row. Missing fields are empty, those without a heading are dropped.
    pub fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        let mut cells = cells.into();
        cells.resize(self.headings.len(), Cell::default());
        self.rows.push(cells);
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines that end in a newline each.
    pub fn render(&self, screen: &Screen) -> String {
        let widths = self.widths(screen.width);
        let lines = std::iter::once(&self.headings).chain(&self.rows);
        lines.map(|cells| self.line(cells, &widths, screen) + "\n").collect()
    }

    fn line(&self, cells: &[Cell], widths: &[usize], screen: &Screen) -> String {
        let mut line = String::new();
        // Blanks are held back until a field follows, so that no line ends in them.
        let mut blanks = String::new();
        for (((cell, columns), right), ends) in cells.iter().zip(widths).zip(&self.right).zip(&self.ends) {
            let text = if *ends { cut_middle(&cell.text, *columns) } else { cut(&cell.text, *columns) };
            let fill = padding(&text, *columns);
            if !text.is_empty() {
                line.push_str(&blanks);
                blanks.clear();
                line.push_str(if *right { &fill } else { "" });
                line.push_str(&cell.paint.on(screen, &text));
            }
            blanks.push_str(if *right && !text.is_empty() { "" } else { &fill });
            blanks.push_str(GAP);
        }
        line
    }

    /// What each column gets: its widest field, unless all together are too wide; then the widest give way.
    fn widths(&self, screen: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headings.iter().map(|cell| width(&cell.text)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(&cell.text));
            }
        }
        let room = screen.saturating_sub(GAP.len() * widths.len().saturating_sub(1));
        let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
        while excess > 0 {
            let Some(widest) = widths.iter_mut().max_by_key(|columns| **columns).filter(|columns| **columns > NARROWEST) else { break };
            *widest -= 1;
            excess -= 1;
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["image", "seconds", "why"]).right(1);
        table.row(["python3".into(), "1.0s".into(), "it is missing in the registry".into()]);
        table.row(["漢字".into(), "12.5s".into(), Cell::default()]);
        table
    }

    #[test]
    fn columns_stand_below_each_other() {
        let expected = "\
image    seconds  why
python3     1.0s  it is missing in the registry
漢字       12.5s
";
        assert_eq!(table().render(&Screen::plain()), expected);
    }

    #[test]
    fn narrow_screens_cut_the_widest_column() {
        let text = table().render(&Screen { width: 40, ..Screen::plain() });
        assert!(text.lines().all(|line| width(line) <= 40), "{text}");
        assert!(text.contains("python3     1.0s  it is missing in the …"), "{text}");
    }

    #[test]
    fn references_keep_their_ends() {
        let mut table = Table::new(&["name", "why"]).references(0);
        table.row(["registry.example.org/team/all:releng_tool_latest".into(), "it stands there".into()]);
        let text = table.render(&Screen { width: 44, ..Screen::plain() });
        assert_eq!(text.lines().nth(1), Some("registry…releng_tool_latest  it stands there"), "{text}");
    }

    #[test]
    fn hopelessly_narrow_screens_still_get_a_table() {
        let text = table().render(&Screen { width: 1, ..Screen::plain() });
        assert_eq!(text.lines().nth(1), Some("pyt…  1.0s  it …"));
    }

    #[test]
    fn colours_do_not_count_as_columns() {
        let mut table = Table::new(&["a", "b"]);
        table.row([Cell::new("x", Paint::Good), "y".into()]);
        let text = table.render(&Screen { color: true, ..Screen::plain() });
        assert_eq!(text.lines().nth(1), Some("\u{1b}[32mx\u{1b}[0m  y"));
    }

    #[test]
    fn fields_stay_on_their_line() {
        let mut table = Table::new(&["a"]);
        table.row(["one\n== Build done! ==\u{1b}[2J".into()]);
        assert_eq!(table.render(&Screen::plain()), "a\none == Build done! ==\n");
    }
}
