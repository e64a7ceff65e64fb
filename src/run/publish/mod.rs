//! `publish`: brings all destinations in line without building: what some have is copied to the others, what a record
//! proves good is published, and floating tags follow.

mod execute;
mod look;
mod plan;
mod record;

pub use execute::execute_publish;
pub use look::{Doing, Row, look};
pub use plan::{PublishPlan, plan_publish};
pub use record::{Recorded, plan_recorded};
