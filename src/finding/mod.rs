//! The one shape of what `lint`, `check`, `test` and `scan` find, and the policy that says what follows from it.
//!
//! Everything here is pure: no I/O, and the day is handed in. What breaks a rule is found elsewhere; how findings are
//! printed is the business of `report`.

mod exception;
mod overrides;
mod policy;
mod rule;
mod severity;
mod shape;
mod silence;
mod verdict;

pub use exception::{EXPIRED, Exception, ExceptionError};
pub use overrides::{Override, Overrides};
pub use policy::{Mode, Policy, PolicySetting, Step};
pub use rule::{Levels, Rule, RuleLevel, UnknownRule, find, rule};
pub use severity::{Family, Severity};
pub use shape::{Affected, Counts, Finding};
pub use silence::{Silence, silence};
pub use verdict::{Judged, Verdict, judge};
