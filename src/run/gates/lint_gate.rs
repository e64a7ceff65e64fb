//! Lint as the first gate of a run: everything that is to be built is judged before anything is pulled or built.

use super::linting::{LintInput, hadolint_of, lint_all, lint_inputs, who_judges};
use crate::finding::{Counts, Judged, Levels, Mode, Verdict, judge};
use crate::lint::{Hadolint, HadolintError, levels};
use crate::plan::{Action, Plan};
use crate::run::session::Session;
use crate::run::work::failure::Failure;
use crate::run::work::prepare::{Prepared, RunError};
use crate::run::work::shared::Shared;
use jiff::civil::Date;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// What lint says of the images that are to be built, by node; without those that it is off for.
#[derive(Debug, Default)]
pub struct LintGate {
    judged: BTreeMap<usize, Judged>,
    who: String,
}

impl LintGate {
    /// What it says of one image; none where lint is off, and for what is not built.
    pub fn of(&self, node: usize) -> Option<&Judged> {
        self.judged.get(&node)
    }

    /// Who judged, in one line.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// The plan without what lint keeps from being built, and what needs that: nothing is to be pulled for those.
    pub fn let_through(&self, prepared: &Prepared) -> Plan {
        let graph = &prepared.survey.graph;
        let mut plan = prepared.plan.clone();
        let mut stopped: Vec<bool> = (0..graph.nodes.len()).map(|node| self.stops(node)).collect();
        // As often as something new is found, because a plan's order is not that of its graph.
        loop {
            let needs = |node: &usize| !stopped[*node] && graph.nodes[*node].parents.iter().any(|edge| stopped[edge.parent]);
            let more: Vec<usize> = plan.work().map(|image| image.node).filter(needs).collect();
            if more.is_empty() {
                break;
            }
            more.into_iter().for_each(|node| stopped[node] = true);
        }
        plan.images.retain(|image| !stopped[image.node]);
        plan
    }

    fn stops(&self, node: usize) -> bool {
        self.of(node).is_some_and(|judged| judged.verdict == Verdict::Blocked)
    }
}

/// Lints what is to be built. hadolint, where it judges, is called once for all.
///
/// # Errors
/// When the configuration names rules that do not exist, when hadolint gives no answer, after Ctrl-C.
pub async fn lint_builds(session: &Session, prepared: &Prepared, today: Date, cancel: &CancellationToken) -> Result<LintGate, RunError> {
    let survey = &prepared.survey;
    let is_known = |node: usize| survey.item(node).making.as_ref().is_none_or(|making| making.is_known());
    let nodes =
        prepared.plan.images.iter().filter(|image| image.action == Action::Build).map(|image| image.node).filter(|node| is_known(*node));
    let nodes: Vec<usize> = nodes.collect();
    let inputs = lint_inputs(nodes.iter().map(|node| survey.item(*node)), survey, &session.config);
    let wanted: Vec<(usize, LintInput)> = nodes.into_iter().zip(inputs).filter(|(_, input)| input.policy.mode != Mode::Off).collect();
    if wanted.is_empty() {
        return Ok(LintGate::default());
    }
    let levels = levels(&session.config.cooperage.lint_rules).map_err(|error| RunError::Refused(vec![error.to_string()]))?;
    let hadolint = hadolint_of(&session.config, &session.env);
    let cancel = cancel.clone();
    let work = tokio::task::spawn_blocking(move || judged(wanted, &levels, hadolint.as_ref(), today, &|| cancel.is_cancelled()));
    // A panic there is a bug of ours and must not pass for a good lint.
    work.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// Lints the Dockerfile of one image, which was not known before its project was prepared.
///
/// # Errors
/// As [`lint_builds`].
pub async fn lint_one(shared: &Shared, node: usize, text: &str) -> Result<Judged, Failure> {
    let survey = &shared.prepared.survey;
    let mut inputs = lint_inputs([survey.item(node)], survey, &shared.config);
    inputs.iter_mut().for_each(|input| input.text = text.to_owned());
    let levels = levels(&shared.config.cooperage.lint_rules).map_err(|error| Failure::of(error.to_string()))?;
    let (hadolint, today, cancel) = (hadolint_of(&shared.config, &shared.env), shared.today, shared.cancel.clone());
    let wanted = inputs.into_iter().map(|input| (node, input)).collect();
    let work = tokio::task::spawn_blocking(move || judged(wanted, &levels, hadolint.as_ref(), today, &|| cancel.is_cancelled()));
    let mut gate =
        work.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())).map_err(|error| Failure::of(error.to_string()))?;
    gate.judged.remove(&node).ok_or_else(|| Failure::of("lint gave no answer"))
}

fn judged(
    wanted: Vec<(usize, LintInput)>,
    levels: &Levels,
    hadolint: Option<&Hadolint>,
    today: Date,
    interrupted: &dyn Fn() -> bool,
) -> Result<LintGate, RunError> {
    let (nodes, inputs): (Vec<usize>, Vec<LintInput>) = wanted.into_iter().unzip();
    let linted = lint_all(&inputs, levels, hadolint, interrupted).map_err(|error| match error {
        HadolintError::Interrupted => RunError::Interrupted,
        error => RunError::Hadolint(error),
    })?;
    let judged = inputs.iter().zip(linted).map(|(input, linted)| {
        let judged = judge(linted.findings, &input.policy, &input.reference, input.name.as_deref(), today);
        Judged { counts: Counts { silenced: linted.silenced, ..judged.counts }, ..judged }
    });
    Ok(LintGate { judged: nodes.into_iter().zip(judged).collect(), who: who_judges(hadolint) })
}
