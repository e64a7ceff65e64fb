//! What a key may hold, and the message when it holds something else.

use super::show::hide_userinfo;
use super::yaml::{Entry, Node, Place, Shape, parse};
use super::{bytes, destination, duration, keep, limits, policy};
use crate::finding::Step;
use crate::name::nearest;

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Path,
    Host,
    Hosts,
    Texts,
    TextMap,
    Flag,
    Count,
    Choice(&'static [&'static str]),
    Duration,
    Bytes,
    Platform,
    Uids,
    Limits,
    Secrets,
    Levels,
    Publish,
    Keep,
    Policy(Step),
    /// A map of exactly these keys, none of them required.
    Fields(&'static [(&'static str, Kind)]),
    ListOf(&'static Kind),
    MapOf(&'static Kind),
}

/// A value that a key cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Kind {
    /// What the key may hold, to stand after "must be".
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Path => "a path".into(),
            Self::Host => "host or host:port, without https:// and path".into(),
            Self::Hosts => "a list of host:port".into(),
            Self::Texts => "a list of texts".into(),
            Self::TextMap => "a map of texts".into(),
            Self::Flag => "true or false".into(),
            Self::Count => "a whole number from 1 to 65535".into(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Bytes => "a number of bytes such as 512m, 1GiB or whole bytes".into(),
            Self::Duration => "a duration such as 90s, 15m, 1h30m, 30d or whole seconds".into(),
            Self::Platform => "a platform such as linux/amd64 or linux/arm/v7".into(),
            Self::Uids => "a map of names to numbers".into(),
            Self::Limits => format!("a map or text k=v,k=v of {}", limits::NAMES.join(", ")),
            Self::Levels => "a map of rules to error, warning, info, style or off".into(),
            Self::Publish => "true, false or a list of destinations".into(),
            Self::Keep => keep::EXPECTED.into(),
            Self::Policy(step) => policy::expected(step),
            Self::Secrets => "a map of ids to {env: NAME} or {file: PATH}".into(),
            Self::Fields(fields) => format!("a map of {}", names(fields).join(", ")),
            Self::ListOf(kind) => format!("a list, each item {}", kind.expected()),
            Self::MapOf(kind) => format!("a map of names, each to {}", kind.expected()),
        }
    }

    /// Whether the environment gives the value literally instead of as YAML.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Path | Self::Host | Self::Choice(_) | Self::Duration | Self::Bytes | Self::Platform | Self::Limits
        )
    }

    /// Whether the environment may give the value as `a,b`.
    pub(crate) fn takes_commas(self) -> bool {
        matches!(self, Self::Hosts | Self::Texts)
    }

    /// Everything in `node` that `subject` cannot hold. Nothing (null) is always fine: it stands for the default.
    /// With `hide` no message repeats a value.
    pub(crate) fn check(self, subject: &str, node: &Node, hide: bool) -> Vec<Wrong> {
        match (self, &node.shape) {
            (_, Shape::Null) => Vec::new(),
            (Self::Hosts, Shape::List(items)) => each(items, subject, Self::Host),
            (Self::Texts, Shape::List(items)) => each(items, subject, Self::Text),
            (Self::TextMap, Shape::Map(entries)) => {
                entries.iter().flat_map(|entry| required(Self::Text, &format!("{subject}.{}", entry.key), &entry.node)).collect()
            }
            (Self::Uids, Shape::Map(entries)) => {
                entries.iter().flat_map(|entry| uid(&format!("{subject}.{}", entry.key), &entry.node)).collect()
            }
            (Self::Limits, Shape::Map(entries)) => {
                entries.iter().flat_map(|entry| limit(subject, &entry.key, entry.place, &entry.node)).collect()
            }
            (Self::Limits, Shape::Text(text)) => limits_text(self, subject, node, text),
            (Self::Secrets, Shape::Map(entries)) => {
                entries.iter().flat_map(|entry| secret(&format!("{subject}.{}", entry.key), &entry.node)).collect()
            }
            (Self::Publish, Shape::List(items)) => destination::check_list(subject, node, items),
            (Self::Levels, Shape::Map(entries)) => {
                entries.iter().filter_map(|entry| level(&format!("{subject}.{}", entry.key), &entry.node)).collect()
            }
            (Self::Keep, Shape::Map(entries)) => keep::check(subject, entries),
            (Self::Policy(step), Shape::Map(entries)) => policy::check(subject, step, entries),
            (Self::Fields(fields), Shape::Map(entries)) => self::fields(fields, subject, entries),
            (Self::ListOf(kind), Shape::List(items)) => {
                items.iter().enumerate().flat_map(|(at, item)| required(*kind, &format!("{subject}[{at}]"), item)).collect()
            }
            (Self::MapOf(kind), Shape::Map(entries)) => {
                let each = entries.iter().flat_map(|entry| required(*kind, &format!("{subject}.{}", entry.key), &entry.node));
                twice(subject, entries).chain(each).collect()
            }
            _ if self.holds_scalar(node) => Vec::new(),
            (Self::Host | Self::Path, shape) if !matches!(shape, Shape::Text(_)) => vec![mismatch(subject, "text", node, hide)],
            _ => vec![mismatch(subject, &self.expected(), node, hide)],
        }
    }

    fn holds_scalar(self, node: &Node) -> bool {
        match (self, &node.shape) {
            (Self::Text | Self::Path, Shape::Text(_)) | (Self::Flag | Self::Publish, Shape::Flag(_)) => true,
            (Self::Host, Shape::Text(text)) => !text.contains("://") && !text.contains(char::is_whitespace) && !text.ends_with('/'),
            (Self::Count, Shape::Integer(number)) => *number >= 1 && *number <= i64::from(u16::MAX),
            (Self::Choice(words), Shape::Text(text)) => words.contains(&text.as_str()),
            (Self::Duration, Shape::Integer(_) | Shape::Text(_)) => duration::parse(&node.to_value()).is_some(),
            (Self::Bytes, Shape::Integer(_) | Shape::Text(_)) => bytes::positive(&node.to_value()).is_some(),
            (Self::Platform, Shape::Text(text)) => is_platform(text),
            (Self::Policy(_), _) => policy::is_mode(node),
            _ => false,
        }
    }
}

fn is_platform(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    (2..=3).contains(&text.split('/').count()) && text.split('/').all(word)
}

fn each(items: &[Node], subject: &str, kind: Kind) -> Vec<Wrong> {
    items.iter().enumerate().flat_map(|(at, item)| required(kind, &format!("item {} of {subject}", at + 1), item)).collect()
}

/// As [`Kind::check`], where nothing is no answer.
pub(super) fn required(kind: Kind, subject: &str, node: &Node) -> Vec<Wrong> {
    match node.shape {
        Shape::Null => vec![mismatch(subject, &kind.expected(), node, false)],
        _ => kind.check(subject, node, false),
    }
}

fn names(fields: &[(&'static str, Kind)]) -> Vec<&'static str> {
    fields.iter().map(|(name, _)| *name).collect()
}

/// The keys of a map that has these and no others.
fn fields(fields: &[(&'static str, Kind)], subject: &str, entries: &[Entry]) -> Vec<Wrong> {
    let each = entries.iter().flat_map(|entry| match fields.iter().find(|(name, _)| *name == entry.key) {
        Some((name, kind)) => kind.check(&format!("{subject}.{name}"), &entry.node, false),
        None => vec![stranger(subject, &entry.key, entry.place, &names(fields))],
    });
    twice(subject, entries).chain(each).collect()
}

/// Keys that stand twice: in maps that docker-pkg does not know, none wins in silence.
fn twice<'a>(subject: &'a str, entries: &'a [Entry]) -> impl Iterator<Item = Wrong> + 'a {
    entries.iter().enumerate().filter_map(move |(at, entry)| {
        let first = entries[..at].iter().find(|earlier| earlier.key == entry.key)?;
        let message = format!("{subject}.{} stands here and in line {}", entry.key, first.place.line);
        Some(Wrong { place: entry.place, message, help: Some("remove one of the two".into()) })
    })
}

/// The numbers of users that Linux has: 32 bits, of which the last means "none".
fn uid(subject: &str, node: &Node) -> Option<Wrong> {
    let fits = matches!(node.shape, Shape::Integer(number) if (0..i64::from(u32::MAX)).contains(&number));
    (!fits).then(|| mismatch(subject, "a whole number from 0 to 4294967294", node, false))
}

fn limit(subject: &str, name: &str, place: Place, node: &Node) -> Option<Wrong> {
    if !limits::NAMES.contains(&name) {
        return Some(stranger(subject, name, place, &limits::NAMES));
    }
    let good = limits::ContainerLimits::default().set(name, &node.to_value());
    (!good).then(|| mismatch(&format!("{subject}.{name}"), limits::expected(name), node, false))
}

fn limits_text(kind: Kind, subject: &str, node: &Node, text: &str) -> Vec<Wrong> {
    let Some(pairs) = limits::split(text) else {
        return vec![mismatch(subject, &kind.expected(), node, false)];
    };
    pairs
        .into_iter()
        .filter_map(|(name, value)| {
            limit(subject, &name, node.place, &Node { shape: Shape::Text(value), place: node.place, written: None })
        })
        .collect()
}

/// How severe a rule is. YAML reads an `off` without quotes as false.
fn level(subject: &str, node: &Node) -> Option<Wrong> {
    let good = match &node.shape {
        Shape::Flag(flag) => !flag,
        Shape::Text(text) => ["off", "style", "info", "warning", "error"].contains(&text.as_str()),
        _ => false,
    };
    (!good).then(|| mismatch(subject, "one of error, warning, info, style, off", node, false))
}

/// One build secret: exactly one of `env` and `file`.
fn secret(subject: &str, node: &Node) -> Vec<Wrong> {
    let expected = "{env: NAME} or {file: PATH}";
    let Shape::Map(entries) = &node.shape else {
        // The text that stands here may be the secret itself.
        return vec![mismatch(subject, expected, node, true)];
    };
    let strangers = entries.iter().filter(|entry| !["env", "file"].contains(&entry.key.as_str()));
    let mut wrong: Vec<Wrong> = strangers.map(|entry| stranger(subject, &entry.key, entry.place, &["env", "file"])).collect();
    if wrong.is_empty() && entries.len() != 1 {
        wrong.push(Wrong { place: node.place, message: format!("{subject} must be either {expected}"), help: None });
    }
    wrong.extend(entries.iter().flat_map(|entry| required(Kind::Text, &format!("{subject}.{}", entry.key), &entry.node)));
    wrong
}

pub(super) fn stranger(subject: &str, name: &str, place: Place, known: &[&str]) -> Wrong {
    let help = nearest(name, known.iter().copied()).first().map(|near| format!("did you mean {near}?"));
    Wrong {
        place,
        message: format!("{subject} has no key {name}"),
        help: Some(help.unwrap_or_else(|| format!("it has {}", known.join(", ")))),
    }
}

pub(super) fn mismatch(subject: &str, expected: &str, node: &Node, hide: bool) -> Wrong {
    let found = match &node.shape {
        _ if hide => node.found().to_owned(),
        Shape::Flag(flag) => flag.to_string(),
        Shape::Integer(number) => format!("the number {number}"),
        Shape::Float(number) => format!("the number {number}"),
        Shape::Text(text) => format!("text '{}'", shorten(&hide_userinfo(text))),
        _ => node.found().to_owned(),
    };
    let is_scalar = matches!(node.shape, Shape::Flag(_) | Shape::Integer(_) | Shape::Float(_));
    let help = match (expected, &node.shape) {
        ("text", _) if is_scalar => Some("put it in quotes, so that YAML takes it for text".to_owned()),
        (_, Shape::Text(text)) if !hide && kind_of_quoted(expected, text) => Some("write it without quotes".to_owned()),
        _ => None,
    };
    Wrong { place: node.place, message: format!("{subject} must be {expected}, found {found}"), help }
}

/// Whether the text would be what is expected, were it not in quotes.
fn kind_of_quoted(expected: &str, text: &str) -> bool {
    match parse(text).map(|node| node.shape) {
        Ok(Shape::Flag(_)) => expected == Kind::Flag.expected() || expected == Kind::Publish.expected(),
        Ok(Shape::Integer(_)) => expected.starts_with("a whole number"),
        _ => false,
    }
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 60 || line.len() < text.trim_end().len() {
        line.chars().take(60).chain(['…']).collect()
    } else {
        line.to_owned()
    }
}
