//! Scans images: reads each, has all scanners look at it, and judges what they found by policy.

mod affected;
mod bill;
mod call;
mod choice;
mod difference;
mod examined;
mod folder;
mod foreign;
mod gate;
mod image;
mod kept;
mod origin;
mod read;
mod scanners;
mod wish;

pub use affected::{Affected, Touched, affected, is_advisory};
pub use bill::{Bill, bill};
pub use call::{ScanEnd, ScanWatch, scan};
pub use choice::ScanChoice;
pub use folder::{check_advisories, reader, scanning};
pub use gate::ScanGate;
pub use image::{Named, Scanning};
pub use kept::{Kept, KeptImage};
pub use origin::{Origin, Places};
pub use wish::{ScanWish, places, scan_wishes};
