//! Text that is no YAML: what the library says, where, and never a line of the file.

use super::{Node, Place, Shape, raw};
use serde_yaml::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Error, Location};

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct YamlError {
    pub(crate) message: String,
    pub(crate) place: Option<Place>,
    /// Whether it is YAML, and we do not read it: too large, or a key that is empty.
    pub(crate) refused: bool,
}

/// The most values of a file that people write for us.
const MOST_VALUES: usize = 100_000;

/// Reads one YAML document; an empty text is [`Shape::Null`].
///
/// Anchors, depth and size are bounded: a bomb is an error.
pub(crate) fn parse(text: &str) -> Result<Node, YamlError> {
    parse_within(text, MOST_VALUES)
}

/// The same, with another bound for how many values it may hold; those that aliases repeat stay bounded as they are.
pub(crate) fn parse_within(text: &str, most: usize) -> Result<Node, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        legacy_octal_numbers: true,
        with_snippet: false,
        // People nest a handful of levels; the library recurses, and its default of 64 overflows a small stack.
        budget: serde_yaml::budget! { max_depth: 24, max_events: most.saturating_mul(2), max_nodes: most },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: MOST_VALUES, max_replay_stack_depth: 24 },
    };
    match serde_yaml::from_str_with_options::<Option<serde_yaml::Spanned<raw::Raw>>>(text, options) {
        Ok(Some(root)) => Ok(raw::settle(root, text)),
        Ok(None) => Ok(Node { shape: Shape::Null, place: Place { line: 1, column: 1 }, written: None }),
        Err(error) => Err(hinted(explain(&error, most), text)),
    }
}

fn explain(error: &Error, most: usize) -> YamlError {
    let (message, refused) = match error.without_snippet() {
        Error::MultipleDocuments { .. } => ("there is more than one document, and only one is read".to_owned(), false),
        other => match strip_place(&other.to_string()).as_str() {
            "cannot deserialize null into string; use Option<String>" => ("a key is empty".to_owned(), true),
            "expected string scalar" => ("a key must be text".to_owned(), false),
            breached
                if ["budget breached", "alias replay", "alias expansion", "recursion limit"]
                    .iter()
                    .any(|start| breached.starts_with(start)) =>
            {
                (format!("this has more than 24 levels or {} values, those that aliases repeat among them", grouped(most)), true)
            }
            message => (message.to_owned(), false),
        },
    };
    let place = error.location().filter(|location| *location != Location::UNKNOWN).map(|location| Place {
        line: usize::try_from(location.line()).unwrap_or(usize::MAX),
        column: usize::try_from(location.column()).unwrap_or(usize::MAX),
    });
    YamlError { message, place, refused }
}

/// A number with commas: `100,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let from_end = |at: usize| digits.len() - at;
    digits.char_indices().map(|(at, digit)| if at > 0 && from_end(at) % 3 == 0 { format!(",{digit}") } else { digit.to_string() }).collect()
}

/// A template without quotes is a map to YAML, and what the library says of it helps nobody.
fn hinted(mut error: YamlError, text: &str) -> YamlError {
    let line = error.place.and_then(|place| text.lines().nth(place.line.checked_sub(1)?)).unwrap_or_default();
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start_matches([' ', '-', '[']);
    if value.starts_with("{{") || value.starts_with("{%") {
        error.message.push_str("; a value that begins with {{ or {% needs quotes around it");
    }
    error
}

/// The library ends its messages with the place, which we print in front.
fn strip_place(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    first.rfind(" at line ").map_or(first, |at| &first[..at]).trim_end_matches([',', ':']).to_owned()
}
