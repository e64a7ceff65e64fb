//! Tables in Markdown for commands that run nothing.

use super::clean;
use super::columns::cut;
use super::summary::{code, escaped, html};

/// More rows are counted, not shown: GitHub takes summaries of up to 1 MiB.
const MOST_ROWS: usize = 4000;

/// The longest text of a field, in columns.
const LONGEST: usize = 300;

/// The longest sentence, in columns.
const SENTENCE: usize = 2000;

/// A table. What stands in the first column are references.
#[derive(Clone, Debug, Default)]
pub struct MarkdownTable {
    /// What stands above it; with `folded`, what is clicked on.
    pub title: String,
    /// Whether it is shown only when somebody clicks.
    pub folded: bool,
    /// The headings of the columns.
    pub headings: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// A heading, sentences below it, and tables; those without rows are left out.
pub fn markdown(heading: &str, sentences: &[String], tables: &[MarkdownTable]) -> String {
    let mut text = format!("## {}\n", escaped(heading));
    for sentence in sentences {
        text.push_str(&format!("\n{}\n", escaped(&cut(&clean::line(sentence), SENTENCE))));
    }
    for table in tables.iter().filter(|table| !table.rows.is_empty()) {
        text.push('\n');
        text.push_str(&one(table));
    }
    text
}

fn one(table: &MarkdownTable) -> String {
    // What is clicked on is HTML, where Markdown means nothing, and its backslashes neither.
    let mut text = match table.folded {
        true => format!("<details><summary>{}</summary>\n\n", html(&table.title)),
        false => format!("### {}\n\n", escaped(&table.title)),
    };
    text.push_str(&format!("| {} |\n|{}\n", table.headings.join(" | "), " --- |".repeat(table.headings.len())));
    for row in table.rows.iter().take(MOST_ROWS) {
        let field = |(at, field): (usize, &String)| {
            let short = cut(&clean::line(field), LONGEST);
            if at == 0 { code(&short) } else { escaped(&short) }
        };
        let fields: Vec<String> = row.iter().enumerate().map(field).collect();
        text.push_str(&format!("| {} |\n", fields.join(" | ")));
    }
    if table.rows.len() > MOST_ROWS {
        text.push_str(&format!("\nand {} more\n", table.rows.len() - MOST_ROWS));
    }
    if table.folded {
        text.push_str("\n</details>\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        let rows = vec![vec!["r.example/a`|b:1".to_owned(), "<img> | @you".to_owned()]];
        let table = MarkdownTable { title: "kept_in <b>".into(), folded: true, headings: vec!["reference", "why"], rows };
        let empty = MarkdownTable { title: "none".into(), ..MarkdownTable::default() };
        let expected = "## Gc\n\nOne \\| two\n\n<details><summary>kept_in &lt;b&gt;</summary>\n\n| reference | why |\n| --- | --- |\n| `r.example/ab:1` | &lt;img&gt; \\| @\u{200b}you |\n\n</details>\n";
        assert_eq!(markdown("Gc", &["One | two".to_owned()], &[table, empty]), expected);
    }
}
