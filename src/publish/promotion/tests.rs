//! What a plan makes of what stands at its destinations. The rules themselves are held by `fixtures/promotion`.

use super::*;
use crate::config::{PromotionTarget, StreamItem};

struct Case {
    promotion: Promotion,
    context: PromotionContext,
    images: Vec<Candidate>,
    timestamp: Option<Timestamp>,
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn target(namespace: &str, name: &str) -> PromotionTarget {
    PromotionTarget { namespace: Some(namespace.into()), name: Some(name.into()), ..PromotionTarget::default() }
}

/// `foo` by digest to `ocp/4.7` of `h.example/ci`.
fn case() -> Case {
    let image = Candidate { name: "foo".into(), digest: Some(digest("new")), ..Candidate::default() };
    Case {
        promotion: Promotion {
            to: vec![target("ocp", "4.7")],
            repository: Some("h.example/ci".into()),
            pull_as: Some("pull.example/ci".into()),
            ..Promotion::default()
        },
        context: PromotionContext::default(),
        images: vec![image],
        timestamp: Some(Timestamp::parse("20240603235401").unwrap()),
    }
}

impl Case {
    fn plan(&self, standing: &Standing) -> PromotionPlan {
        let inputs = Inputs {
            promotion: &self.promotion,
            context: &self.context,
            images: &self.images,
            is_complete: true,
            skips_unaffected: true,
            commit: None,
            timestamp: self.timestamp.as_ref(),
        };
        plan(&inputs, standing)
    }

    fn codes(&self) -> Vec<&'static str> {
        self.plan(&Standing::new()).problems.iter().map(|problem| problem.code.as_str()).collect()
    }
}

/// `kind action reference digest` of each move.
fn shown(plan: &PromotionPlan) -> Vec<String> {
    let digest = |of: &Move| of.digest.as_ref().map_or("-", |digest| digest.short()).to_owned();
    plan.moves.iter().map(|of| format!("{} {} {} {}", of.kind.as_str(), of.action.as_str(), of.reference, digest(of))).collect()
}

#[test]
fn what_stands_there_decides_what_happens() {
    let (case, name) = (case(), Reference::parse("h.example/ci:ocp_4.7_foo").unwrap());
    let (new, old) = (digest("new"), digest("old"));
    let stream = format!("stream create ocp/4.7:foo {}", new.short());
    let at = |digest: Option<&Digest>| Standing::from([(name.clone(), digest.cloned())]);
    assert_eq!(shown(&case.plan(&at(None))), [format!("promote create {name} {}", new.short()), stream.clone()]);
    assert_eq!(shown(&case.plan(&at(Some(&new)))), [format!("promote keep {name} {}", new.short()), stream.clone()]);
    let backup = format!("backup create h.example/ci:20240603235401_prune_ocp_4.7_foo {}", old.short());
    assert_eq!(shown(&case.plan(&at(Some(&old)))), [backup, format!("promote move {name} {}", new.short()), stream]);
}

#[test]
fn without_a_digest_nothing_can_be_kept() {
    let mut case = case();
    case.images[0].digest = None;
    let name = Reference::parse("h.example/ci:ocp_4.7_foo").unwrap();
    let plan = case.plan(&Standing::from([(name, Some(digest("old")))]));
    assert!(plan.moves.iter().any(|of| of.kind == MoveKind::Promote && of.action == Action::Move));
    let stream = plan.moves.iter().find(|of| of.kind == MoveKind::Stream).unwrap();
    assert_eq!(stream.source, Source::Image("foo".into()), "the raw source, as no digest is known");
}

#[test]
fn names_are_those_that_somebody_must_look_at() {
    let mut case = case();
    case.promotion.to.push(PromotionTarget { additional_images: [("x".into(), "nowhere".into())].into(), ..target("ci", "t") });
    let plan = case.plan(&Standing::new());
    let names: Vec<String> = plan.names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["h.example/ci:ci_t_foo", "h.example/ci:ocp_4.7_foo"]);
    assert_eq!(plan.blame(), Blame::Images);
}

#[test]
fn what_did_not_pass_is_refused_and_what_is_unreleased_waits() {
    let mut case = case();
    case.images[0].held_back = Some(HeldBack::NotPassed("the run ended it as failed".into()));
    let plan = case.plan(&Standing::new());
    assert_eq!(shown(&plan), ["promote refuse h.example/ci:ocp_4.7_foo -"]);
    assert!(plan.problems[0].message.contains("the run ended it as failed") && !plan.is_ok());
    case.images[0].held_back = Some(HeldBack::Unreleased);
    let plan = case.plan(&Standing::new());
    assert_eq!(shown(&plan), ["promote refuse h.example/ci:ocp_4.7_foo -"]);
    assert!(plan.is_ok());
}

#[test]
fn one_image_at_two_targets_is_one_move() {
    let mut case = case();
    let by_tag = PromotionTarget { namespace: Some("ocp".into()), tag: Some("foo".into()), ..PromotionTarget::default() };
    case.promotion.to.push(PromotionTarget {
        excluded_images: vec!["*".into()],
        additional_images: [("4.7".into(), "foo".into())].into(),
        ..by_tag
    });
    let plan = case.plan(&Standing::new());
    assert!(plan.is_ok(), "{:?}", plan.problems);
    assert_eq!(plan.moves.iter().filter(|of| of.kind == MoveKind::Promote).count(), 1);
    assert_eq!(plan.moves.iter().filter(|of| of.kind == MoveKind::Stream).count(), 1);
}

#[test]
fn the_longest_public_host_counts() {
    let mut case = case();
    let hosts = [("in.example.svc:5000", "out.example"), ("in.example.svc:5000/team", "other.example/t")];
    case.context.public_hosts = hosts.map(|(inside, outside)| (inside.to_owned(), outside.to_owned())).into();
    for (inside, outside) in [
        ("in.example.svc:5000/a/b:1", "out.example/a/b"),
        ("in.example.svc:5000/team/b:1", "other.example/t/b"),
        ("free.example/b:1", "free.example/b"),
    ] {
        let reference = Some(inside.to_owned());
        case.context.streams = Some([("foo".to_owned(), StreamItem { reference, digest: None })].into());
        let plan = case.plan(&Standing::new());
        let promote = plan.moves.iter().find(|of| of.kind == MoveKind::Promote).unwrap();
        assert_eq!(promote.source.to_string(), format!("{outside}@{}", digest("new")), "{:?}", plan.problems);
    }
}

#[test]
fn values_of_the_context_are_checked() {
    let mut case = case();
    case.context.streams =
        Some([("foo".to_owned(), StreamItem { reference: Some("A//b".into()), digest: Some("sha256:1".into()) })].into());
    assert_eq!(case.codes(), ["bad_reference", "bad_reference"]);
    case.context.streams = Some([("foo".to_owned(), StreamItem { reference: Some("in.example.svc/b".into()), digest: None })].into());
    case.context.public_hosts = [("in.example.svc".to_owned(), "not a host".to_owned())].into();
    assert_eq!(case.codes(), ["bad_reference", "internal_host"]);
}

#[test]
fn destinations_are_checked() {
    type Change = fn(&mut Promotion);
    let changes: [(Change, &str); 6] = [
        (|promotion| promotion.repository = Some("h.example/ci:tag".into()), "bad_repository"),
        (|promotion| promotion.repository = Some("ci".into()), "bad_repository"),
        (|promotion| promotion.pull_as = Some("https://x".into()), "bad_repository"),
        (|promotion| promotion.registry_override = Some("word".into()), "bad_repository"),
        (|promotion| promotion.registry_override = Some("quay-proxy.ci.openshift.org".into()), "push_to_proxy"),
        (|promotion| promotion.to[0].name = Some("UPPER".into()), "bad_reference"),
    ];
    for (change, code) in changes {
        let mut case = case();
        change(&mut case.promotion);
        assert_eq!(case.codes(), [code]);
    }
}

#[test]
fn a_registry_of_its_own_takes_only_what_registries_take() {
    let mut case = case();
    case.promotion.registry_override = Some("h.example:5000".into());
    assert_eq!(shown(&case.plan(&Standing::new())), [format!("promote create h.example:5000/ocp/4.7:foo {}", digest("new").short())]);
    case.promotion.to[0].name = Some("Upper".into());
    assert_eq!(case.codes(), ["bad_reference"]);
}

#[test]
fn names_that_mean_nothing_are_told() {
    let mut case = case();
    case.promotion.optional_images = vec!["fo".into()];
    case.context.required = vec!["[images]".into(), "src".into(), "nobody".into()];
    case.context.skipped = vec!["bar".into()];
    case.context.streams = Some([("src".to_owned(), StreamItem::default())].into());
    case.promotion.to[0].additional_images = [("out".into(), "src".into())].into();
    assert_eq!(case.codes(), ["unknown_image"; 3]);
}
