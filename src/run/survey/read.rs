//! Reading, rendering and linking, in that order.

use super::in_template::in_template;
use super::judge::{Found, judge};
use super::parallel::in_parallel;
use super::tree_names::{TreeNames, settings};
use super::{Item, Judging, Survey, SurveyError, subject};
use crate::catalog::{Catalogue, Defect, Definition, YankedVersions, discover};
use crate::config::Config;
use crate::name::Reference;
use crate::plan::{OtherNames, Source, link_with_names};
use crate::publish::{Destinations, Placements};
use crate::template::{Rendered, Renderer};
use crate::update::JOURNAL;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// Reads, renders and links the catalogue below `root`.
///
/// # Errors
/// When there is no catalogue, or registry and namespace make no reference. What is wrong with single
/// definitions becomes a defect.
pub fn survey(root: &Path, config: &Config, judging: Judging) -> Result<Survey, SurveyError> {
    check_prefix(config)?;
    let destinations = Destinations::of(config)?;
    let Catalogue { definitions, broken, defects, warnings, .. } = discover(root, config.scan_workers)?;
    let mut found = Found { defects, warnings, broken, unrendered: HashMap::new() };
    found.warnings.extend(interrupted_update(root));
    let yanked = YankedVersions::read(root).unwrap_or_else(|defect| {
        found.defects.push(*defect);
        YankedVersions::default()
    });
    let placed = place(definitions, config, &mut found);
    let placements = Placements::of(&destinations, placed.iter().map(|(definition, reference)| subject(definition, reference)));
    let mut broken: HashSet<String> = found.defects.iter().filter_map(|defect| defect.name.clone()).collect();
    let pairs = placed.iter().map(|(definition, reference)| (definition.name.as_str(), reference));
    let names = Arc::new(TreeNames { broken: broken.clone(), ..TreeNames::of(pairs) });
    let renderer = Renderer::new(settings(config), names, root.to_path_buf());
    let mut items = Vec::with_capacity(placed.len());
    for ((definition, reference), outcome) in render_all(&renderer, placed, config.scan_workers) {
        match outcome {
            Ok(rendered) => items.push(judge(definition, reference, rendered, config, judging, &mut found)),
            Err(error) => {
                broken.insert(definition.name.clone());
                found.unrendered.insert(definition.name.clone(), reference);
                found.defects.push(error.to_defect(&definition.name));
                found.leave_out(definition);
            }
        }
    }
    if judging == Judging::Strict {
        broken.extend(items.iter().filter(|item| item.parsed.is_none()).map(|item| item.definition.name.clone()));
    }
    found.warnings.extend(unknown_yanked(&items, &broken, &yanked));
    Ok(linked(root, config, items, &broken, found, (destinations, placements, yanked)))
}

fn linked(
    root: &Path,
    config: &Config,
    items: Vec<Item>,
    broken: &HashSet<String>,
    found: Found,
    (destinations, placements, yanked): (Destinations, Placements, YankedVersions),
) -> Survey {
    let others = if destinations.is_listed() { placements.other_names() } else { OtherNames::new() };
    linked_with(root, config, items, broken, found, (destinations, placements, yanked), &others)
}

/// The same with names beside those of the destinations.
fn linked_with(
    root: &Path,
    config: &Config,
    items: Vec<Item>,
    broken: &HashSet<String>,
    mut found: Found,
    (destinations, placements, yanked): (Destinations, Placements, YankedVersions),
    others: &OtherNames,
) -> Survey {
    let args = &config.cooperage.build_args;
    let sources = items.iter().filter(|item| !broken.contains(&item.definition.name)).map(|item| source(item, args, &yanked)).collect();
    let links = link_with_names(sources, &config.base_images, broken, others);
    found.defects.extend(links.defects);
    found.warnings.extend(links.warnings);
    let by_name: HashMap<&str, usize> = items.iter().enumerate().map(|(at, item)| (item.definition.name.as_str(), at)).collect();
    let item_of = |name: &str| by_name.get(name).map(|&at| &items[at]);
    let item_of_node = links.graph.nodes.iter().map(|node| by_name[node.name.as_str()]).collect();
    for list in [&mut found.defects, &mut found.warnings] {
        *list = std::mem::take(list).into_iter().map(|told| in_template(root, item_of, told)).collect();
        list.sort_by(|a, b| (&a.path, a.line, a.code).cmp(&(&b.path, b.line, b.code)));
        // A catalogue that is joined by entries was linked before.
        list.dedup();
    }
    let prefix = [&config.registry, &config.namespace].into_iter().filter(|part| !part.is_empty()).map(|part| format!("{part}/")).collect();
    let Found { defects, warnings, broken, unrendered } = found;
    let (root, graph, cyclic) = (root.to_path_buf(), links.graph, links.cyclic);
    Survey { root, items, graph, defects, warnings, cyclic, unrendered, broken, prefix, destinations, placements, yanked, item_of_node }
}

/// Entries of the container index beside a catalogue, linked as one. `names` are those that Dockerfiles may use.
pub(in crate::run) fn joined(
    root: &Path,
    config: &Config,
    mut items: Vec<Item>,
    catalogue: Option<Survey>,
    (destinations, names): (Destinations, OtherNames),
    (defects, warnings): (Vec<Defect>, Vec<Defect>),
) -> Survey {
    let mut found = Found { defects, warnings, ..Found::default() };
    let mut yanked = YankedVersions::default();
    let mut top = root.to_path_buf();
    if let Some(survey) = catalogue {
        top = survey.root;
        items.extend(survey.items);
        found.defects.extend(survey.defects);
        found.warnings.extend(survey.warnings);
        found.broken.extend(survey.broken);
        found.unrendered.extend(survey.unrendered);
        yanked = survey.yanked;
    }
    let broken: HashSet<String> = found.defects.iter().filter_map(|defect| defect.name.clone()).collect();
    let placements = Placements::of(&destinations, items.iter().map(Item::subject));
    linked_with(&top, config, items, &broken, found, (destinations, placements, yanked), &names)
}

fn source(item: &Item, args: &BTreeMap<String, String>, yanked: &YankedVersions) -> Source {
    Source {
        name: item.definition.name.clone(),
        version: item.definition.version.clone(),
        path: item.definition.path.clone(),
        reference: item.reference.clone(),
        unreleased: item.definition.is_unreleased(),
        yanked: yanked.why(&item.definition.name, item.definition.version.as_str()),
        relations: item.definition.control.relations.clone(),
        uses: item.parsed.as_ref().map(|parsed| parsed.external_references(args)).unwrap_or_default(),
    }
}

/// Marks that hit nothing: a slip of the pen would leave a bad version in use.
fn unknown_yanked(items: &[Item], broken: &HashSet<String>, yanked: &YankedVersions) -> Vec<Defect> {
    let unknown = yanked.list().iter().filter(|one| !broken.contains(&one.name)).filter(|one| {
        let entries = items.iter().filter(|item| item.definition.name == one.name).flat_map(|item| &item.definition.changelog.entries);
        !entries.into_iter().any(|entry| entry.version.as_str() == one.version)
    });
    let warning = |one: &crate::catalog::YankedVersion| {
        let message = format!("{} {} is yanked, and no changelog has it", one.name, one.version);
        Defect::warning("yanked_unknown", message).at(YankedVersions::FILE).line(one.line).help("correct the line, or remove it")
    };
    unknown.map(warning).collect()
}

/// A warning where an update was killed while it wrote: parents may have their new entry and children not.
fn interrupted_update(root: &Path) -> Option<Defect> {
    let help = "the next `cooperage update` takes back what was written, unless all was";
    let warning =
        || Defect::warning("interrupted_update", "an update of this catalogue was interrupted while it wrote").at(JOURNAL).help(help);
    root.join(JOURNAL).exists().then(warning)
}

pub(in crate::run) fn check_prefix(config: &Config) -> Result<(), SurveyError> {
    match Reference::compose(&config.registry, &config.namespace, "x", "1") {
        Ok(_) => Ok(()),
        Err(source) => Err(SurveyError::Prefix { registry: config.registry.clone(), namespace: config.namespace.clone(), source }),
    }
}

/// Gives every definition its reference; one that cannot have any becomes a defect.
pub(super) fn place(definitions: Vec<Definition>, config: &Config, found: &mut Found) -> Vec<(Definition, Reference)> {
    let mut placed = Vec::with_capacity(definitions.len());
    for definition in definitions {
        match Reference::compose(&config.registry, &config.namespace, &definition.name, definition.version.as_str()) {
            Ok(reference) => placed.push((definition, reference)),
            Err(error) => {
                found.defects.push(
                    Defect::error("bad_reference", error.to_string())
                        .at(definition.file(Definition::CHANGELOG))
                        .of(&definition.name)
                        .help("choose another name or version in the first changelog entry"),
                );
                found.leave_out(definition);
            }
        }
    }
    placed
}

type Placed = (Definition, Reference);
type Outcome = Result<Rendered, crate::template::RenderError>;

/// Renders on several threads; the order stays.
fn render_all(renderer: &Renderer, placed: Vec<Placed>, workers: usize) -> Vec<(Placed, Outcome)> {
    let outcomes = in_parallel(&placed, workers, |(definition, _)| renderer.render(&definition.path));
    placed.into_iter().zip(outcomes).collect()
}
