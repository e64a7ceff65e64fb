//! Repositories of people we do not know: fetched into a cache, read at a commit, checked out into a folder.
//!
//! Nothing that stands in such a repository is run or obeyed: no hooks, filters, attributes, submodules, and no settings
//! of this machine. Each call of git ends within a time and an amount. Links are never followed out of a clone.

mod address;
mod cache;
mod call;
mod checkout;
mod error;
mod fetch;
mod fetched;
mod listed;
mod paths;
mod work;

pub use error::FetchError;
pub use fetch::{RemoteOptions, Remotes};
pub use fetched::Fetched;
pub use paths::{Kind, confined};
