//! `graph`: which definition needs which, as a document or a picture.

use crate::catalog::Defect;
use crate::cli::documents::{GraphDocument, GraphEdge, GraphNode};
use crate::cli::exit::{Trouble, UNREACHABLE};
use crate::cli::options::views::{GraphOptions, Language};
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::plan::{Edge, Facts, PlanOptions, select};
use crate::report::{Drawing, DrawnEdge, DrawnNode, MOST_MERMAID_EDGES, Presence, dot, json, mermaid, replace, svg, text};
use crate::run::{Judging, RunError, Session, Survey, Wanted, ask, survey};

/// Prints or writes the graph.
pub async fn run(call: &Call, options: &GraphOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if surroundings.format == Format::Json && options.language != Language::Json {
        return Err(Trouble::call("--format json prints a JSON document, so it goes with --as json only; leave one of them out"));
    }
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let selection = super::selection(&options.choice, &options.directory)?;
    let mut survey = survey(&options.directory, &config, Judging::Strict)?;
    survey.warnings.extend(super::hint_of_larger_catalogue(&options.directory));
    // What is selected may be what is broken.
    let broken = || survey.defects.clone();
    let marked = select(&survey.graph, &selection).map_err(|error| Trouble::from(RunError::from(error)).with(broken()))?;
    let facts = if options.presence { Some(facts(config, options, surroundings, &mut survey, &marked).await?) } else { None };
    let drawing = drawing(&survey, &marked, facts.as_deref());
    let pictured = picture(&survey, &drawing, options)?;
    match &options.output {
        Some(path) => replace("the graph", path, pictured.as_bytes())?,
        None => text(&mut std::io::stdout().lock(), &pictured)?,
    }
    if options.language == Language::Mermaid && drawing.edges.len() > MOST_MERMAID_EDGES {
        let message =
            format!("the graph has {} edges; Mermaid draws {MOST_MERMAID_EDGES} unless its maxEdges is raised", drawing.edges.len());
        survey
            .warnings
            .push(Defect::warning("too_many_edges", message).help("narrow with --select and --with-dependents, or write --as svg"));
    }
    if options.language != Language::Json || surroundings.format == Format::Human {
        super::show(surroundings, &[&survey.warnings, &survey.defects]);
    }
    let unknown = drawing.nodes.iter().any(|node| node.presence == Some(Presence::Unknown));
    super::list::say_what_did_not_answer(&survey, facts.as_deref().unwrap_or_default(), unknown, surroundings);
    Ok(if unknown { UNREACHABLE } else { u8::from(!survey.defects.is_empty()) })
}

async fn facts(
    config: Config,
    options: &GraphOptions,
    surroundings: &Surroundings,
    survey: &mut Survey,
    marked: &[bool],
) -> Result<Vec<Facts>, Trouble> {
    let revision = super::revision(&options.directory, &mut survey.warnings);
    let wanted = Wanted { engine: true, registry: true };
    let session = Session::open(config, surroundings.env.clone(), options.directory.clone(), revision, wanted).await?;
    let facts = ask(&session, survey, marked, marked, &PlanOptions::default()).await.facts;
    survey.warnings.extend(session.stale_sign_ins());
    Ok(facts)
}

/// The marked part of the graph, with nodes by name and edges by parent, then child.
pub(super) fn drawing(survey: &Survey, marked: &[bool], facts: Option<&[Facts]>) -> Drawing {
    let graph = &survey.graph;
    let levels = graph.levels(marked);
    let mut group_of = vec![0; graph.nodes.len()];
    for (group, members) in graph.groups(marked).into_iter().enumerate() {
        members.into_iter().for_each(|node| group_of[node] = group);
    }
    let shown: Vec<usize> = (0..graph.nodes.len()).filter(|&node| marked[node]).collect();
    let place = |node: usize| shown.binary_search(&node).ok();
    let nodes = shown.iter().map(|&node| DrawnNode {
        name: graph.nodes[node].name.clone(),
        version: graph.nodes[node].version.to_string(),
        reference: graph.nodes[node].reference.to_string(),
        level: levels[node],
        group: group_of[node],
        presence: facts.and_then(|facts| super::list::presence(&facts[node])).and_then(Presence::of),
    });
    let edge = |child: usize, edge: &Edge| {
        Some(DrawnEdge {
            parent: place(edge.parent)?,
            child: place(child)?,
            control: edge.control.is_some(),
            dockerfile: edge.dockerfile.is_some(),
        })
    };
    let mut edges: Vec<DrawnEdge> =
        shown.iter().flat_map(|&node| graph.nodes[node].parents.iter().filter_map(move |parent| edge(node, parent))).collect();
    edges.sort_by_key(|edge| (edge.parent, edge.child));
    let critical_path = graph.critical_path(marked).into_iter().filter_map(place).collect();
    Drawing { nodes: nodes.collect(), edges, critical_path }
}

fn picture(survey: &Survey, drawing: &Drawing, options: &GraphOptions) -> Result<String, Trouble> {
    Ok(match options.language {
        Language::Dot => dot(drawing),
        Language::Mermaid => mermaid(drawing),
        Language::Svg => svg(drawing).map_err(|error| Trouble::call(error.to_string()))?,
        Language::Json => {
            let mut bytes = Vec::new();
            json(&mut bytes, &document(survey, drawing))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    })
}

/// The document of a drawing.
pub(super) fn document<'a>(survey: &'a Survey, drawing: &'a Drawing) -> GraphDocument<'a> {
    let name = |node: usize| drawing.nodes[node].name.as_str();
    let from = |edge: &DrawnEdge| [("control", edge.control), ("dockerfile", edge.dockerfile)];
    GraphDocument {
        v: 1,
        nodes: drawing
            .nodes
            .iter()
            .map(|node| GraphNode {
                name: &node.name,
                reference: &node.reference,
                level: node.level,
                presence: node.presence.map(Presence::word),
            })
            .collect(),
        edges: drawing
            .edges
            .iter()
            .map(|edge| GraphEdge {
                parent: name(edge.parent),
                child: name(edge.child),
                from: from(edge).into_iter().filter_map(|(word, said)| said.then_some(word)).collect(),
            })
            .collect(),
        critical_path: drawing.critical_path.iter().map(|&node| name(node)).collect(),
        defects: &survey.defects,
        warnings: &survey.warnings,
    }
}
