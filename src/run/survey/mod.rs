//! Reads and renders a catalogue and links its definitions: the first half of every command.

mod in_the_way;
pub(in crate::run) mod inputs;
pub(in crate::run) mod names;
mod parallel;

use crate::catalog::{Broken, Catalogue, CatalogueError, Defect, Definition, Severity, YankedVersions, discover};
use crate::config::{Config, ConfigError};
use crate::dockerfile::{self, Dockerfile};
use crate::name::{Reference, ReferenceError};
use crate::plan::{Graph, OtherNames, PlanOptions, Source, link_with_names};
use crate::publish::{Destinations, Placement, Placements, Subject};
use crate::template::{ImageNames, Rendered, Renderer, TemplateSettings};
use crate::update::JOURNAL;
use parallel::in_parallel;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A definition that could be rendered.
#[derive(Debug)]
pub struct Item {
    /// The definition.
    pub definition: Definition,
    /// Where it is published, without a stamp.
    pub reference: Reference,
    /// The rendered Dockerfile, without a stamp.
    pub rendered: Rendered,
    /// The Dockerfile as read; `None` where it could not be (then there is a defect or warning).
    pub parsed: Option<Dockerfile>,
}

/// A catalogue, read, rendered and linked.
#[derive(Debug)]
pub struct Survey {
    /// DIRECTORY.
    pub root: PathBuf,
    /// What could be rendered, by name.
    pub items: Vec<Item>,
    /// The sound definitions and their edges.
    pub graph: Graph,
    /// What is broken.
    pub defects: Vec<Defect>,
    /// What should be looked at.
    pub warnings: Vec<Defect>,
    /// For every definition on a cycle, the name under which the cycle's defect is told.
    pub cyclic: HashMap<String, String>,
    /// References of definitions that have one and could not be rendered, by name.
    pub unrendered: HashMap<String, Reference>,
    /// Definitions that could not be read, placed or rendered, as far as they are known.
    pub broken: Vec<Broken>,
    /// Registry and namespace as they stand before every name, with the slash.
    pub prefix: String,
    /// Where images go.
    pub destinations: Destinations,
    /// Where each image of the catalogue goes, without stamps; also those that could not be rendered.
    pub placements: Placements,
    /// Versions that are passed over.
    pub yanked: YankedVersions,
    item_of_node: Vec<usize>,
}

/// Whether Dockerfiles that do not parse are defects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// They are.
    Strict,
    /// They are shown as they are, with a warning.
    Lenient,
}

/// Why there is nothing to work with.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// DIRECTORY cannot be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The list of destinations is wrong.
    #[error(transparent)]
    Destinations(#[from] ConfigError),
    /// `registry` and `namespace` make no reference.
    #[error("registry \"{registry}\" and namespace \"{namespace}\" cannot stand before an image's name: {source}")]
    Prefix {
        /// The configured registry.
        registry: String,
        /// The configured namespace.
        namespace: String,
        /// What is wrong.
        source: ReferenceError,
    },
}

impl Survey {
    /// The item of a node.
    pub fn item(&self, node: usize) -> &Item {
        &self.items[self.item_of_node[node]]
    }

    /// Where images go in a run that gives the selected ones a stamp; nothing where it gives none.
    pub fn stamped_placements(&self, selected: &[bool], options: &PlanOptions) -> Option<Placements> {
        let stamp = options.stamp.as_ref()?;
        let tags: Vec<String> = self
            .items
            .iter()
            .map(|item| {
                let is_stamped = self.graph.find(&item.definition.name).is_some_and(|node| selected[node]);
                if is_stamped { format!("{}-{stamp}", item.definition.version) } else { item.definition.version.to_string() }
            })
            .collect();
        let subjects =
            self.items.iter().zip(&tags).map(|(item, tag)| Subject { tag: tag.as_str(), ..subject(&item.definition, &item.reference) });
        Some(Placements::of(&self.destinations, subjects))
    }

    /// What to pull another version of a node by; `wanted` is that version's name in the engine. Nothing where no
    /// registry takes the image.
    pub fn pull_reference_of(&self, node: usize, wanted: &Reference) -> Option<Reference> {
        self.placements_of(node, wanted.manifest_name()).iter().find_map(Placement::pull_reference)
    }

    /// The registries' names of what the engine calls `name`; nothing where it is no image of the catalogue.
    pub fn places_of(&self, name: &Reference) -> Vec<Reference> {
        if !self.destinations.is_listed() {
            return vec![name.clone()];
        }
        let whole = name.name();
        let node = whole.strip_prefix(&self.prefix).and_then(|name| self.graph.find(name));
        let placements = node.map(|node| self.placements_of(node, name.manifest_name())).unwrap_or_default();
        placements.iter().filter_map(|placement| placement.version.reference().cloned()).collect()
    }

    /// Where another version of a node goes.
    pub fn placements_of(&self, node: usize, version: &str) -> Vec<Placement> {
        let definition = &self.item(node).definition;
        let other = Subject { version, tag: version, ..subject(definition, &self.graph.nodes[node].reference) };
        Placements::of(&self.destinations, [other]).find(&definition.name).to_vec()
    }

    /// The folder of a node, below DIRECTORY.
    pub fn folder(&self, node: usize) -> PathBuf {
        self.item(node).definition.folder(&self.root)
    }
}

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

pub(in crate::run) fn subject<'a>(definition: &'a Definition, reference: &'a Reference) -> Subject<'a> {
    let version = definition.version.as_str();
    Subject { name: &definition.name, path: &definition.path, reference, version, tag: version }
}

fn linked(
    root: &Path,
    config: &Config,
    items: Vec<Item>,
    broken: &HashSet<String>,
    mut found: Found,
    (destinations, placements, yanked): (Destinations, Placements, YankedVersions),
) -> Survey {
    let args = &config.cooperage.build_args;
    let sources = items.iter().filter(|item| !broken.contains(&item.definition.name)).map(|item| source(item, args, &yanked)).collect();
    let others = if destinations.is_listed() { placements.other_names() } else { OtherNames::new() };
    let links = link_with_names(sources, &config.base_images, broken, &others);
    found.defects.extend(links.defects);
    found.warnings.extend(links.warnings);
    let by_name: HashMap<&str, usize> = items.iter().enumerate().map(|(at, item)| (item.definition.name.as_str(), at)).collect();
    let item_of = |name: &str| by_name.get(name).map(|&at| &items[at]);
    let item_of_node = links.graph.nodes.iter().map(|node| by_name[node.name.as_str()]).collect();
    for list in [&mut found.defects, &mut found.warnings] {
        *list = std::mem::take(list).into_iter().map(|told| in_template(root, item_of, told)).collect();
        list.sort_by(|a, b| (&a.path, a.line, a.code).cmp(&(&b.path, b.line, b.code)));
    }
    let prefix = [&config.registry, &config.namespace].into_iter().filter(|part| !part.is_empty()).map(|part| format!("{part}/")).collect();
    let Found { defects, warnings, broken, unrendered } = found;
    let (root, graph, cyclic) = (root.to_path_buf(), links.graph, links.cyclic);
    Survey { root, items, graph, defects, warnings, cyclic, unrendered, broken, prefix, destinations, placements, yanked, item_of_node }
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
pub(in crate::run) fn place(definitions: Vec<Definition>, config: &Config, found: &mut Found) -> Vec<(Definition, Reference)> {
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

/// What templates see of the configuration.
pub fn settings(config: &Config) -> TemplateSettings {
    TemplateSettings {
        registry: config.registry.clone(),
        namespace: config.namespace.clone(),
        base_images: config.base_images.clone(),
        apt_options: config.apt_options.clone(),
        apt_only_proxy: config.apt_only_proxy.clone(),
        uid_mappings: config.uid_mappings.clone(),
        variables: config.template_variables(),
    }
}

/// The references that `image_tag` gives for images of the tree.
#[derive(Debug, Default)]
pub struct TreeNames {
    references: HashMap<String, String>,
    broken: HashSet<String>,
}

impl TreeNames {
    /// Names with their references.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Reference)>) -> Self {
        let references = pairs.into_iter().map(|(name, reference)| (name.to_owned(), reference.to_string())).collect();
        Self { references, broken: HashSet::new() }
    }
}

impl ImageNames for TreeNames {
    fn reference_of(&self, name: &str) -> Option<String> {
        self.references.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.references.keys().cloned().collect()
    }

    fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }
}

type Placed = (Definition, Reference);
type Outcome = Result<Rendered, crate::template::RenderError>;

/// Renders on several threads; the order stays.
fn render_all(renderer: &Renderer, placed: Vec<Placed>, workers: usize) -> Vec<(Placed, Outcome)> {
    let outcomes = in_parallel(&placed, workers, |(definition, _)| renderer.render(&definition.path));
    placed.into_iter().zip(outcomes).collect()
}

fn judge(definition: Definition, reference: Reference, rendered: Rendered, config: &Config, judging: Judging, found: &mut Found) -> Item {
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
    Item { definition, reference, rendered, parsed }
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
pub(in crate::run) struct Found {
    pub(in crate::run) defects: Vec<Defect>,
    pub(in crate::run) warnings: Vec<Defect>,
    pub(in crate::run) broken: Vec<Broken>,
    pub(in crate::run) unrendered: HashMap<String, Reference>,
}

impl Found {
    fn leave_out(&mut self, definition: Definition) {
        self.broken.push(Broken { name: definition.name, path: definition.path, control: definition.control });
    }

    /// Files something wrong with a rendered Dockerfile as a defect or, for a lenient reader, a warning.
    fn add(&mut self, judging: Judging, definition: &Definition, defect: Defect) {
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

/// People edit the template, not the rendered Dockerfile: where the template has the line too, say where.
fn in_template<'a>(root: &Path, item_of: impl Fn(&str) -> Option<&'a Item>, told: Defect) -> Defect {
    let is_rendered = told.path.as_deref().is_some_and(|path| path == "Dockerfile" || path.ends_with("/Dockerfile"));
    let (Some(name), Some(line), true) = (&told.name, told.line, is_rendered) else { return told };
    let Some(item) = item_of(name) else { return told };
    // A template that cannot be read any more leaves the place as it is.
    let template = std::fs::read_to_string(item.definition.folder(root).join(Definition::TEMPLATE)).unwrap_or_default();
    match line_in_template(&template, &item.rendered.dockerfile, line) {
        Some(line) => told.at(item.definition.file(Definition::TEMPLATE)).line(line),
        None => told,
    }
}

/// The line of the template that a rendered line comes from: the one with the same text or, where both have as
/// many lines that start with its first word, the one at the same place among them.
fn line_in_template(template: &str, rendered: &str, line: usize) -> Option<usize> {
    let wanted = rendered.lines().nth(line.checked_sub(1)?)?;
    let keyword = wanted.split_whitespace().next()?;
    let place = |belongs: &dyn Fn(&str) -> bool| {
        let before = rendered.lines().take(line - 1).filter(|text| belongs(text)).count();
        let all = rendered.lines().filter(|text| belongs(text)).count();
        let there: Vec<usize> = template.lines().enumerate().filter(|(_, text)| belongs(text)).map(|(at, _)| at).collect();
        (there.len() == all).then(|| there[before] + 1)
    };
    place(&|text| text == wanted).or_else(|| place(&|text| text.split_whitespace().next() == Some(keyword)))
}
