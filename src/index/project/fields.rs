//! The keys of a project's file: each read once, all mistakes with their places.

use super::{ORIGINAL, OWN, ProjectFault, RESERVED};
use crate::config::yaml::{Node, Place, Shape};
use crate::finding::{Override, Step};
use crate::name::nearest;

/// The keys of a file, and what was wrong with them.
pub(super) struct Fields<'a> {
    root: Place,
    found: Vec<(&'a str, Place, &'a Node)>,
    faults: Vec<ProjectFault>,
    warnings: Vec<ProjectFault>,
}

impl<'a> Fields<'a> {
    /// `is_own`: whether it is a `.cooperage.yml`, where a key that means nothing is a mistake. In a `cccp.yml` it is a warning:
    /// the original never looked.
    pub fn of(root: &'a Node, is_own: bool) -> Self {
        let mut fields = Self { root: root.place, found: Vec::new(), faults: Vec::new(), warnings: Vec::new() };
        let Shape::Map(entries) = &root.shape else {
            fields.faults.push(ProjectFault::at(root.place, format!("here must be keys, and there is {}", root.found()), None));
            return fields;
        };
        for entry in entries {
            let known = if is_own { OWN } else { ORIGINAL };
            if !known.contains(&entry.key.as_str()) {
                fields.unknown(&entry.key, entry.place, is_own);
            } else if let Some(earlier) = fields.found.iter_mut().find(|(key, ..)| *key == entry.key) {
                // The last one counts, as in PyYAML.
                *earlier = (&entry.key, entry.place, &entry.node);
                let fault = ProjectFault::at(entry.place, format!("the key {} stands here for the second time", entry.key), None);
                if is_own { fields.faults.push(fault) } else { fields.warnings.push(fault) }
            } else {
                fields.found.push((&entry.key, entry.place, &entry.node));
            }
        }
        fields
    }

    fn unknown(&mut self, key: &str, place: Place, is_own: bool) {
        let shown: String = key.chars().filter(|c| !c.is_control()).take(40).collect();
        if is_own {
            let known = nearest(key, OWN.iter().copied());
            let help = match known.first() {
                Some(near) => format!("did you mean {near}?"),
                None => format!("known are {}", OWN.join(", ")),
            };
            return self.faults.push(ProjectFault::at(place, format!("the key {shown} is not known"), Some(help)));
        }
        if RESERVED.contains(&key) {
            return self.warnings.push(ProjectFault::at(place, format!("the key {shown} is reserved and does nothing"), None));
        }
        let help = match nearest(key, ORIGINAL.iter().copied()).first() {
            _ if OWN.contains(&key) => Some("it is read in .cooperage.yml".to_owned()),
            Some(near) => Some(format!("did you mean {near}?")),
            None => None,
        };
        self.warnings.push(ProjectFault::at(place, format!("the key {shown} is not known and does nothing"), help));
    }

    /// The mistakes, or else the warnings.
    pub fn finish(mut self) -> Result<Vec<ProjectFault>, Vec<ProjectFault>> {
        let by_place = |fault: &ProjectFault| (fault.line, fault.column);
        self.faults.sort_by_key(by_place);
        self.warnings.sort_by_key(by_place);
        if self.faults.is_empty() { Ok(self.warnings) } else { Err(self.faults) }
    }

    pub fn warn(&mut self, key: &str, message: &str, help: &str) {
        let place = self.found.iter().find(|(found, ..)| *found == key).map_or(self.root, |(_, place, _)| *place);
        self.warnings.push(ProjectFault::at(place, message, Some(help.to_owned())));
    }

    fn get(&self, key: &str) -> Option<&'a Node> {
        self.found.iter().find(|(found, ..)| *found == key).map(|(.., node)| *node)
    }

    fn wrong(&mut self, node: &Node, message: String, help: Option<&str>) {
        self.faults.push(ProjectFault::at(node.place, message, help.map(str::to_owned)));
    }

    fn mismatch(&mut self, key: &str, node: &Node, wanted: &str) {
        let help = matches!(node.shape, Shape::Flag(_) | Shape::Integer(_) | Shape::Float(_)).then_some("put quotes around it");
        self.wrong(node, format!("{key} must be {wanted}, and there is {}", node.found()), help.filter(|_| wanted == "text"));
    }

    /// Text that must be there.
    pub fn required(&mut self, key: &str) -> String {
        match self.get(key) {
            Some(node) => self.text(key, node).unwrap_or_default(),
            None => {
                let fault =
                    ProjectFault::at(self.root, format!("{key} is missing"), Some("write the job-id of the index entry".to_owned()));
                self.faults.push(fault);
                String::new()
            }
        }
    }

    fn text(&mut self, key: &str, node: &Node) -> Option<String> {
        match &node.shape {
            Shape::Text(text) if !text.trim().is_empty() && !text.chars().any(char::is_control) => Some(text.clone()),
            Shape::Text(_) => {
                self.wrong(node, format!("{key} must be one line of text"), None);
                None
            }
            _ => {
                self.mismatch(key, node, "text");
                None
            }
        }
    }

    pub fn flag(&mut self, key: &str) -> Option<bool> {
        let node = self.get(key)?;
        if let Shape::Flag(flag) = node.shape {
            return Some(flag);
        }
        self.mismatch(key, node, "true or false");
        None
    }

    pub fn path(&mut self, key: &str) -> Option<String> {
        let node = self.get(key).filter(|node| node.shape != Shape::Null)?;
        let path = self.text(key, node)?;
        if path.starts_with('/') {
            self.wrong(node, format!("{key} must not begin with /"), Some("it is relative to the folder of the target file"));
            return None;
        }
        Some(path)
    }

    /// One text, or a list of texts; each with where it stands.
    fn texts(&mut self, key: &str) -> Vec<(String, &'a Node)> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let items = match &node.shape {
            Shape::Null => return Vec::new(),
            Shape::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        items.into_iter().filter_map(|item| Some((self.text(key, item)?, item))).collect()
    }

    pub fn paths(&mut self, key: &str) -> Vec<String> {
        let (inside, outside): (Vec<_>, Vec<_>) = self.texts(key).into_iter().partition(|(path, _)| !path.starts_with('/'));
        for (_, node) in outside {
            self.wrong(node, format!("{key} must not begin with /"), Some("it is relative to the folder of the target file"));
        }
        inside.into_iter().map(|(path, _)| path).collect()
    }

    /// The lines of a policy, as a field of `control` has them.
    pub fn policy(&mut self, step: Step, into: &mut Override) {
        for (line, node) in self.texts(step.as_str()) {
            if let Err(reason) = into.take(&line, step) {
                self.wrong(node, format!("{}: {reason}", step.as_str()), None);
            }
        }
    }

    /// Names of secrets, each once.
    pub fn names(&mut self, key: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, node) in self.texts(key) {
            let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
            if !is_name {
                self.wrong(
                    node,
                    "a secret is named with letters, digits, dots, dashes and underscores".to_owned(),
                    Some("write its name, never its value"),
                );
            } else if names.contains(&name) {
                self.wrong(node, format!("the secret {name} stands here for the second time"), None);
            } else {
                names.push(name);
            }
        }
        names
    }
}
