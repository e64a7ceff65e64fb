//! What a plain scalar is to readers with YAML 1.1's types, as PyYAML has them: `8.10` is the number 8.1 there.

use crate::config::yaml::Node;
use crate::index::compatible::Python;

/// The text that such a reader prints for a scalar that is no text to it; none for text, lists, mappings and null.
pub(in crate::index) fn retyped(node: &Node) -> Option<String> {
    match Python::of(node) {
        Python::None | Python::Text(_) | Python::Unicode(_) | Python::List(_) | Python::Map(_) => None,
        // Such a reader stops at it, so it is no text to it, either.
        Python::Broken(_) => node.written.clone(),
        value => Some(value.printed()),
    }
}

#[cfg(test)]
mod tests {
    use super::retyped;
    use crate::config::yaml::{Shape, parse};

    /// The right side is `str(yaml.safe_load(text))` of PyYAML; none where that is text.
    #[test]
    fn scalars_are_what_they_are_to_pyyaml() {
        for (text, expected) in [
            ("7", Some("7")),
            ("8.10", Some("8.1")),
            ("010", Some("8")),
            ("1_0", Some("10")),
            ("on", Some("True")),
            ("2016-11-02", Some("2016-11-02")),
            ("2016-11-2", None),
            ("12:30", Some("750")),
            ("1:2:3", Some("3723")),
            ("12:60", None),
            ("99999999999999999999", Some("99999999999999999999")),
            (".inf", Some("inf")),
            ("1e3", None),
            ("7.2.1511", None),
            ("2016-11-02_12-56", None),
            ("latest", None),
            ("\"8.10\"", None),
        ] {
            let Shape::List(items) = parse(&format!("- {text}\n")).unwrap().shape else { panic!() };
            assert_eq!(retyped(&items[0]).as_deref(), expected, "{text}");
        }
    }
}
