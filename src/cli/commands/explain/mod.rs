//! `explain`: why an image would or would not be built.

mod policy;

use crate::cli::commands;
use crate::cli::documents::{ListedDestination, PolicyDocument, ReasonDocument};
use crate::cli::exit::Trouble;
use crate::cli::options::{Call, ExplainOptions, Format};
use crate::cli::surroundings::{Surroundings, publishing};
use crate::config::Config;
use crate::name::nearest;
use crate::plan::{EngineSide, Facts, InputsLabel, Plan, PlanOptions, RegistrySide, Selection, decide};
use crate::report::{Paint, json, text};
use crate::run::{Inputs, Presence, RunError, Session, Survey, Wanted, ask, choose, compare_inputs, publishes};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;

/// The document.
#[derive(Serialize)]
struct Document {
    v: u32,
    name: String,
    reference: String,
    path: String,
    action: Option<&'static str>,
    reason: Option<ReasonDocument>,
    registry: Side,
    /// What each destination says; only where the configuration lists destinations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    destinations: Vec<ListedDestination>,
    engine: Side,
    inputs: InputsDocument,
    parents: Vec<ParentDocument>,
    bases: Vec<BaseDocument>,
    /// What findings lead to.
    policies: Vec<PolicyDocument>,
}

/// What engine or registry says.
#[derive(Serialize)]
struct Side {
    presence: &'static str,
    digest: Option<String>,
    message: Option<String>,
}

/// What the image is made from.
#[derive(Serialize)]
struct InputsDocument {
    digest: Option<String>,
    engine_label: Option<String>,
    same: Option<bool>,
    version_from: String,
    files: Vec<String>,
    build_args: Vec<String>,
    message: Option<String>,
}

/// A parent in the tree.
#[derive(Serialize)]
struct ParentDocument {
    name: String,
    reference: String,
    from: Vec<&'static str>,
    line: Option<usize>,
    action: Option<&'static str>,
    reason: Option<ReasonDocument>,
}

/// An image from outside.
#[derive(Serialize)]
struct BaseDocument {
    reference: String,
    line: usize,
}

/// Prints why.
pub async fn run(call: &Call, options: &ExplainOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let flags = publishing(options.publishing.publish, options.publishing.no_publish);
    let config = surroundings.configure(call, flags.into_iter().collect())?;
    commands::show_config_warnings(surroundings, &config);
    if options.publishing.publish {
        publishes(&config)?;
    }
    let online = !options.offline;
    let mut doubts = Vec::new();
    let revision = commands::revision(&options.directory, &mut doubts);
    commands::show(surroundings, &[&doubts]);
    let wanted = Wanted { engine: online, registry: online };
    let (survey, node) = one(&options.directory, &config, &options.image)?;
    let mut selected = vec![false; survey.graph.nodes.len()];
    selected[node] = true;
    let session = Session::open(config, surroundings.env.clone(), options.directory.clone(), revision, wanted).await?;
    let plan_options = PlanOptions { publishing: publishes(&session.config).unwrap_or(false), ..PlanOptions::default() };
    let involved = survey.graph.with_ancestors(&selected);
    let mut presence = ask(&session, &survey, &involved, &selected, &plan_options).await;
    compare_inputs(&survey, &session.config, session.boundary(), &mut presence, &|| false);
    commands::show(surroundings, &[&session.stale_sign_ins()]);
    let decided = decide(&survey.graph, &selected, &presence.facts, &plan_options);
    let (plan, trouble) = match decided {
        Ok(plan) if online => (plan, None),
        Ok(_) => (Plan::default(), None),
        Err(unclear) => (Plan::default(), Some(RunError::from(unclear))),
    };
    let document = explained(&session, &survey, node, &presence, &plan);
    let mut out = std::io::stdout().lock();
    match surroundings.format {
        Format::Json => json(&mut out, &document)?,
        Format::Human | Format::Sarif | Format::Github => text(&mut out, &for_people(&document, surroundings))?,
    }
    match trouble {
        Some(error) => Err(error.into()),
        None => Ok(0),
    }
}

/// The catalogue and one node of it. Defects elsewhere do not matter: only what the image itself needs can be in
/// its way.
pub(in crate::cli) fn one(directory: &Path, config: &Config, name: &str) -> Result<(Survey, usize), Trouble> {
    let none = Selection { changed: Some(Vec::new()), ..Selection::default() };
    let (survey, mut selected) = choose(directory, config, &none)?;
    let node = survey.graph.find(name).ok_or_else(|| unknown(&survey, name))?;
    selected[node] = true;
    let in_the_way = survey.defects_in_the_way(&none, &selected);
    if !in_the_way.is_empty() {
        return Err(RunError::Defects(survey.with_causes(&in_the_way)).into());
    }
    Ok((survey, node))
}

/// What to say of a name that no sound definition has.
pub(in crate::cli) fn unknown(survey: &Survey, name: &str) -> Trouble {
    // The defect of a cycle is told under the name of one of its members.
    let told = survey.cyclic.get(name).map_or(name, String::as_str);
    if let Some(defect) = survey.defects.iter().find(|defect| defect.name.as_deref() == Some(told)) {
        return RunError::Defects(survey.with_causes(&[defect])).into();
    }
    let broken = survey.defects.iter().filter_map(|defect| defect.name.as_deref());
    let near = nearest(name, survey.graph.nodes.iter().map(|node| node.name.as_str()).chain(broken));
    let hint =
        if near.is_empty() { "`cooperage list --offline` shows all".to_owned() } else { format!("did you mean {}?", near.join(", ")) };
    Trouble::call(format!("there is no definition named {name}; {hint}"))
}

fn explained(session: &Session, survey: &Survey, node: usize, presence: &Presence, plan: &Plan) -> Document {
    let found = &survey.graph.nodes[node];
    let planned = plan.images.iter().find(|image| image.node == node);
    let facts = &presence.facts[node];
    Document {
        v: 1,
        name: found.name.clone(),
        reference: found.reference.to_string(),
        path: found.path.clone(),
        action: planned.map(|planned| planned.action.as_str()),
        reason: planned.map(|planned| ReasonDocument::from(&planned.reason)),
        registry: registry_side(facts),
        destinations: if survey.destinations.is_listed() { commands::list::destinations(facts) } else { Vec::new() },
        engine: engine_side(facts),
        inputs: inputs(session, survey, node, presence),
        parents: parents(survey, node, plan),
        bases: found.bases.iter().map(|base| BaseDocument { reference: base.reference.clone(), line: base.line }).collect(),
        policies: policy::policies(&session.config, &survey.item(node).definition.control.policy, &found.reference.to_string()),
    }
}

const NOT_ASKED: &str = "not asked";

fn registry_side(facts: &Facts) -> Side {
    let (presence, digest, message) = match &facts.registry {
        RegistrySide::NotAsked => (NOT_ASKED, None, None),
        RegistrySide::Absent => ("missing", None, None),
        RegistrySide::Published(digest) => {
            (if facts.lacking().is_empty() { "published" } else { "partial" }, Some(digest.to_string()), None)
        }
        RegistrySide::Unknown(why) => ("unknown", None, Some(why.clone())),
    };
    Side { presence, digest, message }
}

fn engine_side(facts: &Facts) -> Side {
    let (presence, digest, message) = match &facts.engine {
        EngineSide::NotAsked => (NOT_ASKED, None, None),
        EngineSide::Absent => ("missing", None, None),
        EngineSide::Held(held) => ("built", Some(held.id.to_string()), None),
        EngineSide::Unknown(why) => ("unknown", None, Some(why.clone())),
    };
    Side { presence, digest, message }
}

fn inputs(session: &Session, survey: &Survey, node: usize, presence: &Presence) -> InputsDocument {
    let mut marked = vec![false; survey.graph.nodes.len()];
    marked[node] = true;
    let computed = Inputs::new(survey, &session.config, session.boundary()).of(&marked, &|| false).inputs.remove(&node);
    let (digest, message) = match computed {
        Some(Ok(digest)) => (Some(digest.to_string()), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    let local = presence.local.get(&survey.graph.nodes[node].reference.canonical());
    let item = survey.item(node);
    InputsDocument {
        same: match &presence.facts[node].engine {
            EngineSide::Held(held) if held.label == InputsLabel::Same => Some(true),
            EngineSide::Held(held) if held.label == InputsLabel::Differs => Some(false),
            _ => None,
        },
        digest,
        engine_label: local.and_then(|image| image.labels.get(crate::run::INPUTS_LABEL).cloned()),
        version_from: format!("{}:{}", item.definition.file("changelog"), item.definition.changelog.first().line),
        files: item.rendered.sources.iter().map(|path| path.display().to_string()).collect(),
        build_args: session.config.cooperage.build_args.keys().cloned().collect(),
        message,
    }
}

fn parents(survey: &Survey, node: usize, plan: &Plan) -> Vec<ParentDocument> {
    let edges = survey.graph.nodes[node].parents.iter();
    let document = |edge: &crate::plan::Edge| {
        let parent = &survey.graph.nodes[edge.parent];
        let planned = plan.images.iter().find(|image| image.node == edge.parent);
        ParentDocument {
            name: parent.name.clone(),
            reference: parent.reference.to_string(),
            from: [edge.control.map(|_| "control"), edge.dockerfile.map(|_| "dockerfile")].into_iter().flatten().collect(),
            line: edge.dockerfile,
            action: planned.map(|planned| planned.action.as_str()),
            reason: planned.map(|planned| ReasonDocument::from(&planned.reason)),
        }
    };
    edges.map(document).collect()
}

fn for_people(document: &Document, surroundings: &Surroundings) -> String {
    let mut shown = String::new();
    let strong = |text: &str| Paint::Strong.on(&surroundings.out, text);
    let verdict = match (&document.action, &document.reason) {
        (Some(action), Some(reason)) => format!("{action}: {} [{}]", reason.text, reason.code),
        _ if document.engine.presence == NOT_ASKED => "nothing is decided, because engine and registry were not asked".to_owned(),
        _ => "nothing is decided, because engine or registry did not say".to_owned(),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(shown, "{}  {verdict}", strong(&document.reference));
    let _ = writeln!(shown, "  version   from {}", document.inputs.version_from);
    for (name, side) in [("registry", &document.registry), ("engine", &document.engine)] {
        let digest = side.digest.as_ref().map_or_else(String::new, |digest| format!(" {digest}"));
        let message = side.message.as_ref().map_or_else(String::new, |message| format!(": {message}"));
        let _ = writeln!(shown, "  {name:<9} {}{digest}{message}", side.presence);
        if name == "registry" {
            list_destinations(&mut shown, &document.destinations);
        }
    }
    let _ = writeln!(shown, "  inputs    {}", document.inputs.digest.as_deref().or(document.inputs.message.as_deref()).unwrap_or("-"));
    if let Some(label) = &document.inputs.engine_label {
        let verdict = match document.inputs.same {
            Some(true) => "the same",
            Some(false) => "not the same",
            None if document.inputs.digest.as_ref() == Some(label) => "the same",
            None => "not the same, but this version is published; a new changelog entry would build it",
        };
        let _ = writeln!(shown, "            the engine's copy says {label}: {verdict}");
    }
    for file in &document.inputs.files {
        let _ = writeln!(shown, "  read      {file}");
    }
    for name in &document.inputs.build_args {
        let _ = writeln!(shown, "  build arg {name}");
    }
    for parent in &document.parents {
        let place = parent.line.map_or_else(String::new, |line| format!(", line {line} of the rendered Dockerfile"));
        let action = parent.action.map_or_else(String::new, |action| format!("; in the same run: {action}"));
        let _ = writeln!(shown, "  parent    {} (from {}{place}){action}", parent.reference, parent.from.join(" and "));
    }
    for base in &document.bases {
        let _ = writeln!(shown, "  base      {} (line {} of the rendered Dockerfile)", base.reference, base.line);
    }
    for policy in &document.policies {
        let _ = writeln!(shown, "  {:<9} {}", policy.step, policy::for_people(policy));
    }
    shown
}

fn list_destinations(shown: &mut String, destinations: &[ListedDestination]) {
    for destination in destinations {
        let digest = destination.digest.as_ref().map_or_else(String::new, |digest| format!(" {digest}"));
        let _ = writeln!(shown, "            {} at {}: {}{digest}", destination.reference, destination.name, destination.presence);
    }
}
