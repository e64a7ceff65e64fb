//! Words in the title of a change that say what it is about: `CI:DOCS` and `CI:TOOLING`, anywhere, case as written.

use super::base::{Base, Compared};
use crate::catalog::{Defect, Definition};
use crate::run::Survey;
use std::collections::HashSet;

/// Changes that the title says there are none of.
pub fn title(title: &str, survey: &Survey, base: &Base, compared: &Compared) -> Vec<Defect> {
    let mut found = Vec::new();
    if title.contains("CI:DOCS") && title.contains("CI:TOOLING") {
        let message = "the title says CI:DOCS and CI:TOOLING: nothing is to be built, and tooling images are";
        found.push(Defect::warning("title_contradicts", message).help("leave one of the two in the title; until then both count"));
    }
    if title.contains("CI:DOCS") {
        found.extend(beyond_documentation(survey, base, compared));
    }
    if title.contains("CI:TOOLING") {
        found.extend(beyond_tooling(survey, compared));
    }
    found
}

fn beyond_documentation(survey: &Survey, base: &Base, compared: &Compared) -> Vec<Defect> {
    let inputs: HashSet<String> = compared.touched.iter().flatten().map(|path| format!("{}{path}", base.prefix)).collect();
    let beyond = base.changed.iter().filter(|path| !is_documentation(path) || inputs.contains(*path));
    let tell = |path: &String| {
        let message = format!("the title says CI:DOCS, but {path} changed, which is not documentation");
        let shown = path.strip_prefix(&base.prefix);
        let owner = shown.and_then(|path| survey.items.iter().find(|item| path.starts_with(&format!("{}/", item.definition.path))));
        let defect = Defect { path: shown.map(str::to_owned), ..Defect::error("docs_only", message) };
        let defect = defect.help("take CI:DOCS out of the title, or this change out of the branch");
        Defect { name: owner.map(|item| item.definition.name.clone()), ..defect }
    };
    beyond.map(tell).collect()
}

/// Folders `doc` and `docs`, texts in markup, and the files that projects are introduced with.
fn is_documentation(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let folder = path.split('/').rev().skip(1).any(|part| part == "docs" || part == "doc");
    let markup = [".md", ".rst", ".adoc"].iter().any(|end| file.ends_with(end));
    folder || markup || ["README", "LICENSE", "CONTRIBUTING", "AUTHORS"].contains(&file.split('.').next().unwrap_or(file))
}

fn beyond_tooling(survey: &Survey, compared: &Compared) -> Vec<Defect> {
    let changed = (0..survey.graph.nodes.len()).filter(|&node| compared.fresh[node] || !compared.touched[node].is_empty());
    let others = changed.map(|node| &survey.item(node).definition).filter(|definition| !definition.control.tooling);
    let tell = |definition: &Definition| {
        Defect::error("tooling_only", format!("the title says CI:TOOLING, but {} changed, which is no tooling image", definition.name))
            .at(definition.file(Definition::CHANGELOG))
            .of(&definition.name)
            .help("take CI:TOOLING out of the title, or write `Tooling: yes` into control")
    };
    others.map(tell).collect()
}

#[cfg(test)]
mod tests {
    use super::is_documentation;

    #[test]
    fn documentation_is_told_by_its_place_and_ending() {
        for good in ["README.md", "docs/a.png", "images/app/docs/x", "a/LICENSE", "guide.adoc"] {
            assert!(is_documentation(good), "{good}");
        }
        for bad in ["images/app/changelog", "documents/a", "a.txt", "images/docs", "config.yaml"] {
            assert!(!is_documentation(bad), "{bad}");
        }
    }
}
