//! Where an image goes: pushing version tags so that nothing published is ever overwritten, and moving
//! floating tags only forward.

mod floating;
pub mod journal;
mod keep;
mod labels;
mod lock;
mod platforms;
mod push;

pub use floating::{FloatingPolicy, Move, Stay, behind, move_tag};
pub use keep::keep_name;
pub use labels::labels_of;
pub use lock::NameLock;
pub use platforms::{platform_of_config, platforms_of_index};
pub use push::{PublishError, Publisher, Pushed};
