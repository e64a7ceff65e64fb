//! Where a value stands, for messages of rooms that judge values against each other.

use super::Config;
use super::yaml::{Node, Place, Shape};

/// Where a value was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The file, the variable or the flag.
    pub path: Option<String>,
    /// The line in the file, from 1.
    pub line: Option<usize>,
    /// The column in that line, from 1, in characters.
    pub column: Option<usize>,
}

impl Config {
    /// Where the value of a path like `cooperage.promotion.to[1].namespace` was written, or where the innermost part of it
    /// stands that was written at all. `None` when no layer but the defaults speaks of it.
    pub fn location(&self, path: &str) -> Option<Location> {
        let is_inside = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        let (row, rest) = self.rows.iter().find_map(|row| Some((row, path.strip_prefix(&row.name).filter(|rest| is_inside(rest))?)))?;
        let file = row.origin.path.clone()?;
        let found = inside(&row.node, rest);
        // Of environment and flags there is only the name.
        let place = row.origin.line.map(|_| found);
        Some(Location { path: Some(file), line: place.map(|place| place.line), column: place.map(|place| place.column) })
    }
}

/// The place of what `rest` leads to, as far as it goes. Keys may hold dots, so the longest one that fits is taken.
fn inside(node: &Node, rest: &str) -> Place {
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    match &node.shape {
        Shape::Map(entries) if !rest.is_empty() => {
            let fits = entries.iter().filter(|entry| {
                rest.strip_prefix(entry.key.as_str()).is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
            });
            fits.max_by_key(|entry| entry.key.len()).map_or(node.place, |entry| inside(&entry.node, &rest[entry.key.len()..]))
        }
        Shape::List(items) => {
            let index = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let item = index.and_then(|(number, after)| Some((items.get(number.parse::<usize>().ok()?)?, after)));
            item.map_or(node.place, |(item, after)| inside(item, after))
        }
        _ => node.place,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{ConfigFile, LayerName, Sources, load};
    use std::collections::BTreeMap;

    const FILE: &str = "\
cooperage:
  jobs: 4
  promotion:
    to:
      - namespace: a
        additional_images: {x.y: b, x: c}
  build_args: {to: z}
";

    fn places(env: &[(&str, &str)], paths: &[&str]) -> Vec<Option<(Option<usize>, Option<usize>)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, FILE).unwrap();
        let env: BTreeMap<String, String> = env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let config = load(&Sources { configfile: ConfigFile::Named(path), env, flags: Vec::new() }).unwrap();
        assert!(config.values().iter().any(|row| row.origin.layer == LayerName::File));
        paths.iter().map(|path| config.location(path).map(|found| (found.line, found.column))).collect()
    }

    #[test]
    fn values_are_found_as_deep_as_they_were_written() {
        let at = |line, column| Some((Some(line), Some(column)));
        let cases = [
            ("cooperage.jobs", at(2, 9)),
            ("cooperage.promotion.to[0].namespace", at(5, 20)),
            ("cooperage.promotion.to[0].tag", at(5, 9)),
            ("cooperage.promotion.to[1].tag", at(5, 7)),
            ("cooperage.promotion.to[0].additional_images.x.y", at(6, 34)),
            ("cooperage.promotion.to[0].additional_images.x", at(6, 40)),
            ("cooperage.promotion.to[nonsense", at(5, 7)),
            ("cooperage.promotion_context.org", None),
            ("cooperage.fail_fast", None),
            ("nothing.of.the.kind", None),
        ];
        assert_eq!(places(&[], &cases.map(|case| case.0)), cases.map(|case| case.1));
    }

    #[test]
    fn of_the_environment_only_the_variable_is_known() {
        assert_eq!(places(&[("COOPERAGE_JOBS", "3")], &["cooperage.jobs"]), [Some((None, None))]);
        let value = "{to: [{namespace: a}]}";
        assert_eq!(places(&[("COOPERAGE_PROMOTION", value)], &["cooperage.promotion.to[0].namespace"]), [Some((None, None))]);
    }
}
