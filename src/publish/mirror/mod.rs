//! Copies of images from elsewhere: which goes where, and bringing one there as one step.

mod bring;
mod pairs;
mod proxies;

pub use bring::{Brought, Doing, Mirror, MirrorError};
pub use pairs::{ListProblem, Pair, one, read_list, same_home};
pub use proxies::Proxies;
