//! The tests of one image: `test.sh` or what stands for it, then the structure tests beside the template.

use super::test_policy::TestPolicy;
use crate::engine::{Engine, EngineError};
use crate::event::Step;
use crate::name::Digest;
use crate::run::work::failure::Failure;
use crate::run::work::steps::Teller;
use crate::sandbox::Ended;
use crate::testing::{Caged, Case, CaseKind, CaseOutcome, Structure, Verdict, Verify, find_structure_tests, run_structure_tests};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How long a container may still appear after the test that asked for it was stopped: a busy engine takes a second.
const LATE: Duration = Duration::from_secs(3);
/// How often is looked for one.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Who tests images.
#[derive(Clone, Copy)]
pub struct Tester<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// How scripts are run.
    pub verify: &'a Verify,
    /// Our own environment.
    pub env: &'a BTreeMap<String, String>,
    /// Ends everything.
    pub cancel: &'a CancellationToken,
}

/// An image that is tested.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its name for scripts.
    pub reference: &'a str,
    /// What structure tests look at.
    pub image: &'a Digest,
}

/// What came of an image's tests.
#[derive(Debug)]
pub struct Tests {
    /// How the script ended.
    pub verdict: Verdict,
    /// Everything that was run, the script first.
    pub cases: Vec<Case>,
}

impl Tests {
    /// Whether there was nothing to run.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Cases that stop the image: all that are bad, or those of them that the policy does not let pass.
    pub fn gating<'a>(&'a self, policy: Option<&'a TestPolicy>) -> impl Iterator<Item = &'a Case> {
        self.cases.iter().filter(move |case| gates(case, policy))
    }
}

fn gates(case: &Case, policy: Option<&TestPolicy>) -> bool {
    case.outcome.is_bad() && policy.is_none_or(|policy| policy.stops(case))
}

/// The structure tests of a definition, read.
///
/// # Errors
/// When one of the files cannot be used, all that is wrong with them.
pub fn structure_tests(folder: &Path) -> Result<Vec<Structure>, Failure> {
    let found = find_structure_tests(folder).map_err(|error| Failure::of(format!("{}: {error}", folder.display())))?;
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    load(found.iter().map(|path| (path.clone(), name(path))))
}

/// Files with structure tests, each with how messages name it.
///
/// # Errors
/// As [`structure_tests`].
pub fn load(files: impl Iterator<Item = (PathBuf, String)>) -> Result<Vec<Structure>, Failure> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for (path, shown) in files {
        match Structure::load(&path, &shown) {
            Ok(structure) => good.push(structure),
            Err(error) => wrong.extend(error.problems),
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(Failure::of(wrong.join("\n"))) }
}

impl Tester<'_> {
    /// Runs the script of the definition in `folder` (absolute), if it has one, and then `structures`; a script that
    /// fails leaves them out, unless `policy` lets that pass. Without a policy whatever is bad counts.
    ///
    /// # Errors
    /// When something that has nothing to do with the image is in the way.
    pub async fn test(
        &self,
        of: Subject<'_>,
        folder: Option<&Path>,
        structures: Vec<Structure>,
        policy: Option<&TestPolicy>,
        teller: &Teller,
    ) -> Result<Tests, Failure> {
        let mut tests = Tests { verdict: Verdict::NoTest, cases: Vec::new() };
        if let Some(folder) = folder {
            let (verdict, case) = self.script(of, folder, teller).await?;
            tests.verdict = verdict;
            tests.cases.extend(case);
        }
        if tests.gating(policy).next().is_none() && !structures.is_empty() {
            tests.cases.extend(self.structure(of, structures, teller).await?);
        }
        tests.cases.iter().for_each(|case| teller.case(case));
        Ok(tests)
    }

    async fn script(&self, of: Subject<'_>, folder: &Path, teller: &Teller) -> Result<(Verdict, Option<Case>), Failure> {
        let started = Instant::now();
        let log = teller.log(Step::Test);
        let before = self.engine.containers_of(of.image).await;
        let verdict = self.verify.run(folder, of.reference, &log, self.cancel).await?;
        if verdict.was_stopped() {
            self.remove_containers(of.image, before, teller).await;
        }
        if verdict == Verdict::Cancelled {
            return Err(Failure::cancelled());
        }
        Ok((verdict, case_of(verdict, self.verify.shown(), started)))
    }

    async fn structure(&self, of: Subject<'_>, structures: Vec<Structure>, teller: &Teller) -> Result<Vec<Case>, Failure> {
        let config = self.engine.image_config(of.image).await?;
        let config = config.ok_or_else(|| Failure::of(format!("the engine does not have {} any more", of.reference)))?;
        let now = jiff::Timestamp::now();
        let caged = Caged { engine: self.engine, image: of.image.clone(), config, env: self.env, now, cancel: self.cancel };
        let suite = run_structure_tests(structures, &caged).await?;
        suite.warnings.iter().for_each(|warning| teller.warn("structure_tests", warning.as_str()));
        Ok(suite.cases)
    }

    /// A test that was stopped could not end its containers: the engine keeps them running without their client, and makes
    /// one to its end that the client asked for right before.
    async fn remove_containers(&self, id: &Digest, before: Result<Vec<String>, EngineError>, teller: &Teller) {
        let remove_all = async {
            let before = before?;
            let mut last_seen = Instant::now();
            while last_seen.elapsed() < LATE {
                for container in self.engine.containers_of(id).await?.iter().filter(|container| !before.contains(container)) {
                    self.engine.remove_container(container).await?;
                    last_seen = Instant::now();
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok::<(), EngineError>(())
        };
        if let Err(error) = remove_all.await {
            teller.warn("containers_left", format!("containers of the stopped test may be left: {error}"));
        }
    }
}

/// The case of a script, named by how it is called; none where there is none.
pub fn case_of(verdict: Verdict, shown: impl Into<String>, started: Instant) -> Option<Case> {
    let (outcome, errors, code) = match verdict {
        Verdict::NoTest | Verdict::Cancelled => return None,
        Verdict::Passed => (CaseOutcome::Passed, Vec::new(), Some(0)),
        Verdict::Failed(ended) => {
            let outcome = if matches!(ended, Ended::TimedOut(_)) { CaseOutcome::Timeout } else { CaseOutcome::Failed };
            let code = if let Ended::Code(code) = ended { Some(i64::from(code)) } else { None };
            (outcome, vec![format!("the test failed: {ended}{}", hint(ended))], code)
        }
    };
    let case = Case { outcome, exit_code: code, ..Case::judged(CaseKind::Script, shown, errors) };
    Some(case.after(started.elapsed().as_secs_f64()))
}

/// What a shell means by its own exit codes.
fn hint(ended: Ended) -> &'static str {
    match ended {
        Ended::Code(126) => "; has test.sh its run bit and a #! line?",
        Ended::Code(127) => "; a command it calls is not there",
        _ => "",
    }
}
