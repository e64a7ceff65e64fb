//! Pages: templates that the program brings along, such as those of mails. A folder may replace any of them; values are
//! escaped in those whose names end in `.html.j2`. They see the values they are given and nothing else.

use super::renderer::LONGEST;
use super::{python, strict};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How many instructions one rendering may take; real ones take some thousands.
const FUEL: u64 = 1_000_000;

/// The largest template that is read from a folder, in bytes.
const LARGEST: u64 = 1 << 20;

/// A set of templates.
#[derive(Debug)]
pub struct Pages {
    environment: Environment<'static>,
}

/// A page that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The file of a template cannot be read.
    #[error("the template {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A template is wrong, or asks for what there is not.
    #[error("the template {name}{}: {reason}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Wrong {
        /// Its name, or its file.
        name: String,
        /// Its line.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
}

impl Pages {
    /// These templates, by name; a file of the same name in `folder` stands for the built-in one.
    ///
    /// # Errors
    /// When a file cannot be read, or is no template.
    pub fn load(builtin: &[(&'static str, &'static str)], folder: Option<&Path>) -> Result<Self, PageError> {
        let mut environment = environment();
        for (name, text) in builtin {
            let own = folder.map(|folder| folder.join(name)).filter(|path| path.exists());
            let text = match &own {
                Some(path) => read(path)?,
                None => (*text).to_owned(),
            };
            let shown = own.map_or_else(|| (*name).to_owned(), |path| path.display().to_string());
            environment.add_template_owned(*name, text).map_err(|error| wrong(&shown, &error))?;
        }
        Ok(Self { environment })
    }

    /// Renders one with these values.
    ///
    /// # Errors
    /// When it asks for what is not among them, does not end or is too long.
    pub fn render(&self, name: &str, values: &impl Serialize) -> Result<String, PageError> {
        let template = self.environment.get_template(name).map_err(|error| wrong(name, &error))?;
        let text = template.render(Value::from(Serde(values))).map_err(|error| wrong(name, &error))?;
        if text.len() > LONGEST {
            let reason = format!("it writes more than {} MB", LONGEST >> 20);
            return Err(PageError::Wrong { name: name.to_owned(), line: None, reason });
        }
        Ok(text)
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| if name.ends_with(".html.j2") { AutoEscape::Html } else { AutoEscape::None });
    environment.set_unknown_method_callback(python::method);
    environment.set_fuel(Some(FUEL));
    // It fails for delimiters that are alike, and these are the usual ones.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment.remove_global("debug");
    strict::register(&mut environment);
    environment
}

fn read(path: &Path) -> Result<String, PageError> {
    let failed = |source| PageError::Unreadable { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
        return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
    }
    std::fs::read_to_string(path).map_err(failed)
}

fn wrong(name: &str, error: &Error) -> PageError {
    let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    PageError::Wrong { name: name.to_owned(), line: error.line(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BUILTIN: &[(&str, &str)] = &[("a.txt.j2", "{{ x }}\n"), ("a.html.j2", "<b>{{ x }}</b>\n")];

    #[test]
    fn only_html_is_escaped() {
        let pages = Pages::load(BUILTIN, None).unwrap();
        let values = json!({"x": "<script>'&\""});
        assert_eq!(pages.render("a.txt.j2", &values).unwrap(), "<script>'&\"\n");
        assert_eq!(pages.render("a.html.j2", &values).unwrap(), "<b>&lt;script&gt;&#x27;&amp;&quot;</b>\n");
    }

    #[test]
    fn a_folder_replaces_some_and_what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt.j2");
        let load = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Pages::load(BUILTIN, Some(folder.path()))
        };
        let pages = load("own {{ x }}").unwrap();
        assert_eq!(pages.render("a.txt.j2", &json!({"x": 1})).unwrap(), "own 1");
        assert_eq!(pages.render("a.html.j2", &json!({"x": 1})).unwrap(), "<b>1</b>\n");
        let error = pages.render("a.txt.j2", &json!({})).unwrap_err().to_string();
        assert!(error.starts_with("the template a.txt.j2, line 1: ") && error.contains("undefined"), "{error}");
        let error = load("a\n{% if %}").unwrap_err().to_string();
        assert!(error.contains("a.txt.j2, line 2: "), "{error}");
        let pages = load("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}").unwrap();
        assert!(pages.render("a.txt.j2", &json!({})).is_err());
    }
}
