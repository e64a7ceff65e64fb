//! Publishing: what runs share (deliveries, floating tags, journals of killed runs), and `publish`, which brings all
//! destinations in line without building: what some have is copied to the others, what a record proves good is published,
//! and floating tags follow.

mod execute;
pub(in crate::run) mod floating;
pub(in crate::run) mod followers;
mod look;
mod plan;
pub(in crate::run) mod publication;
mod record;
pub(in crate::run) mod resume;

pub use execute::execute_publish;
pub use floating::Closing;
pub use look::{Doing, Row, look};
pub use plan::{PublishPlan, plan_publish};
pub use publication::Publication;
pub use record::{Recorded, plan_recorded};
pub use resume::{Resumed, left_behind, resume, told, unfinished};
