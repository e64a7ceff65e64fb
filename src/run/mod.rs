//! Walks a plan and joins engine, tests and registry; the only room that does.
//!
//! What happens is told as events; this room formats no text for people beyond messages of errors and reasons.

mod attend;
mod carry;
mod gates;
mod image;
mod index;
mod inspect;
mod keeping;
mod mirror;
mod presence;
mod promote;
mod prune;
mod publish;
mod pulling;
mod rollback;
mod scan;
mod session;
mod survey;
mod update;
mod work;

pub use attend::{AttendError, Ended, Ends, Guard, attend};
pub use gates::linting::{LintInput, hadolint_of, hadolint_on_path, lint_all, lint_inputs, who_judges};
pub use gates::test::{TestEnd, TestOutcome, TestedImage, Tests as TestWish, test, test_wishes, wish_for};
pub use image::builder::choose_builders;
pub use index::{Causes, IndexSurvey, Making, Ready, Source as EntrySource, Trust, Why, base_digests, causes, gather};
pub use inspect::{Inspected, Inspection, Layer, inspect};
pub use keeping::{
    Counted, Estate, GcOptions, GcReport, GcRow, Holding, Holdings, KeepError, Shared, estate, gc, holdings, owners, record_place,
    releases, shared, state_folder,
};
pub use mirror::{Copy, MirrorChoice, MirrorWatch, Mirrored, copies, mirror};
pub use presence::asked::{Presence, Sides, compare_inputs};
pub use presence::heads::standing;
pub use presence::stale::{Stale, stale};
pub use promote::{Answer, Promoted, Promoter, Sources, looked};
pub use prune::engine::{Left, PrunePlan, Pruned, execute_prune, plan_prune};
pub use publish::{
    Closing, Doing, Publication, PublishPlan, Recorded, Resumed, Row, execute_publish, left_behind, look, plan_publish, plan_recorded,
    resume, told, unfinished,
};
pub use pulling::obtain::{engine_of, obtain};
pub use pulling::pull::{PullEnd, Pulled, Wish, pull, wishes};
pub use rollback::yank::{Mark, mark};
pub use rollback::{Back, Begun, Rollback, Undoing};
pub use scan::{
    Affected, Bill, Kept, KeptImage, Origin, Places, ScanChoice, ScanEnd, ScanWatch, ScanWish, Scanning, Touched, affected, bill,
    check_advisories, is_advisory, places, reader, scan, scan_wishes, scanning,
};
pub use session::{Registries, Revision, Session, SessionError, Wanted, keychain_sources, registries, registry_options, stale_sign_ins};
pub use survey::inputs::{Inputs, InputsError, LABEL as INPUTS_LABEL};
pub use survey::names::{Names, names};
pub use survey::{Item, Judging, Survey, SurveyError, survey};
pub use update::{Target, Wording, blocks, check_git, commit, excluded, plan_update};
pub use work::announce::nothing_selected;
pub use work::execute::{Course, RunEnd, execute};
pub use work::lock::{CatalogueLock, lock_catalogue};
pub use work::prepare::{Prepared, RunError, ask, builder_of, changed_since, choose, has_destination, prepare, publishes};
