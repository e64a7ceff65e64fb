//! The moves of a promotion, in the order in which they are to be done.

use super::destination::Destination;
use super::names::StreamTag;
use super::problem::{Blame, Problem, ProblemCode};
use super::rules::validate;
use super::sources::{Found, Place, find, report};
use super::wanted::{Wanted, wanted};
use super::{Inputs, OFFICIAL, Source, Standing};
use crate::catalog::Severity;
use crate::name::{Digest, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// What a move is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveKind {
    /// The release name of an image.
    Promote,
    /// Its name by commit.
    Commit,
    /// What stood at a name before, kept alive.
    Backup,
    /// The build cache.
    Cache,
    /// A tag of a stream in the central cluster.
    Stream,
}

impl MoveKind {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Commit => "commit",
            Self::Backup => "backup",
            Self::Cache => "cache",
            Self::Stream => "stream",
        }
    }
}

/// What is to happen to a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is made; also where nobody asked what stands there.
    Create,
    /// Something else stands there and is replaced.
    Move,
    /// It is right as it is.
    Keep,
    /// It must not be made; a problem says why.
    Refuse,
}

impl Action {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Move => "move",
            Self::Keep => "keep",
            Self::Refuse => "refuse",
        }
    }
}

/// One reference that gets a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The name of the image in the destination.
    pub image: String,
    /// What it takes.
    pub source: Source,
    /// What is made of it.
    pub reference: Reference,
    /// The same as consumers pull it, where that is another address.
    pub pull_reference: Option<Reference>,
    /// What for.
    pub kind: MoveKind,
    /// Of the manifest that the reference gets, if it is known.
    pub digest: Option<Digest>,
    /// What happens.
    pub action: Action,
}

/// What is to be done. Nothing may be while the configuration is to blame for a problem; where images are, the others may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromotionPlan {
    /// Errors and warnings.
    pub problems: Vec<Problem>,
    /// First every name with its backup before it, sorted by reference; then the streams.
    pub moves: Vec<Move>,
}

impl PromotionPlan {
    /// Whether there are no errors.
    pub fn is_ok(&self) -> bool {
        self.problems.iter().all(|problem| problem.code.severity() != Severity::Error)
    }

    /// The names that would be moved, without backups: what stands there decides what happens.
    pub fn names(&self) -> BTreeSet<Reference> {
        let is_name = |of: &&Move| matches!(of.kind, MoveKind::Promote | MoveKind::Commit | MoveKind::Cache) && of.action != Action::Refuse;
        self.moves.iter().filter(is_name).map(|of| of.reference.clone()).collect()
    }

    /// Refuses what cannot be carried out: of images that are known by their name alone there is nothing to take.
    pub fn refuse_names_alone(&mut self) {
        let mut refused = Vec::new();
        for of in self.moves.iter_mut().filter(|of| of.kind != MoveKind::Backup && of.action != Action::Refuse) {
            if let Source::Image(name) = &of.source {
                let message = format!("{name} cannot become {}: only its name is known, not where it stands", of.reference);
                let help = "say where it stands: source in the file of --images, or promotion_context.streams";
                report(&mut self.problems, Problem::new(ProblemCode::NoPlace, "promotion.to", message, help));
                of.action = Action::Refuse;
                refused.push(of.reference.clone());
            }
        }
        self.moves.retain(|of| of.kind != MoveKind::Backup || !refused.iter().any(|name| of.source == Source::At(name.clone())));
    }

    /// Who is to blame: the configuration before the images.
    pub fn blame(&self) -> Blame {
        let has = |blame: Blame| self.problems.iter().any(|problem| problem.code.blame() == blame);
        [Blame::Configuration, Blame::Images].into_iter().find(|blame| has(*blame)).unwrap_or(Blame::Nobody)
    }
}

/// Decides. `standing` holds what is at references that were asked for; others are taken for free.
pub fn plan(inputs: &Inputs, standing: &Standing) -> PromotionPlan {
    let mut plan = PromotionPlan { problems: validate(inputs), moves: Vec::new() };
    let destination = Destination::of(inputs, &mut plan.problems);
    let Some(destination) = destination.filter(|_| plan.is_ok()) else { return plan };
    let wanted = wanted(inputs, &mut plan.problems);
    let mut moves = Moves { inputs, standing, destination: &destination, problems: plan.problems, first: Vec::new(), last: Vec::new() };
    moves.add(wanted);
    plan.problems = moves.problems;
    plan.moves = moves.first;
    plan.moves.append(&mut moves.last);
    plan
}

struct Moves<'a> {
    inputs: &'a Inputs<'a>,
    standing: &'a Standing,
    destination: &'a Destination,
    problems: Vec<Problem>,
    first: Vec<Move>,
    last: Vec<Move>,
}

impl Moves<'_> {
    fn add(&mut self, wanted: Vec<Wanted>) {
        if let (Destination::One(_), None, false) = (self.destination, self.inputs.timestamp, wanted.is_empty()) {
            let message = "the time is empty, so nothing goes to the one repository; only tags of streams are moved";
            self.problems.push(Problem::new(
                ProblemCode::NoTimestamp,
                "promotion",
                message,
                "leave --timestamp out, or give YYYYMMDDhhmmss",
            ));
        }
        let mut by_reference: BTreeMap<Reference, Vec<Wanted>> = BTreeMap::new();
        for wanted in wanted {
            self.note_ambiguity(&wanted);
            match self.destination.reference(&wanted.stream, &wanted.path) {
                Ok(reference) => by_reference.entry(reference).or_default().push(wanted),
                Err(problem) => report(&mut self.problems, problem),
            }
        }
        for (reference, group) in by_reference {
            self.one_name(&reference, &group);
        }
    }

    /// Everything that wants one reference.
    fn one_name(&mut self, reference: &Reference, group: &[Wanted]) {
        let sources: BTreeSet<&str> = group.iter().map(|wanted| wanted.source.as_str()).collect();
        if sources.len() == 1 {
            return self.one_image(reference, group);
        }
        for wanted in group {
            let others: Vec<&str> = sources.iter().copied().filter(|source| *source != wanted.source).collect();
            let message = format!("{} and {} would both become {reference}", wanted.source, others.join(", "));
            let help = "give one of them another name, or exclude it";
            report(&mut self.problems, Problem::new(ProblemCode::TwoSources, &wanted.path, message, help));
            self.refuse(reference, wanted);
        }
    }

    /// One image that gets one reference, which several targets may want.
    fn one_image(&mut self, reference: &Reference, group: &[Wanted]) {
        let Some(first) = group.first() else { return };
        let place = match find(self.inputs, &first.source, &first.path, &mut self.problems) {
            Found::There(place) => place,
            Found::Nowhere(problem) => {
                report(&mut self.problems, *problem);
                return self.refuse(reference, first);
            }
        };
        let name = Move { source: place.source.clone(), digest: place.digest.clone(), ..self.of(reference, first) };
        match self.destination {
            Destination::Registry(_) => self.first.push(Move { action: self.action(&name), ..name }),
            Destination::One(_) => {
                self.in_repository(name);
                let mut seen: BTreeSet<&StreamTag> = BTreeSet::new();
                group.iter().filter(|wanted| seen.insert(&wanted.stream)).for_each(|wanted| self.stream(wanted, &place));
            }
        }
    }

    /// The name itself, and before it the backup of what stands there.
    fn in_repository(&mut self, name: Move) {
        let (Destination::One(repository), Some(timestamp)) = (self.destination, self.inputs.timestamp) else { return };
        let action = self.action(&name);
        let there = self.standing.get(&name.reference);
        // Nothing is to be kept alive where nothing stands, or what stands there stays.
        if action != Action::Keep && there != Some(&None) {
            match repository.backup(&name.reference, timestamp) {
                Ok(backup) => self.first.push(Move {
                    source: Source::At(name.reference.clone()),
                    pull_reference: Some(repository.pulled(&backup)).filter(|pulled| *pulled != backup),
                    reference: backup,
                    kind: MoveKind::Backup,
                    digest: there.cloned().flatten(),
                    ..name.clone()
                }),
                Err(error) => report(&mut self.problems, Problem::new(ProblemCode::TooLong, "promotion", error.to_string(), "shorten it")),
            }
        }
        self.first.push(Move { action, ..name });
    }

    /// The tag of a stream, for the namespaces that have one.
    fn stream(&mut self, wanted: &Wanted, place: &Place) {
        let Destination::One(repository) = self.destination else { return };
        if !OFFICIAL.contains(&wanted.stream.namespace.as_str()) {
            return;
        }
        match Reference::parse(&wanted.stream.to_string()) {
            Ok(reference) => {
                let by_digest = place.digest.as_ref().map(|digest| Source::At(repository.pulled_by_digest(digest)));
                let source = by_digest.unwrap_or_else(|| place.source.clone());
                let tag = Move { source, digest: place.digest.clone(), kind: MoveKind::Stream, ..self.of(&reference, wanted) };
                self.last.push(Move { pull_reference: None, action: self.action(&tag), ..tag });
            }
            Err(error) => {
                let help = "streams take lower case letters and digits in namespace and name";
                report(&mut self.problems, Problem::new(ProblemCode::BadReference, &wanted.path, error.to_string(), help));
            }
        }
    }

    fn refuse(&mut self, reference: &Reference, wanted: &Wanted) {
        let refused = Move { action: Action::Refuse, ..self.of(reference, wanted) };
        self.first.push(refused);
    }

    /// A move of which only the names are known.
    fn of(&self, reference: &Reference, wanted: &Wanted) -> Move {
        let pull_reference = match self.destination {
            Destination::One(repository) => Some(repository.pulled(reference)).filter(|pulled| pulled != reference),
            Destination::Registry(_) => None,
        };
        Move {
            image: wanted.image.clone(),
            source: Source::Image(wanted.source.clone()),
            reference: reference.clone(),
            pull_reference,
            kind: wanted.kind,
            digest: None,
            action: Action::Create,
        }
    }

    fn action(&self, of: &Move) -> Action {
        match self.standing.get(&of.reference) {
            None | Some(None) => Action::Create,
            Some(there) if *there == of.digest => Action::Keep,
            Some(_) => Action::Move,
        }
    }

    /// A tag that reads back as something else is right, but misleads people and programs.
    fn note_ambiguity(&mut self, wanted: &Wanted) {
        let (stream, joined) = (&wanted.stream, wanted.stream.joined());
        let misread = StreamTag::split(&joined).filter(|reads| reads != stream);
        let (Some(reads), Destination::One(_)) = (misread, self.destination) else { return };
        let message = format!("{stream} becomes the tag {joined}, which reads back as {reads}");
        let help = "use a namespace and a name without `_`";
        report(&mut self.problems, Problem::new(ProblemCode::AmbiguousName, &wanted.path, message, help));
    }
}
