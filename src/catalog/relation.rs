//! One relation of a `control` file: `name (>= 1.2)`.

use super::text::excerpt;
use crate::name::Version;
use std::cmp::Ordering;
use std::fmt;

/// A parent that a definition names in its `control` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The parent's name.
    pub name: String,
    /// What its version must be.
    pub constraint: Option<(Operator, Version)>,
    /// The field it stands in.
    pub field: Field,
    /// The line it stands in, from 1.
    pub line: usize,
    /// Names behind a `|`. They are not looked at: an image has one base, so a choice decides nothing.
    pub alternatives: Vec<String>,
}

/// The fields that name parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `Depends`
    Depends,
    /// `Build-Depends`
    BuildDepends,
}

/// How a version is compared, in Debian's order (deb-version(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `<<`, strictly earlier
    Less,
    /// `<=`
    LessOrEqual,
    /// `=`
    Equal,
    /// `>=`
    GreaterOrEqual,
    /// `>>`, strictly later
    Greater,
}

impl Relation {
    /// Whether a parent of this version will do. Without a constraint every version does.
    pub fn is_satisfied_by(&self, version: &Version) -> bool {
        self.constraint.as_ref().is_none_or(|(operator, wanted)| operator.holds(version.debian_cmp(wanted)))
    }

    /// Reads one relation, as it stands between two commas. Restrictions to architectures (`[amd64]`) and
    /// build profiles (`<!nocheck>`) are dropped: a catalogue is built as a whole.
    pub(super) fn parse(text: &str, field: Field, line: usize) -> Result<Self, String> {
        let mut choices = text.split('|');
        let (name, constraint) = parse_choice(choices.next().unwrap_or(""))?;
        let alternatives = choices.map(|choice| parse_choice(choice).map(|(name, _)| name)).collect::<Result<_, _>>()?;
        Ok(Self { name, constraint, field, line, alternatives })
    }
}

impl Operator {
    fn parse(text: &str) -> Option<(Self, &str)> {
        let table =
            [("<<", Self::Less), ("<=", Self::LessOrEqual), (">=", Self::GreaterOrEqual), (">>", Self::Greater), ("=", Self::Equal)];
        table.into_iter().find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)))
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Greater => order.is_gt(),
        }
    }
}

fn parse_choice(text: &str) -> Result<(String, Option<(Operator, Version)>), String> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '<' | '>')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    // `name:any` is Debian's "of any architecture".
    let name = name.strip_suffix(":any").or_else(|| name.strip_suffix(":native")).unwrap_or(name);
    if name.is_empty() {
        return Err(format!("\"{}\" names no image", excerpt(text)));
    }
    let (constraint, rest) = parse_constraint(rest.trim_start())?;
    check_restrictions(rest, text)?;
    Ok((name.to_owned(), constraint))
}

/// A constraint and what follows it.
type Constrained<'a> = (Option<(Operator, Version)>, &'a str);

fn parse_constraint(text: &str) -> Result<Constrained<'_>, String> {
    let Some(inside) = text.strip_prefix('(') else { return Ok((None, text)) };
    let Some((inside, rest)) = inside.split_once(')') else {
        return Err(format!("\"{}\" has no closing parenthesis", excerpt(text)));
    };
    let inside = inside.trim();
    let (operator, version) =
        Operator::parse(inside).ok_or_else(|| format!("\"({})\" does not start with one of <<, <=, =, >=, >>", excerpt(inside)))?;
    let version = version.trim();
    if version.is_empty() || !version.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.:~_".contains(&b)) {
        return Err(format!("\"({})\" holds no version", excerpt(inside)));
    }
    Ok((Some((operator, Version::new(version))), rest))
}

/// `[amd64 !arm64]` and `<!nocheck>` may follow, in any number; anything else is a mistake, mostly a missing comma.
fn check_restrictions(mut rest: &str, text: &str) -> Result<(), String> {
    loop {
        rest = rest.trim_start();
        let close = match rest.chars().next() {
            None => return Ok(()),
            Some('[') => ']',
            Some('<') => '>',
            Some(_) => return Err(format!("in \"{}\", \"{}\" is not understood; is a comma missing?", excerpt(text), excerpt(rest))),
        };
        let Some((_, after)) = rest.split_once(close) else {
            return Err(format!("\"{}\" has no closing {close}", excerpt(rest)));
        };
        rest = after;
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<<",
            Self::LessOrEqual => "<=",
            Self::Equal => "=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">>",
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depends => "Depends",
            Self::BuildDepends => "Build-Depends",
        })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.constraint {
            Some((operator, version)) => write!(f, " ({operator} {version})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Relation, String> {
        Relation::parse(text, Field::Depends, 1)
    }

    #[test]
    fn reads_every_form() {
        for (text, written) in [
            ("a", "a"),
            (" a ", "a"),
            ("a (>= 1.2)", "a (>= 1.2)"),
            ("a(<<2:1~x)", "a (<< 2:1~x)"),
            ("a ( = v1_2 )", "a (= v1_2)"),
            ("python3:any", "python3"),
            ("a [amd64 !arm64] <!nocheck> <x>", "a"),
            ("a (<= 3) [amd64]", "a (<= 3)"),
            ("releng/a", "releng/a"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), written, "{text}");
        }
        let choice = parse("a (>> 1) | b (= 2) | c").unwrap();
        assert_eq!((choice.to_string().as_str(), choice.alternatives), ("a (>> 1)", vec!["b".to_owned(), "c".to_owned()]));
    }

    #[test]
    fn refuses_with_the_reason() {
        for (text, reason) in [
            ("a b", "is a comma missing"),
            ("(>= 1)", "names no image"),
            ("a |", "names no image"),
            ("a (>= 1", "no closing parenthesis"),
            ("a (1.0)", "one of <<"),
            ("a (> 1.0)", "one of <<"),
            ("a (>=)", "holds no version"),
            ("a (>= 1 2)", "holds no version"),
            ("a (== 1)", "holds no version"),
            ("a [amd64", "no closing ]"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }

    #[test]
    fn versions_are_compared_as_debian_does() {
        let holds = |relation: &str, version: &str| parse(relation).unwrap().is_satisfied_by(&Version::new(version));
        assert!(holds("a", "anything"));
        assert!(holds("a (>= 1.2)", "1.10") && holds("a (>= 1.2)", "1.2") && !holds("a (>= 1.2)", "1.2~rc1"));
        assert!(holds("a (<< 1.2)", "1.2~rc1") && !holds("a (<< 1.2)", "1.2"));
        assert!(holds("a (= 1.0)", "1.00") && !holds("a (= 1.0)", "1.0-1"));
        assert!(holds("a (<= 2)", "2") && !holds("a (>> 2)", "2") && holds("a (>> 2)", "2-s1"));
    }
}
