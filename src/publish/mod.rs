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
pub mod mirror;
mod moves;
mod parts;
mod passed;
mod placement;
mod platforms;
mod point;
mod problems;
pub mod promotion;
mod push;
pub mod retain;
mod spot;
mod whose;

pub use deliver::{Arrival, Delivered, Deliverer, Held, Order, Target};
pub use destination::{Destination, Destinations};
pub use error::PublishError;
pub use floating::{FloatingPolicy, Follow, Stay, behind};
pub use keep::keep_name;
pub use labels::{labels_at, labels_of, read_config};
pub use location::Location;
pub use lock::NameLock;
pub use moves::{Fate, MoveError, Mover, TagMove, dropped_platforms};
pub use parts::{blobs_of, children_of, weight};
pub use passed::{Grounds, Passed};
pub use placement::{OfEntry, Placed, Placement, Placements, Subject};
pub use platforms::{platform_of_config, platforms_of_index};
pub use point::Point;
pub use problems::{PlacementProblem, RESERVED};
pub use spot::{Spot, Spots};
pub use whose::{History, Match, Wanted, whose};

#[cfg(test)]
mod tests;
