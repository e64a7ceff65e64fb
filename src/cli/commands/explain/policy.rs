//! What findings on one image lead to: the policy of each step, as the configuration and `control` say it together.

use crate::cli::documents::{ExceptionDocument, PolicyDocument};
use crate::config::Config;
use crate::finding::{Mode, Override, Overrides, Policy, Step};

/// The policies for an image, in the order of a run; `reference` is the image's without a stamp.
pub(super) fn policies(config: &Config, control: &Overrides, reference: &str) -> Vec<PolicyDocument> {
    let one = |step: Step| policy(&config.policy(step), control.of(step), reference);
    Step::ALL.into_iter().map(one).collect()
}

fn policy(told: &Policy, control: &Override, reference: &str) -> PolicyDocument {
    let policy = told.with(control);
    let ignore = policy.ignore.iter().filter(|exception| exception.is_for(reference)).map(|exception| ExceptionDocument {
        id: exception.id.clone(),
        image: exception.image.as_str().to_owned(),
        until: exception.until.to_string(),
        reason: exception.reason.clone(),
    });
    PolicyDocument {
        step: policy.step.as_str(),
        policy: policy.mode.as_str(),
        threshold: policy.threshold.as_str(),
        control: control.says_something(),
        ignore: ignore.collect(),
    }
}

/// `gate from warning on, by control; DL3008 accepted until 2026-12-31`.
pub(super) fn for_people(policy: &PolicyDocument) -> String {
    let by = if policy.control { ", by control" } else { "" };
    if policy.policy == Mode::Off.as_str() {
        return format!("off{by}");
    }
    let what = |id: &str| if id == "*" { "everything".to_owned() } else { id.to_owned() };
    let accepted: String = policy.ignore.iter().map(|one| format!("; {} accepted until {}", what(&one.id), one.until)).collect();
    format!("{} from {} on{by}{accepted}", policy.policy, policy.threshold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Exception, Severity};

    #[test]
    fn control_and_exceptions_are_named() {
        let exception = |image: &str| Exception::new("DL3008", image, "2026-12-31", "later").unwrap();
        let told = Policy { ignore: vec![exception("*/app:*"), exception("*/web:*")], ..Policy::default_of(Step::Lint) };
        let nothing = Override::default();
        let plain = policy(&told, &nothing, "r.example/app:1");
        assert_eq!(for_people(&plain), "warn from error on; DL3008 accepted until 2026-12-31");
        let gate = Override { mode: Some(Mode::Gate), threshold: Some(Severity::Info), ignore: Vec::new() };
        assert_eq!(for_people(&policy(&told, &gate, "r.example/x:1")), "gate from info on, by control");
        let off = Override { mode: Some(Mode::Off), ..Override::default() };
        assert_eq!(for_people(&policy(&told, &off, "r.example/app:1")), "off, by control");
    }
}
