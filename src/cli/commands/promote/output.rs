//! What `promote` prints.

use crate::catalog::{Defect, Severity};
use crate::cli::documents::{MoveDocument, ProblemDocument, PromoteDocument};
use crate::cli::exit::Trouble;
use crate::cli::options::Format;
use crate::cli::reporters::Reporters;
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::event::TagOutcome;
use crate::name::{Reference, Tag};
use crate::publish::promotion::{Action, Move, Problem, PromotionPlan, Source};
use crate::report::{Cell, Paint, Table, json, text};
use crate::run::Promoted;

pub fn print(config: &Config, plan: &PromotionPlan, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let problems = plan.problems.iter().map(|problem| problem_document(config, problem)).collect();
        let moves = plan.moves.iter().map(move_document).collect();
        return Ok(json(&mut out, &PromoteDocument { v: 1, ok: plan.is_ok(), problems, moves })?);
    }
    let mut table = Table::new(&["action", "kind", "reference", "from", "digest"]).references(2).references(3);
    for row in &plan.moves {
        let digest = row.digest.as_ref().map_or("-", |digest| digest.short());
        table.row([
            Cell::new(row.action.as_str(), paint(row.action)),
            Cell::from(row.kind.as_str()),
            Cell::from(row.reference.to_string()),
            Cell::from(source(&row.source)),
            Cell::new(digest, Paint::Faint),
        ]);
    }
    if !table.is_empty() {
        text(&mut out, &table.render(&surroundings.out))?;
    } else if plan.is_ok() {
        text(&mut out, "nothing to promote\n")?;
    }
    let found: Vec<Defect> = plan.problems.iter().map(|problem| defect(config, problem)).collect();
    super::super::show(surroundings, &[&found]);
    Ok(())
}

/// Shows problems beside a run, and tells them as events.
pub fn problems(config: &Config, plan: &PromotionPlan, reporters: &Reporters) {
    let found: Vec<Defect> = plan.problems.iter().map(|problem| defect(config, problem)).collect();
    reporters.problems(&found);
}

/// What became of every name, also in words what is left for whoever called.
pub fn results(results: &[Promoted<'_>], surroundings: &Surroundings) -> Result<(), Trouble> {
    if surroundings.format == Format::Json {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let mut table = Table::new(&["outcome", "kind", "reference", "from", "digest", "kept as"]).references(2).references(3).references(5);
    for result in results {
        let digest = result.of.digest.as_ref().map_or("-", |digest| digest.short());
        table.row([
            Cell::new(result.outcome.as_str(), paint_outcome(result.outcome)),
            Cell::from(result.of.kind.as_str()),
            Cell::from(result.of.reference.to_string()),
            Cell::from(source(&result.of.source)),
            Cell::new(digest, Paint::Faint),
            Cell::from(result.kept_as.as_ref().and_then(Reference::tag).map_or("-", Tag::as_str)),
        ]);
    }
    if table.is_empty() {
        return Ok(text(&mut out, "nothing to promote\n")?);
    }
    text(&mut out, &table.render(&surroundings.out))?;
    let to_set = results.iter().filter(|result| result.outcome == TagOutcome::ToSet);
    let lines: String = to_set.map(|result| format!("  {} -> {}\n", result.of.reference, result.of.source)).collect();
    if !lines.is_empty() {
        text(&mut out, &format!("tags of streams are in no registry; set them in the central cluster:\n{lines}"))?;
    }
    Ok(())
}

fn paint_outcome(outcome: TagOutcome) -> Paint {
    match outcome {
        TagOutcome::Moved => Paint::Good,
        TagOutcome::There => Paint::Faint,
        TagOutcome::ToSet | TagOutcome::Open | TagOutcome::Unlisted => Paint::Caution,
        TagOutcome::Left | TagOutcome::Lost | TagOutcome::Gone | TagOutcome::Refused => Paint::Bad,
    }
}

/// Without the digest, which has a column of its own.
fn source(source: &Source) -> String {
    match source {
        Source::At(reference) if reference.digest().is_some() => reference.name(),
        other => other.to_string(),
    }
}

fn paint(action: Action) -> Paint {
    match action {
        Action::Create => Paint::Good,
        Action::Move => Paint::Caution,
        Action::Keep => Paint::Faint,
        Action::Refuse => Paint::Bad,
    }
}

fn problem_document<'a>(config: &Config, problem: &'a Problem) -> ProblemDocument<'a> {
    let location = config.location(&format!("cooperage.{}", problem.path)).unwrap_or_default();
    ProblemDocument {
        code: problem.code.as_str(),
        severity: problem.code.severity(),
        path: &problem.path,
        message: &problem.message,
        help: &problem.help,
        file: location.path,
        line: location.line,
        column: location.column,
    }
}

fn move_document(of: &Move) -> MoveDocument<'_> {
    MoveDocument {
        image: &of.image,
        source: of.source.to_string(),
        reference: of.reference.to_string(),
        pull_reference: of.pull_reference.as_ref().map(ToString::to_string),
        kind: of.kind.as_str(),
        digest: of.digest.as_ref().map(ToString::to_string),
        action: of.action.as_str(),
    }
}

/// The same as a defect, which is shown with its place.
fn defect(config: &Config, problem: &Problem) -> Defect {
    let location = config.location(&format!("cooperage.{}", problem.path)).unwrap_or_default();
    let make = if problem.code.severity() == Severity::Error { Defect::error } else { Defect::warning };
    let mut defect = make(problem.code.as_str(), problem.message.clone()).help(problem.help.clone());
    (defect.path, defect.line, defect.column) = (location.path, location.line, location.column);
    defect
}
