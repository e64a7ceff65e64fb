//! From a line of a rendered Dockerfile back to the line of its template.

use super::Item;
use crate::catalog::{Defect, Definition};
use std::path::Path;

/// People edit the template, not the rendered Dockerfile: where the template has the line too, say where.
pub(super) fn in_template<'a>(root: &Path, item_of: impl Fn(&str) -> Option<&'a Item>, told: Defect) -> Defect {
    let is_rendered = told.path.as_deref().is_some_and(|path| path == "Dockerfile" || path.ends_with("/Dockerfile"));
    let (Some(name), Some(line), true) = (&told.name, told.line, is_rendered) else { return told };
    let Some(item) = item_of(name) else { return told };
    // A template that cannot be read any more leaves the place as it is.
    let template = std::fs::read_to_string(item.definition.folder(root).join(Definition::TEMPLATE)).unwrap_or_default();
    match line_in_template(&template, &item.rendered.dockerfile, line) {
        Some(line) => told.at(item.definition.file(Definition::TEMPLATE)).line(line),
        None => told,
    }
}

/// The line of the template that a rendered line comes from: the one with the same text or, where both have as
/// many lines that start with its first word, the one at the same place among them.
fn line_in_template(template: &str, rendered: &str, line: usize) -> Option<usize> {
    let wanted = rendered.lines().nth(line.checked_sub(1)?)?;
    let keyword = wanted.split_whitespace().next()?;
    let place = |belongs: &dyn Fn(&str) -> bool| {
        let before = rendered.lines().take(line - 1).filter(|text| belongs(text)).count();
        let all = rendered.lines().filter(|text| belongs(text)).count();
        let there: Vec<usize> = template.lines().enumerate().filter(|(_, text)| belongs(text)).map(|(at, _)| at).collect();
        (there.len() == all).then(|| there[before] + 1)
    };
    place(&|text| text == wanted).or_else(|| place(&|text| text.split_whitespace().next() == Some(keyword)))
}
