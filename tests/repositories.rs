//! Repositories and indexes of packages, made with their own tools and served on this machine: what the scanners of
//! updates find in them, and what they say when one misbehaves.

#[path = "repositories/apk.rs"]
mod apk;
#[path = "repositories/apt.rs"]
mod apt;
#[path = "repositories/apt_faults.rs"]
mod apt_faults;
#[path = "repositories/debian.rs"]
mod debian;
#[path = "repositories/fetch.rs"]
mod fetch;
#[path = "repositories/image.rs"]
mod image;
#[path = "repositories/languages.rs"]
mod languages;
#[path = "repositories/rpm.rs"]
mod rpm;
#[path = "repositories/signer.rs"]
mod signer;
mod support;
