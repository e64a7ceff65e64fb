//! `list`: the definitions and where their images are.

use crate::cli::documents::{ListDocument, ListedDestination, ListedImage, ReasonDocument};
use crate::cli::exit::{Trouble, UNREACHABLE};
use crate::cli::options::{Call, Format, ListOptions};
use crate::cli::surroundings::{Surroundings, publishing};
use crate::name::Digest;
use crate::plan::{EngineSide, Facts, Node, Plan, PlanOptions, Planned, RegistrySide, Standing, Unclear, decide, select};
use crate::publish::PlacementProblem;
use crate::report::{Cell, Paint, Table, json, text};
use crate::run::{Judging, Revision, RunError, Session, Survey, Wanted, ask, compare_inputs, publishes, survey};
use std::collections::HashMap;
use std::io::Write as _;

/// Prints the definitions.
pub async fn run(call: &Call, options: &ListOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let flags = publishing(options.publishing.publish, options.publishing.no_publish);
    let config = surroundings.configure(call, flags.into_iter().collect())?;
    super::show_config_warnings(surroundings, &config);
    if options.publishing.publish {
        publishes(&config)?;
    }
    let selection = super::selection(&options.choice, &options.directory)?;
    let mut survey = survey(&options.directory, &config, Judging::Strict)?;
    survey.defects.extend(survey.placements.problems().iter().map(PlacementProblem::to_defect));
    survey.warnings.extend(super::hint_of_larger_catalogue(&options.directory));
    let selected = select(&survey.graph, &selection).map_err(RunError::from)?;
    let online = !options.offline;
    let revision = if online { super::revision(&options.directory, &mut survey.warnings) } else { Revision::default() };
    let wanted = Wanted { engine: online, registry: online };
    let session = Session::open(config, surroundings.env.clone(), options.directory.clone(), revision, wanted).await?;
    let plan_options = PlanOptions { publishing: publishes(&session.config).unwrap_or(false), ..PlanOptions::default() };
    let facts = facts(&session, &survey, &selected, &plan_options).await;
    survey.warnings.extend(session.stale_sign_ins());
    let plan = if online { decided(&survey, &selected, &facts, &plan_options) } else { Plan::default() };
    let planned: HashMap<usize, &Planned> = plan.images.iter().map(|image| (image.node, image)).collect();
    let images: Vec<ListedImage> = (0..selected.len())
        .filter(|&node| selected[node])
        .map(|node| listed(&survey, node, &facts[node], planned.get(&node).copied()))
        .collect();
    let unknown = images.iter().any(|image| image.presence == Some(UNKNOWN));
    print(&survey, images, surroundings)?;
    say_what_did_not_answer(&survey, &facts, unknown, surroundings);
    Ok(if unknown { UNREACHABLE } else { u8::from(!survey.defects.is_empty()) })
}

async fn facts(session: &Session, survey: &Survey, selected: &[bool], options: &PlanOptions) -> Vec<Facts> {
    let involved = survey.graph.with_ancestors(selected);
    let mut presence = ask(session, survey, &involved, selected, options).await;
    compare_inputs(survey, &session.config, session.boundary(), &mut presence, &|| false);
    presence.facts
}

/// The decisions for everything that is clear.
fn decided(survey: &Survey, selected: &[bool], facts: &[Facts], options: &PlanOptions) -> Plan {
    let unclear = |facts: &Facts| matches!(facts.registry, RegistrySide::Unknown(_)) || matches!(facts.engine, EngineSide::Unknown(_));
    let touched = survey.graph.with_descendants(&facts.iter().map(unclear).collect::<Vec<bool>>());
    let clear: Vec<bool> = selected.iter().zip(&touched).map(|(selected, touched)| *selected && !touched).collect();
    decide(&survey.graph, &clear, facts, options).unwrap_or_default()
}

const UNKNOWN: &str = "unknown";

fn listed(survey: &Survey, node: usize, facts: &Facts, planned: Option<&Planned>) -> ListedImage {
    let found = &survey.graph.nodes[node];
    let digest = match &facts.registry {
        RegistrySide::Published(digest) => Some(digest.to_string()),
        _ => None,
    };
    let image_id = match &facts.engine {
        EngineSide::Held(held) => Some(held.id.to_string()),
        _ => None,
    };
    ListedImage {
        name: found.name.clone(),
        version: found.version.to_string(),
        tag: found.version.to_string(),
        reference: found.reference.to_string(),
        path: found.path.clone(),
        depends: parents(survey, found, false),
        inferred: parents(survey, found, true),
        presence: presence(facts),
        image_id,
        digest,
        destinations: destinations(facts),
        reason: planned.map(|planned| ReasonDocument::from(&planned.reason)),
    }
}

/// What each destination says.
pub(super) fn destinations(facts: &Facts) -> Vec<ListedDestination> {
    let row = |standing: &Standing| {
        let (presence, digest) = match &standing.side {
            RegistrySide::NotAsked => return None,
            RegistrySide::Absent => ("missing", None),
            RegistrySide::Published(digest) => ("published", Some(digest.to_string())),
            RegistrySide::Unknown(_) => (UNKNOWN, None),
        };
        Some(ListedDestination { name: standing.name.clone(), reference: standing.location.clone(), presence, digest })
    };
    facts.standings.iter().filter_map(row).collect()
}

fn parents(survey: &Survey, node: &Node, only_inferred: bool) -> Vec<String> {
    let edges = node.parents.iter().filter(|edge| !only_inferred || edge.control.is_none());
    edges.map(|edge| survey.graph.nodes[edge.parent].name.clone()).collect()
}

/// One word for both sides; nothing where nobody was asked.
pub(super) fn presence(facts: &Facts) -> Option<&'static str> {
    Some(match (&facts.registry, &facts.engine) {
        (RegistrySide::NotAsked, EngineSide::NotAsked) => return None,
        (RegistrySide::Published(_), _) if !facts.lacking().is_empty() => "partial",
        (RegistrySide::Published(_), _) => "published",
        (RegistrySide::Unknown(_), _) | (_, EngineSide::Unknown(_)) => UNKNOWN,
        (_, EngineSide::Held(_)) => "built",
        _ => "missing",
    })
}

fn print(survey: &Survey, images: Vec<ListedImage>, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let document = ListDocument { v: 1, images, defects: &survey.defects, warnings: &survey.warnings };
        return Ok(json(&mut out, &document)?);
    }
    let several = survey.destinations.list().len() > 1;
    let mut head = vec!["image", "presence", "digest or image id", "parents"];
    if several {
        head.insert(2, "at");
    }
    let mut table = Table::new(&head);
    for image in &images {
        let id = image.digest.as_deref().or(image.image_id.as_deref()).and_then(Digest::parse);
        let mut cells = vec![
            Cell::from(super::shown(&image.reference, &image.name, &image.tag, &surroundings.out)),
            Cell::new(image.presence.unwrap_or("-"), paint(image.presence)),
            Cell::new(id.map_or_else(|| "-".to_owned(), |id| id.short().to_owned()), Paint::Faint),
            Cell::from(image.depends.join(" ").as_str()),
        ];
        if several {
            cells.insert(2, Cell::from(holders(image)));
        }
        table.row(cells);
    }
    text(&mut out, &table.render(&surroundings.out))?;
    super::show(surroundings, &[&survey.warnings, &survey.defects]);
    Ok(())
}

/// The destinations that have an image.
fn holders(image: &ListedImage) -> String {
    let have = image.destinations.iter().filter(|destination| destination.presence == "published");
    let names: Vec<&str> = have.map(|destination| destination.name.as_str()).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(" ") }
}

fn paint(presence: Option<&str>) -> Paint {
    match presence {
        Some("published") => Paint::Good,
        Some("built" | "partial") => Paint::Caution,
        Some(UNKNOWN) => Paint::Bad,
        _ => Paint::None,
    }
}

/// Who did not answer and why, each cause once. It is a warning where the other side knew enough.
pub(super) fn say_what_did_not_answer(survey: &Survey, facts: &[Facts], unknown: bool, surroundings: &Surroundings) {
    let mut said = Vec::new();
    for (node, facts) in survey.graph.nodes.iter().zip(facts) {
        if let RegistrySide::Unknown(why) = &facts.registry {
            said.push((node.reference.to_string(), why.clone()));
        }
        if let EngineSide::Unknown(why) = &facts.engine {
            said.push((node.reference.to_string(), why.clone()));
        }
    }
    let (head, paint) = if unknown { ("cooperage:", Paint::Bad) } else { ("warning:", Paint::Caution) };
    let mut err = std::io::stderr().lock();
    for cause in Unclear(said).causes() {
        let others = cause.references.len().saturating_sub(1);
        let more = if cause.is_common || others == 0 { String::new() } else { format!(" (and so for {others} more)") };
        // There is nobody left to tell when stderr is gone.
        let _ = writeln!(err, "{} {}{more}", paint.on(&surroundings.err, head), cause.why);
    }
}
