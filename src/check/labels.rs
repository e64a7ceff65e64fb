//! Labels `no_<name>` of a change, which skip one image.

use crate::catalog::{Defect, Definition};
use crate::name::nearest;
use crate::run::Survey;

/// Labels that skip what must not be skipped, or nothing. Labels that do not begin with `no_` are others' business.
pub fn labels(survey: &Survey, labels: &[String]) -> Vec<Defect> {
    let names = labels.iter().filter_map(|label| label.strip_prefix("no_"));
    names.filter_map(|name| judge(survey, name)).collect()
}

fn judge(survey: &Survey, name: &str) -> Option<Defect> {
    let Some(item) = survey.items.iter().find(|item| item.definition.name == name) else {
        let near = nearest(name, survey.items.iter().map(|item| item.definition.name.as_str()));
        let hint = near.first().map_or_else(|| "labels name one image exactly".to_owned(), |near| format!("did you mean no_{near}?"));
        return Some(Defect::warning("unknown_label", format!("the label no_{name} names no definition")).help(hint));
    };
    item.definition.control.tooling.then(|| {
        let message = format!("the label no_{name} cannot skip {name}: it is a tooling image, which others need to be tested");
        Defect::error("tooling_skipped", message)
            .at(item.definition.file(Definition::CONTROL))
            .of(name)
            .help("remove the label, or `Tooling: yes` from control")
    })
}
