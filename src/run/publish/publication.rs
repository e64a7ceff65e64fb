//! What a run publishes: deliveries as images pass, and what is remembered of them until the end, when tags move.

use crate::event::{Delivery, ImageDetails, Step};
use crate::name::{Digest, Reference};
use crate::publish::journal::Place;
use crate::publish::{Arrival, Delivered, Deliverer, Destination, Destinations, Held, Order, Passed, Placement, Spot, Spots, Target};
use crate::run::session::Session;
use crate::run::survey::Survey;
use crate::run::work::execute::{Course, lock_folder};
use crate::run::work::failure::Failure;
use crate::run::work::steps::Teller;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// What publishes, and what it has published so far.
pub struct Publication {
    /// What brings images to their destinations.
    pub deliverer: Deliverer,
    /// Where the journal goes; nowhere where there is no folder for it.
    pub journal: Option<Place>,
    stood: Mutex<Vec<Stood>>,
}

/// A version that this run brought to a destination, or found there when it was about to.
#[derive(Clone, Debug)]
pub struct Stood {
    /// The node of the graph.
    pub node: usize,
    /// The definition.
    pub name: String,
    /// The destination's place in the list of destinations.
    pub destination: usize,
    /// The version tag.
    pub spot: Spot,
    /// What it holds, or will hold at the end of the run.
    pub digest: Digest,
    /// How it got there.
    pub arrival: Arrival,
}

/// An image that is to be brought somewhere.
pub struct Parcel<'a> {
    /// The node of the graph.
    pub node: usize,
    /// The definition.
    pub name: &'a str,
    /// The proof that it may be published.
    pub passed: &'a Passed,
    /// The engine's image, if it comes from there.
    pub held: Option<Held<'a>>,
    /// Where it may stand besides its destinations.
    pub sources: Vec<Spot>,
    /// Where it goes.
    pub placements: Vec<&'a Placement>,
}

impl Publication {
    /// Nothing published yet. `None` where the session has no client for registries.
    pub fn open(session: &Session, survey: &Survey, course: &Course) -> Option<Self> {
        let engine = session.sides.engine.as_ref().and_then(|engine| engine.as_ref().ok().cloned());
        let deliverer = Deliverer {
            engine,
            spots: Arc::new(Spots::new(session.sides.registry.clone()?)),
            credentials: session.credentials.clone(),
            locks: lock_folder(&session.env),
            parallel: session.config.registry_parallel(),
            staging: survey.destinations.staging().cloned(),
        };
        Some(Self { deliverer, journal: course.journal.clone(), stood: Mutex::default() })
    }

    /// Brings an image to its destinations, as a step of its own.
    ///
    /// # Errors
    /// The first destination that does not get it.
    pub async fn deliver(
        &self,
        destinations: &Destinations,
        parcel: Parcel<'_>,
        teller: &Teller,
        cancel: &CancellationToken,
    ) -> Result<Delivered, Failure> {
        let run = async {
            let targets = self.targets(destinations, &parcel.placements)?;
            let Parcel { node, name, passed, held, sources, placements } = parcel;
            let order = Order { name, passed, held, sources, targets: &targets };
            let delivered = self.deliverer.deliver(&order, &teller.progress(Step::Publish), cancel).await?;
            self.remember((node, name), &placements, &targets, &delivered);
            let nothing = delivered.arrivals.iter().all(|arrival| *arrival == Arrival::WasThere);
            let note = nothing.then(|| "the same image was published already".to_owned());
            Ok((delivered, note))
        };
        teller.step(Step::Publish, run).await
    }

    fn targets(&self, destinations: &Destinations, placements: &[&Placement]) -> Result<Vec<Target>, Failure> {
        let target = |placement: &&Placement| {
            let destination = destination_of(destinations, placement);
            let spot = self.deliverer.spots.at(&placement.version)?;
            Ok(Target { destination: destination.name.clone(), spot, on_existing: destination.on_existing })
        };
        placements.iter().map(target).collect()
    }

    fn remember(&self, (node, name): (usize, &str), placements: &[&Placement], targets: &[Target], delivered: &Delivered) {
        let each = placements.iter().zip(targets).zip(&delivered.arrivals);
        let stood = each.map(|((placement, target), arrival)| Stood {
            node,
            name: name.to_owned(),
            destination: placement.destination,
            spot: target.spot.clone(),
            digest: delivered.digest.clone(),
            arrival: *arrival,
        });
        self.stood.lock().unwrap_or_else(PoisonError::into_inner).extend(stood);
    }

    /// All that was delivered so far.
    pub fn stood(&self) -> Vec<Stood> {
        self.stood.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The digest that this run gave a node's version.
    pub fn digest_of(&self, node: usize) -> Option<Digest> {
        let stood = self.stood.lock().unwrap_or_else(PoisonError::into_inner);
        stood.iter().find(|stood| stood.node == node).map(|stood| stood.digest.clone())
    }
}

/// The destination of a placement.
pub fn destination_of<'a>(destinations: &'a Destinations, placement: &Placement) -> &'a Destination {
    &destinations.list()[placement.destination]
}

/// Tells the record what stands at these placements now.
pub fn tell_deliveries(teller: &Teller, destinations: &Destinations, placements: &[&Placement], digest: &Digest) {
    let delivery = |placement: &&Placement| Delivery {
        name: destination_of(destinations, placement).name.clone(),
        reference: placement.version.to_string(),
        digest: Some(digest.to_string()),
        tags: Vec::new(),
    };
    let destinations = placements.iter().map(delivery).collect();
    teller.details(ImageDetails { destinations, ..ImageDetails::default() });
}

/// The references by which a placement's version is known, for those that are built on it.
pub fn references_of<'a>(placements: impl IntoIterator<Item = &'a Placement>) -> Vec<Reference> {
    let names = |placement: &'a Placement| [placement.version.reference().cloned(), placement.pull_form(&placement.version)];
    placements.into_iter().flat_map(names).flatten().collect()
}
