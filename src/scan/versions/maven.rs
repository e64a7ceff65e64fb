//! Maven's order. Source: Apache Maven, "POM Reference", "Version Order Specification".

use super::by_value;
use std::cmp::Ordering;

/// Qualifiers from the oldest; the empty one is the release itself. All others are newer, by their text.
const QUALIFIERS: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

/// How deep a version's hyphens nest at most; what is deeper is one text.
const DEEPEST: usize = 128;

/// Compares any two texts.
pub fn compare(left: &str, right: &str) -> Ordering {
    let read = |text: &str| Item::List(list(&text.to_lowercase()));
    order(Some(&read(left)), Some(&read(right)))
}

#[derive(Debug)]
enum Item {
    Number(String),
    Word(String),
    List(Vec<Item>),
}

impl Item {
    /// A number, or a word that digits follow or not: `a1` is alpha 1.
    fn of(text: &str, is_number: bool, before_digit: bool) -> Self {
        if is_number {
            return Self::Number(text.trim_start_matches('0').to_owned());
        }
        Self::Word(
            match text {
                "a" if before_digit => "alpha",
                "b" if before_digit => "beta",
                "m" if before_digit => "milestone",
                "ga" | "final" | "release" => "",
                "cr" => "rc",
                other => other,
            }
            .to_owned(),
        )
    }

    /// Whether it is as if it were not there.
    fn is_null(&self) -> bool {
        match self {
            Self::Number(digits) => digits.is_empty(),
            Self::Word(word) => word.is_empty(),
            Self::List(items) => items.is_empty(),
        }
    }
}

/// Reads a version: a list, each of whose hyphens and changes between digits and letters opens a list in it.
fn list(text: &str) -> Vec<Item> {
    let mut lists: Vec<Vec<Item>> = vec![Vec::new()];
    let (mut start, mut is_number) = (0, false);
    let push = |lists: &mut Vec<Vec<Item>>, item: Item| {
        if let Some(last) = lists.last_mut() {
            last.push(item);
        }
    };
    for (at, letter) in text.char_indices() {
        let nest = lists.len() < DEEPEST;
        match letter {
            '.' | '-' => {
                let item = if at == start { Item::Number(String::new()) } else { Item::of(&text[start..at], is_number, false) };
                push(&mut lists, item);
                start = at + 1;
                if letter == '-' && nest {
                    lists.push(Vec::new());
                }
            }
            _ if letter.is_ascii_digit() != is_number => {
                if at > start {
                    if !is_number && nest {
                        apart(&mut lists);
                    }
                    push(&mut lists, Item::of(&text[start..at], is_number, !is_number));
                    if nest {
                        lists.push(Vec::new());
                    }
                    start = at;
                }
                is_number = letter.is_ascii_digit();
            }
            _ => {}
        }
    }
    if text.len() > start {
        if !is_number && lists.len() < DEEPEST {
            apart(&mut lists);
        }
        push(&mut lists, Item::of(&text[start..], is_number, false));
    }
    close(lists)
}

/// A word stands in a list of its own, so that `.x` is as `-x`.
fn apart(lists: &mut Vec<Vec<Item>>) {
    if lists.last().is_some_and(|list| !list.is_empty()) {
        lists.push(Vec::new());
    }
}

/// Puts the lists into each other, the last one innermost, each without what counts for nothing at its end.
fn close(mut lists: Vec<Vec<Item>>) -> Vec<Item> {
    let mut inner: Option<Vec<Item>> = None;
    while let Some(mut items) = lists.pop() {
        items.extend(inner.take().map(Item::List));
        for at in (0..items.len()).rev() {
            if items[at].is_null() {
                items.remove(at);
            } else if !matches!(items[at], Item::List(_)) {
                break;
            }
        }
        inner = Some(items);
    }
    inner.unwrap_or_default()
}

/// Compares two items, one of which may be missing.
fn order(left: Option<&Item>, right: Option<&Item>) -> Ordering {
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(other)) => order(Some(other), None).reverse(),
        (Some(Item::Number(digits)), None) => {
            if digits.is_empty() {
                Ordering::Equal
            } else {
                Ordering::Greater
            }
        }
        (Some(Item::Word(word)), None) => qualifier(word).cmp(&qualifier("")),
        (Some(Item::List(items)), None) => first_difference(items.iter().map(|item| order(Some(item), None))),
        (Some(Item::Number(one)), Some(Item::Number(other))) => by_value(one, other),
        (Some(Item::Word(one)), Some(Item::Word(other))) => qualifier(one).cmp(&qualifier(other)),
        (Some(Item::List(one)), Some(Item::List(other))) => {
            first_difference((0..one.len().max(other.len())).map(|at| order(one.get(at), other.get(at))))
        }
        (Some(one), Some(other)) => rank(one).cmp(&rank(other)),
    }
}

/// A word is older than a list, and a list older than a number.
fn rank(item: &Item) -> u8 {
    match item {
        Item::Word(_) => 0,
        Item::List(_) => 1,
        Item::Number(_) => 2,
    }
}

/// A known qualifier's place; the others come after, by their text.
fn qualifier(word: &str) -> (usize, &str) {
    QUALIFIERS.iter().position(|known| *known == word).map_or((QUALIFIERS.len(), word), |at| (at, ""))
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
}
