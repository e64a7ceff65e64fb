//! Walks a plan and joins engine, tests and registry; the only room that does.
//!
//! What happens is told as events; this room formats no text for people beyond messages of errors and reasons.

mod announce;
mod attend;
mod bases;
mod builder;
mod carry;
mod environment;
mod execute;
mod failure;
mod gates;
mod image;
mod image_tests;
mod in_the_way;
mod inputs;
mod inspect;
mod keeping;
mod labels;
mod lint_gate;
mod linting;
mod lock;
mod mirror;
mod names;
mod obtain;
mod parallel;
mod prepare;
mod presence;
mod promote;
mod prune;
mod publications;
mod publish;
mod pull;
mod pulls;
mod queue;
mod rollback;
mod scan;
mod session;
mod shared;
mod sources;
mod stale;
mod standings;
mod standing;
mod states;
mod steps;
mod survey;
mod test;
mod test_policy;
mod update;
mod walk;
mod yank;

pub use announce::nothing_selected;
pub use attend::{AttendError, Ended, Ends, Guard, attend};
pub use builder::choose_builders;
pub use execute::{Course, RunEnd, execute};
pub use inputs::{Inputs, InputsError, LABEL as INPUTS_LABEL};
pub use inspect::{Inspected, Inspection, Layer, inspect};
pub use keeping::{
    Counted, Estate, GcOptions, GcReport, GcRow, Holding, Holdings, KeepError, Shared, estate, gc, holdings, owners, record_place, shared,
};
pub use linting::{LintInput, hadolint_of, lint_all, lint_inputs};
pub use lock::{CatalogueLock, lock_catalogue};
pub use mirror::{Copy, MirrorChoice, MirrorWatch, Mirrored, copies, mirror};
pub use names::{Names, names};
pub use obtain::{engine_of, obtain};
pub use prepare::{Prepared, RunError, ask, builder_of, changed_since, choose, has_destination, prepare, publishes};
pub use presence::{Presence, Sides, compare_inputs};
pub use promote::{Answer, Promoted, Promoter, Sources, looked};
pub use prune::{Left, PrunePlan, Pruned, execute_prune, plan_prune};
pub use publish::{
    Closing, Doing, Publication, PublishPlan, Recorded, Resumed, Row, execute_publish, look, plan_publish, plan_recorded, resume, told,
    unfinished,
};
pub use pull::{PullEnd, Pulled, Wish, pull, wishes};
pub use rollback::{Back, Rollback, Undoing};
pub use scan::{Affected, Kept, KeptImage, Origin, Places, ScanChoice, ScanEnd, ScanWatch, ScanWish, Scanning, Suspect, Touched, affected, places, scan, scan_wishes, scanning};
pub use session::{Registries, Revision, Session, SessionError, Wanted, keychain_sources, registries, registry_options, stale_sign_ins};
pub use stale::{Stale, stale};
pub use standing::standing;
pub use survey::{Item, Judging, Survey, SurveyError, survey};
pub use test::{TestEnd, TestOutcome, TestedImage, Tests as TestWish, test, test_wishes, wish_for};
pub use update::{Target, Wording, blocks, check_git, commit, excluded, plan_update};
pub use yank::{Mark, mark};
