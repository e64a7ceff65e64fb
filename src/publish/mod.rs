//! Where images go and how they get there: destinations and names, version tags that are never overwritten, floating
//! tags that move forward, and a journal of the moves.
//!
//! This room walks no plan and prints nothing. What is published must be [`Passed`].

mod deliver;
mod destination;
mod error;
mod floating;
pub mod journal;
mod keep;
mod labels;
mod location;
mod lock;
mod moves;
mod parts;
mod passed;
mod placement;
mod platforms;
mod problems;
mod push;
mod spot;
mod whose;

pub use deliver::{Arrival, Delivered, Deliverer, Held, Order, Target};
pub use destination::{Destination, Destinations};
pub use error::PublishError;
pub use floating::{FloatingPolicy, Follow, Stay, behind};
pub use keep::keep_name;
pub use labels::labels_of;
pub use location::Location;
pub use lock::NameLock;
pub use moves::{Fate, MoveError, Mover, TagMove, dropped_platforms};
pub use parts::weight;
pub use passed::{Grounds, Passed};
pub use placement::{Placed, Placement, Placements, Subject};
pub use problems::{PlacementProblem, RESERVED};
pub use spot::{Spot, Spots};
pub use whose::{History, Match, Wanted, whose};

#[cfg(test)]
mod tests;
