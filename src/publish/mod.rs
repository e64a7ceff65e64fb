//! Where an image goes: pushing version tags so that nothing published is ever overwritten, and moving
//! floating tags only forward.

mod destination;
mod floating;
mod labels;
mod location;
mod lock;
mod placement;
mod problems;
mod push;
mod whose;

pub use destination::{Destination, Destinations};
pub use floating::{FloatingPolicy, Move, Stay, behind, move_tag};
pub use labels::labels_of;
pub use location::Location;
pub use lock::NameLock;
pub use placement::{Placed, Placement, Placements, Subject};
pub use problems::{PlacementProblem, RESERVED};
pub use push::{PublishError, Publisher, Pushed};
pub use whose::{History, Match, Wanted, whose};

#[cfg(test)]
mod tests;
