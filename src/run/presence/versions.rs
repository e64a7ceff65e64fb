//! Asks every destination for the versions of images: registries and OCI layouts.

use crate::name::Tag;
use crate::plan::{Facts, RegistrySide, Standing};
use crate::publish::{Location, Placement, Placements};
use crate::registry::{Layout, Lookup, Named, Registry, RegistryError, Repository as _};
use crate::run::survey::Survey;
use futures_util::StreamExt as _;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What is to be asked.
pub struct Questions<'a> {
    /// The catalogue.
    pub survey: &'a Survey,
    /// The nodes that are asked about.
    pub marked: &'a [bool],
    /// Those of them whose stamped versions are asked for, too.
    pub selected: &'a [bool],
    /// Where images go in a run with stamps.
    pub stamped: Option<&'a Placements>,
}

/// One question: where its answer goes, and what it is.
struct Question<'a> {
    node: usize,
    stamped: bool,
    at: usize,
    location: &'a Location,
}

impl<'a> Questions<'a> {
    /// Asks, with `workers` requests to a registry at once. Without a client nobody is asked.
    pub async fn ask(&self, registry: Option<&dyn Registry>, workers: usize) -> Vec<Facts> {
        let mut facts = self.open();
        let Some(registry) = registry else { return facts.into_iter().map(not_asked).collect() };
        let questions = self.questions();
        let hosts: BTreeSet<&str> = questions.iter().filter_map(|question| Some(question.location.reference()?.registry())).collect();
        let desk = Desk { registry, down: Mutex::default() };
        let width = workers.max(1) * hosts.len().max(1);
        let answers = futures_util::stream::iter(questions).map(|question| async {
            let side = desk.answer(question.location).await;
            (question, side)
        });
        let mut answers = std::pin::pin!(answers.buffer_unordered(width));
        while let Some((question, side)) = answers.next().await {
            let facts = &mut facts[question.node];
            let standings = if question.stamped { &mut facts.stamped_standings } else { &mut facts.standings };
            standings[question.at].side = side;
        }
        for facts in &mut facts {
            facts.registry = RegistrySide::together(&facts.standings);
            facts.stamped = RegistrySide::together(&facts.stamped_standings);
        }
        facts
    }

    /// Facts with a standing for each question, not asked yet.
    fn open(&self) -> Vec<Facts> {
        let is_listed = self.survey.destinations.is_listed();
        let facts = |node: usize| {
            if !self.marked[node] {
                return Facts::default();
            }
            let standings = self.standings(self.plain(node));
            let nowhere = is_listed && standings.is_empty();
            Facts { standings, stamped_standings: self.standings(self.of_stamped(node)), nowhere, ..Facts::default() }
        };
        (0..self.marked.len()).map(facts).collect()
    }

    fn plain(&self, node: usize) -> &'a [Placement] {
        self.survey.placements.find(&self.survey.graph.nodes[node].name)
    }

    fn of_stamped(&self, node: usize) -> &'a [Placement] {
        let stamped = self.stamped.filter(|_| self.selected[node]);
        stamped.map_or(&[], |placements| placements.find(&self.survey.graph.nodes[node].name))
    }

    fn standings(&self, placements: &[Placement]) -> Vec<Standing> {
        let list = self.survey.destinations.list();
        let standing = |placement: &Placement| Standing {
            destination: placement.destination,
            name: list[placement.destination].name.clone(),
            location: placement.version.to_string(),
            side: RegistrySide::NotAsked,
        };
        placements.iter().map(standing).collect()
    }

    fn questions(&self) -> Vec<Question<'a>> {
        let mut questions = Vec::new();
        for node in (0..self.marked.len()).filter(|&node| self.marked[node]) {
            for (stamped, placements) in [(false, self.plain(node)), (true, self.of_stamped(node))] {
                let each = placements.iter().enumerate();
                questions.extend(each.map(|(at, placement)| Question { node, stamped, at, location: &placement.version }));
            }
        }
        questions
    }
}

/// Nobody was asked, so there is nothing to tell of destinations.
fn not_asked(facts: Facts) -> Facts {
    Facts { standings: Vec::new(), stamped_standings: Vec::new(), ..facts }
}

/// What an OCI layout has under a name. A folder that is not there holds nothing.
async fn in_layout(folder: &Path, tag: &Tag) -> RegistrySide {
    let asked = async { Layout::open(folder)?.head(Named::Tag(tag)).await };
    match asked.await {
        Ok(Lookup::Found(digest)) => RegistrySide::Published(digest),
        Ok(Lookup::Absent) => RegistrySide::Absent,
        Err(error) => RegistrySide::Unknown(error.to_string()),
    }
}

/// Who answers, and what is remembered between questions.
struct Desk<'a> {
    registry: &'a dyn Registry,
    /// Registries that are down: one who found out is enough. One text for all, so that it is told once.
    down: Mutex<HashMap<String, String>>,
}

impl Desk<'_> {
    async fn answer(&self, location: &Location) -> RegistrySide {
        let reference = match location {
            Location::Registry(reference) => reference,
            Location::Layout { folder, tag } => return in_layout(folder, tag).await,
        };
        let known = self.down.lock().unwrap_or_else(PoisonError::into_inner).get(reference.registry()).cloned();
        if let Some(why) = known {
            return RegistrySide::Unknown(why);
        }
        match self.registry.head(reference).await {
            Ok(Lookup::Found(digest)) => RegistrySide::Published(digest),
            Ok(Lookup::Absent) => RegistrySide::Absent,
            Err(error) => {
                let is_down = matches!(
                    error,
                    RegistryError::Unreachable { .. } | RegistryError::Certificate { .. } | RegistryError::ClientCertificate { .. }
                );
                RegistrySide::Unknown(if is_down { self.is_down(reference.registry(), &error) } else { error.to_string() })
            }
        }
    }

    /// The first text about a registry that is down.
    fn is_down(&self, host: &str, error: &RegistryError) -> String {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        down.entry(host.to_owned()).or_insert_with(|| error.to_string()).clone()
    }
}
