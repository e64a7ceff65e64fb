//! What is wrong with rendered Dockerfiles, and where all that is wrong with a catalogue is gathered.

use super::{Item, Judging};
use crate::catalog::{Broken, Defect, Definition, Severity};
use crate::config::Config;
use crate::dockerfile::{self, Dockerfile};
use crate::name::Reference;
use crate::template::Rendered;
use std::collections::HashMap;

pub(super) fn judge(
    definition: Definition,
    reference: Reference,
    rendered: Rendered,
    config: &Config,
    judging: Judging,
    found: &mut Found,
) -> Item {
    let parsed = match dockerfile::parse(&rendered.dockerfile) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            let defect = Defect::error("bad_dockerfile", error.message)
                .line(error.line)
                .help(error.help.unwrap_or_else(|| "correct the template; `cooperage render` shows what it renders to".to_owned()));
            found.add(judging, &definition, defect);
            None
        }
    };
    let parsed = parsed.filter(|parsed| user_is_good(config, judging, &definition, parsed, found));
    Item { definition, reference, rendered, parsed, making: None }
}

/// `force_numeric_user`: the last `USER` of the last stage must be a number, so that Kubernetes can tell it
/// is not root.
fn user_is_good(config: &Config, judging: Judging, definition: &Definition, parsed: &Dockerfile, found: &mut Found) -> bool {
    let Some((user, line)) = parsed.last_user().filter(|_| config.force_numeric_user) else { return true };
    let name = user.split(':').next().unwrap_or_default();
    if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    let help = format!("write USER {{{{ \"{name}\" | uid }}}} and give {name} a number in known_uid_mappings");
    let message = format!("the last USER is \"{user}\", but force_numeric_user asks for a number");
    found.add(judging, definition, Defect::error("user_not_numeric", message).line(line).help(help));
    judging == Judging::Lenient
}

/// Where defects and warnings are gathered.
#[derive(Default)]
pub(super) struct Found {
    pub(super) defects: Vec<Defect>,
    pub(super) warnings: Vec<Defect>,
    pub(super) broken: Vec<Broken>,
    pub(super) unrendered: HashMap<String, Reference>,
}

impl Found {
    pub(super) fn leave_out(&mut self, definition: Definition) {
        self.broken.push(Broken { name: definition.name, path: definition.path, control: definition.control });
    }

    /// Files something wrong with a rendered Dockerfile as a defect or, for a lenient reader, a warning.
    pub(super) fn add(&mut self, judging: Judging, definition: &Definition, defect: Defect) {
        let defect = defect.at(file_of(definition, "Dockerfile")).of(&definition.name);
        match judging {
            Judging::Strict => self.defects.push(defect),
            Judging::Lenient => self.warnings.push(Defect { severity: Severity::Warning, ..defect }),
        }
    }
}

fn file_of(definition: &Definition, name: &str) -> String {
    if definition.path == "." { name.to_owned() } else { format!("{}/{name}", definition.path) }
}
