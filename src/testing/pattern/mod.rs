//! Regular expressions as container-structure-test takes them: those of Go's `regexp` (RE2's), searched for
//! anywhere in a text.
//!
//! They run on the crate `regex`, which also never backtracks; what it writes or means otherwise is translated, and
//! what Go refuses is refused: `\d`, `\w`, `\s` and `\b` know ASCII only, `\<` is a `<`, `\Q…\E` quotes, a set has no
//! `&&`, `{,2}` is text, `a**` and more than 1000 repetitions are errors.
//! Source: <https://github.com/google/re2/wiki/Syntax>, <https://pkg.go.dev/regexp/syntax>.

mod class;
mod cursor;
mod escape;
mod translate;

use regex::bytes::RegexBuilder;

/// The most bytes of a compiled expression, and of what a search keeps.
const COMPILED: usize = 16 << 20;
const SEARCHED: usize = 16 << 20;

/// An expression that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression {pattern:?} cannot be used: {reason}")]
pub struct PatternError {
    pattern: String,
    reason: String,
}

/// Whether the pattern is found in the text.
///
/// # Errors
/// When it does not compile, or would become too large.
pub fn search(pattern: &str, text: &str) -> Result<bool, PatternError> {
    let wrong = |reason: String| PatternError { pattern: pattern.to_owned(), reason };
    let translated = translate::translate(pattern).map_err(|reason| wrong(reason.to_owned()))?;
    let compiled = RegexBuilder::new(&translated).size_limit(COMPILED).dfa_size_limit(SEARCHED).build();
    let compiled = compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => wrong(format!("it would take more than {} MiB", COMPILED >> 20)),
        other => wrong(other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()),
    })?;
    Ok(compiled.is_match(text.as_bytes()))
}

#[cfg(test)]
mod tests;
