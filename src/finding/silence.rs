//! Comments that silence a rule in the file where they stand: `# cooperage ignore=ID: reason`.

const MARK: &str = "cooperage ignore=";

/// What such a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence<'a> {
    /// The rules it names, as written.
    pub ids: Vec<&'a str>,
    /// Why; empty where it does not say.
    pub reason: &'a str,
}

/// Reads the comment of a line, if there is one. Only a comment counts: before the mark stands nothing but blanks and the
/// signs that comments begin with.
pub fn silence(line: &str) -> Option<Silence<'_>> {
    let (before, told) = line.split_once(MARK)?;
    if before.trim().is_empty() || before.contains(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let (named, reason) = told.split_once(':').unwrap_or((told, ""));
    let reason = reason.trim().trim_end_matches("#}").trim_end_matches("*/").trim_end_matches("-->").trim();
    Some(Silence { ids: named.split(',').map(str::trim).collect(), reason })
}
