//! What is linted of a catalogue, and by whom: the same for the command `lint` and for the gate of `build`.

use crate::catalog::Definition;
use crate::config::Config;
use crate::finding::{Levels, Policy, Step};
use crate::lint::{Bases, Facts, Hadolint, HadolintError, Linted, ONLY_HADOLINTS, RULES, Subject, Which, lint};
use crate::run::survey::{Item, Survey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A Dockerfile, read, and what findings in it lead to.
#[derive(Clone, Debug)]
pub struct LintInput {
    /// The definition; none for a Dockerfile by itself.
    pub name: Option<String>,
    /// What exceptions match: the reference without a stamp, or the path of a file by itself.
    pub reference: String,
    /// The file that people edit, relative to DIRECTORY.
    pub path: String,
    /// The text of the template; none for a Dockerfile by itself.
    pub template: Option<String>,
    /// The text of the Dockerfile, rendered.
    pub text: String,
    /// Why it is no text, and in which line, from 1.
    pub broken: Option<(usize, String)>,
    /// What else is known.
    pub facts: Facts,
    /// What findings lead to.
    pub policy: Policy,
}

/// What `cooperage.hadolint` says where hadolint is not to judge.
pub const BUILTIN: &str = "builtin";

/// hadolint, where it is to judge: the one that the configuration names, or that on the `PATH` of the call.
pub fn hadolint_of(config: &Config, env: &BTreeMap<String, String>) -> Option<Hadolint> {
    match &config.cooperage.hadolint {
        Some(word) if word.as_os_str() == BUILTIN => None,
        Some(program) => Some(Hadolint { program: program.clone() }),
        None => hadolint_on_path(env),
    }
}

/// The hadolint that the `PATH` of the call has.
pub fn hadolint_on_path(env: &BTreeMap<String, String>) -> Option<Hadolint> {
    Hadolint::on(env.get("PATH")?.as_ref())
}

/// Who judges, in one line.
pub fn who_judges(hadolint: Option<&Hadolint>) -> String {
    match hadolint {
        Some(hadolint) => {
            let own: Vec<&str> = RULES.iter().map(|rule| rule.id).filter(|id| !id.starts_with("DL")).collect();
            format!("hadolint judges ({}); ours alone are {}", hadolint.program.display(), own.join(", "))
        }
        None => format!("the built-in rules judge; hadolint alone has {ONLY_HADOLINTS}"),
    }
}

/// Definitions of a catalogue as they are linted, without stamps.
pub fn lint_inputs<'a>(items: impl IntoIterator<Item = &'a Item>, survey: &Survey, config: &Config) -> Vec<LintInput> {
    let ours = survey.items.iter().map(|item| (&item.reference, item.parsed.as_ref()));
    let bases = Arc::new(Bases::new(&config.base_images, ours.chain(survey.unrendered.values().map(|reference| (reference, None)))));
    let policy = config.policy(Step::Lint);
    items.into_iter().map(|item| input(item, survey, &bases, &policy)).collect()
}

fn input(item: &Item, survey: &Survey, bases: &Arc<Bases>, policy: &Policy) -> LintInput {
    let definition = &item.definition;
    let policy = policy.with(definition.control.policy.of(Step::Lint));
    if let Some(making) = &item.making {
        return LintInput {
            name: Some(definition.name.clone()),
            reference: item.reference.to_string(),
            path: making.dockerfile_path(),
            template: None,
            text: item.rendered.dockerfile.clone(),
            broken: None,
            facts: Facts { in_catalogue: false, version: None, bases: Arc::clone(bases) },
            policy,
        };
    }
    let template = std::fs::read_to_string(definition.folder(&survey.root).join(Definition::TEMPLATE)).ok();
    LintInput {
        name: Some(definition.name.clone()),
        reference: item.reference.to_string(),
        path: definition.file(if template.is_some() { Definition::TEMPLATE } else { "Dockerfile" }),
        template,
        text: item.rendered.dockerfile.clone(),
        broken: None,
        facts: Facts { in_catalogue: true, version: Some(definition.version.as_str().to_owned()), bases: Arc::clone(bases) },
        policy,
    }
}

impl LintInput {
    fn subject(&self) -> Subject<'_> {
        Subject {
            name: self.name.as_deref(),
            path: self.path.clone(),
            template: self.template.as_deref(),
            text: &self.text,
            parsed: None,
            broken: self.broken.clone(),
            facts: self.facts.clone(),
        }
    }
}

/// Everything that is found, in the order of the inputs: by the whole table or, where hadolint judges, by it and by the
/// rules that it has not.
///
/// # Errors
/// When hadolint gives no answer, or when `interrupted`.
pub fn lint_all(
    inputs: &[LintInput],
    levels: &Levels,
    hadolint: Option<&Hadolint>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<Linted>, HadolintError> {
    let subjects: Vec<Subject<'_>> = inputs.iter().map(LintInput::subject).collect();
    let which = if hadolint.is_some() { Which::Own } else { Which::All };
    let mut linted: Vec<Linted> = subjects.iter().map(|subject| lint(subject, levels, which)).collect();
    if let Some(hadolint) = hadolint {
        let readable: Vec<usize> = (0..subjects.len()).filter(|at| subjects[*at].broken.is_none()).collect();
        let asked: Vec<Subject<'_>> = readable.iter().map(|at| subjects[*at].clone()).collect();
        let answers = hadolint.lint(&asked, levels, interrupted)?;
        for (at, answer) in readable.into_iter().zip(answers) {
            linted[at].findings.extend(answer.findings);
            linted[at].silenced += answer.silenced;
        }
    }
    Ok(linted)
}
