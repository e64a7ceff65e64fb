//! Where an image goes: pushing version tags so that nothing published is ever overwritten, and moving
//! floating tags only forward.

mod floating;
pub mod journal;
mod labels;
mod lock;
mod push;

pub use floating::{FloatingPolicy, Move, Stay, behind, move_tag};
pub use labels::labels_of;
pub use lock::NameLock;
pub use push::{PublishError, Publisher, Pushed};
