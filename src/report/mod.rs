//! Readers of events: the terminal, JSON lines, the detailed log, JUnit, a Markdown summary, the record of a run;
//! and the plain writers (documents, tables, trees, pictures, CI matrices, defects, findings) that commands without a run use.
//!
//! Nothing here decides anything: what to do, what failed and the exit code come in as facts.

mod amounts;
mod clean;
mod columns;
mod copying;
mod counting;
mod defects;
mod documents;
mod drawing;
mod file;
mod findings;
mod json_lines;
mod junit;
mod ledger;
mod log_file;
mod markdown;
mod matrix;
mod record;
mod scan;
mod screen;
mod summary;
mod table;
mod terminal;
mod tree;

#[cfg(test)]
mod tests;

pub use amounts::{bytes, duration};
pub use clean::{line as one_line, lines as clean_lines};
pub use copying::Copying;
pub use counting::Counting;
pub use defects::defects;
pub use documents::{json, text};
pub use drawing::{Drawing, DrawnEdge, DrawnNode, MOST_MERMAID_EDGES, Presence, TooLarge, dot, mermaid, svg};
pub use file::{Finish, WriteError, check_writable, replace};
pub use findings::{findings, findings_for_github, findings_summary, findings_with_lines, sarif};
pub use json_lines::JsonLines;
pub use junit::JUnit;
pub use log_file::LogFile;
pub use markdown::{MarkdownTable, markdown};
pub use matrix::{MatrixImage, MatrixJob, github, gitlab};
pub use record::{ImageFacts, ImageRecord, ReadError, RecordBuilder, RunFacts, RunRecord, StepRecord, read, write_atomically};
pub use scan::{scan_html, scan_markdown, scan_sarif, scan_summary};
pub use screen::{Paint, Screen, Verbosity};
pub use summary::Summary;
pub use table::{Cell, Table};
pub use terminal::Terminal;
pub use tree::{TreeNode, tree};
