//! The decisions: presence in, actions out.

use super::{Action, EngineSide, Facts, Graph, Held, InputsLabel, Note, Plan, Planned, Reason, RegistrySide, Standing, Unclear, Withheld};
use crate::name::{Reference, ReferenceError, Stamp};
use std::collections::HashSet;

/// How a run was called, as far as planning cares.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// Whether good images are pushed.
    pub publishing: bool,
    /// `--no-pull`.
    pub no_pull: bool,
    /// The stamp of `--nightly` or `--snapshot`.
    pub stamp: Option<Stamp>,
    /// Images that labels of the change skip, with everything that needs them.
    pub skip: HashSet<String>,
}

impl PlanOptions {
    /// The reference a selected node gets: stamped, if the run is.
    ///
    /// # Errors
    /// When version and stamp together make no valid tag.
    pub fn stamped(&self, reference: &Reference) -> Result<Reference, ReferenceError> {
        match &self.stamp {
            Some(stamp) => Reference::parse(&format!("{reference}-{stamp}")),
            None => Ok(reference.clone()),
        }
    }
}

/// Decides for every selected node and the parents it brings along.
///
/// # Errors
/// When engine or registry gave no clear answer about a node that is selected or an ancestor of one: an
/// outage must never look like "not published".
pub fn decide(graph: &Graph, selected: &[bool], facts: &[Facts], options: &PlanOptions) -> Result<Plan, Unclear> {
    let involved = graph.with_ancestors(selected);
    let unclear = unclear(graph, &involved, facts);
    if !unclear.is_empty() {
        return Err(Unclear(unclear));
    }
    let decider = Decider { graph, selected, facts, options, withheld: withheld(graph, facts), skipped: skipped(graph, &options.skip) };
    Ok(decider.plan(decider.verdicts()))
}

fn unclear(graph: &Graph, involved: &[bool], facts: &[Facts]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for &node in graph.order.iter().filter(|&&node| involved[node]) {
        let fact = &facts[node];
        for side in [&fact.registry, &fact.stamped] {
            if let RegistrySide::Unknown(why) = side {
                found.push((graph.nodes[node].reference.to_string(), why.clone()));
            }
        }
        if let EngineSide::Unknown(why) = &fact.engine {
            found.push((graph.nodes[node].reference.to_string(), why.clone()));
        }
    }
    found
}

/// What may not be published: UNRELEASED definitions, and what stands on one that is not published either. A
/// child carries its parent's layers, so publishing it would publish them.
fn withheld(graph: &Graph, facts: &[Facts]) -> Vec<Option<Withheld>> {
    let mut withheld: Vec<Option<Withheld>> = vec![None; graph.nodes.len()];
    for &node in &graph.order {
        let published = |parent: usize| matches!(facts[parent].registry, RegistrySide::Published(_));
        let held_back = |parent: usize| withheld[parent].is_some() && !published(parent);
        let mut parents = graph.nodes[node].parents.iter().map(|edge| edge.parent);
        withheld[node] = if graph.nodes[node].unreleased {
            Some(Withheld::Itself)
        } else {
            parents.find(|&parent| held_back(parent)).map(|parent| match &withheld[parent] {
                Some(Withheld::Parent(root)) => Withheld::Parent(root.clone()),
                _ => Withheld::Parent(graph.nodes[parent].name.clone()),
            })
        };
    }
    withheld
}

/// What labels skip: the images they name and everything that needs one of them.
fn skipped(graph: &Graph, names: &HashSet<String>) -> Vec<Option<Reason>> {
    let mut skipped: Vec<Option<Reason>> = vec![None; graph.nodes.len()];
    for &node in &graph.order {
        let name = &graph.nodes[node].name;
        skipped[node] = if names.contains(name) {
            Some(Reason::SkipLabel { named: name.clone(), itself: true })
        } else {
            let mut above = graph.nodes[node].parents.iter().filter_map(|edge| skipped[edge.parent].as_ref());
            above.find_map(|reason| match reason {
                Reason::SkipLabel { named, .. } => Some(Reason::SkipLabel { named: named.clone(), itself: false }),
                _ => None,
            })
        };
    }
    skipped
}

/// An action with its reason, before it is known whether anybody needs it.
type Verdict = (Action, Reason);

struct Decider<'a> {
    graph: &'a Graph,
    selected: &'a [bool],
    facts: &'a [Facts],
    options: &'a PlanOptions,
    withheld: Vec<Option<Withheld>>,
    skipped: Vec<Option<Reason>>,
}

impl Decider<'_> {
    /// Whether a parent is built decides about its children, and whether a child is built decides which parents
    /// take part at all. So both are settled in turn until no more parents come in; there are at most as many
    /// turns as the graph has levels.
    fn verdicts(&self) -> Vec<Option<Verdict>> {
        let mut needed_by: Vec<Option<usize>> = vec![None; self.graph.nodes.len()];
        loop {
            let verdicts = self.settle(&needed_by);
            if !self.bring_parents(&verdicts, &mut needed_by) {
                return verdicts;
            }
        }
    }

    /// Verdicts for what takes part, parents first.
    fn settle(&self, needed_by: &[Option<usize>]) -> Vec<Option<Verdict>> {
        let mut settled: Vec<Option<Verdict>> = vec![None; self.graph.nodes.len()];
        for &node in &self.graph.order {
            if self.selected[node] || needed_by[node].is_some() {
                settled[node] = Some(self.explained(node, self.verdict(node, &settled), needed_by[node]));
            }
        }
        settled
    }

    /// Marks the parents of what is built. Returns whether any is new.
    fn bring_parents(&self, verdicts: &[Option<Verdict>], needed_by: &mut [Option<usize>]) -> bool {
        let mut any_new = false;
        for &node in self.graph.order.iter().filter(|&&node| matches!(verdicts[node], Some((Action::Build, _)))) {
            for edge in &self.graph.nodes[node].parents {
                any_new |= !self.selected[edge.parent] && needed_by[edge.parent].is_none();
                needed_by[edge.parent].get_or_insert(node);
            }
        }
        any_new
    }

    fn verdict(&self, node: usize, settled: &[Option<Verdict>]) -> Verdict {
        if let Some(reason) = &self.skipped[node] {
            return (Action::Skip, reason.clone());
        }
        let own = self.own_verdict(node);
        // What is published somewhere is copied, never built again.
        let copy_is_used = matches!(own.0, Action::Publish | Action::Test) && !matches!(own.1, Reason::Partial { .. });
        match self.built_parent(node, settled).filter(|_| copy_is_used && !self.options.no_pull) {
            Some(parent) => (Action::Build, Reason::ParentBuilt(parent)),
            None => own,
        }
    }

    fn built_parent(&self, node: usize, settled: &[Option<Verdict>]) -> Option<String> {
        let is_built = |parent: usize| matches!(settled[parent], Some((Action::Build, _)));
        let parents = self.graph.nodes[node].parents.iter().map(|edge| edge.parent);
        parents.into_iter().find(|&parent| is_built(parent)).map(|parent| self.graph.nodes[parent].name.clone())
    }

    /// What would be done with a node if its parents are as they were.
    fn own_verdict(&self, node: usize) -> Verdict {
        let facts = &self.facts[node];
        if let Some(stamp) = self.options.stamp.as_ref().filter(|_| self.selected[node]) {
            return match facts.stamped {
                RegistrySide::Published(_) => {
                    self.partial(node, facts.lacking_stamped()).unwrap_or((Action::Skip, Reason::AlreadyPublished))
                }
                _ => (Action::Build, Reason::Stamped(stamp.to_string())),
            };
        }
        let published = matches!(facts.registry, RegistrySide::Published(_));
        let has_copy = !self.options.no_pull || matches!(facts.engine, EngineSide::Held(_));
        if let Some(verdict) = self.partial(node, facts.lacking()).filter(|_| self.selected[node] && has_copy) {
            return verdict;
        }
        match &facts.engine {
            EngineSide::Held(_) if published => (Action::Skip, Reason::Published),
            EngineSide::Held(held) => self.held(node, held),
            _ if published && self.options.no_pull => (Action::Build, Reason::NoPull),
            _ if published => (Action::Skip, Reason::Published),
            _ => self.missing(node),
        }
    }

    /// What is to be copied to destinations that lack it.
    fn partial(&self, node: usize, lacking: Vec<&Standing>) -> Option<Verdict> {
        let missing: Vec<String> = lacking.into_iter().map(|standing| standing.name.clone()).collect();
        let may = self.options.publishing && self.withheld[node].is_none() && !missing.is_empty();
        may.then_some((Action::Publish, Reason::Partial { missing }))
    }

    fn held(&self, node: usize, held: &Held) -> Verdict {
        let used_as_it_is = self.options.no_pull && !self.selected[node];
        if used_as_it_is {
            return (Action::Skip, Reason::NotPublished { publishing: false });
        }
        match (held.label, &self.withheld[node]) {
            (InputsLabel::Differs, _) => (Action::Build, Reason::InputsChanged),
            (_, Some(withheld)) => (Action::Test, Reason::Unreleased(withheld.clone())),
            _ if self.facts[node].nowhere => (Action::Test, Reason::NoDestination),
            _ if self.options.publishing => (Action::Publish, Reason::NotPublished { publishing: true }),
            _ => (Action::Test, Reason::NotPublished { publishing: false }),
        }
    }

    fn missing(&self, node: usize) -> Verdict {
        let registry_asked = self.facts[node].registry != RegistrySide::NotAsked;
        (Action::Build, Reason::Missing { registry_asked, withheld: self.withheld[node].clone() })
    }

    /// For a parent that was brought along, the child is the reason.
    fn explained(&self, node: usize, verdict: Verdict, needed_by: Option<usize>) -> Verdict {
        match (needed_by, &verdict) {
            (Some(child), (Action::Build, Reason::Missing { .. })) if !self.selected[node] => {
                (Action::Build, Reason::NeededByChild(self.graph.nodes[child].name.clone()))
            }
            _ => verdict,
        }
    }

    fn plan(&self, verdicts: Vec<Option<Verdict>>) -> Plan {
        let mut plan = Plan::default();
        for &node in &self.graph.order {
            let Some((action, reason)) = verdicts[node].clone() else { continue };
            // A parent that is only there to be built upon and needs nothing is not worth a line.
            if action == Action::Skip && !self.selected[node] {
                continue;
            }
            self.note(node, action, &mut plan);
            self.note_private_parent(node, &verdicts, &mut plan);
            plan.images.push(Planned {
                node,
                reference: self.reference(node),
                push: self.pushes(node, action),
                action,
                reason,
                selected: self.selected[node],
            });
        }
        plan
    }

    fn note(&self, node: usize, action: Action, plan: &mut Plan) {
        if let EngineSide::Held(Held { label: InputsLabel::Missing, .. }) = &self.facts[node].engine
            && matches!(action, Action::Publish | Action::Test)
            && self.facts[node].lacking().is_empty()
        {
            let text = "the engine's copy has no inputs label, so whether it was made from this definition is not known";
            plan.notes.push(Note { node, code: "no_inputs_label", text: text.to_owned() });
        }
    }

    /// With `--no-pull` a published parent that the engine lacks is built again and stays private, while its
    /// children are published: they carry layers that nobody finds under the parent's name.
    fn note_private_parent(&self, node: usize, verdicts: &[Option<Verdict>], plan: &mut Plan) {
        let is_private = |parent: usize| matches!(verdicts[parent], Some((Action::Build, Reason::NoPull)));
        let parents = self.graph.nodes[node].parents.iter().map(|edge| edge.parent);
        for parent in parents.filter(|&parent| is_private(parent) && self.pushes(node, Action::Build)) {
            let parent = &self.graph.nodes[parent].reference;
            let text = format!("is published on a fresh build of {parent}, not on the published one, because of --no-pull");
            plan.notes.push(Note { node, code: "private_parent", text });
        }
    }

    /// Version and stamp were checked to make a tag when the facts were asked for.
    fn reference(&self, node: usize) -> Reference {
        let plain = &self.graph.nodes[node].reference;
        if self.selected[node] { self.options.stamped(plain).unwrap_or_else(|_| plain.clone()) } else { plain.clone() }
    }

    fn pushes(&self, node: usize, action: Action) -> bool {
        let stamped = self.options.stamp.is_some() && self.selected[node];
        let side = if stamped { &self.facts[node].stamped } else { &self.facts[node].registry };
        let taken = matches!(side, RegistrySide::Published(_));
        self.options.publishing && action != Action::Skip && self.withheld[node].is_none() && !taken && !self.facts[node].nowhere
    }
}
