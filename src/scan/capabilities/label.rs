//! How an image wants to be run: its label `RUN`, read as an argument list.

use super::options::{Given, options};
use super::rules::LABEL_RULES;
use crate::finding::{Finding, Severity};
use crate::scan::Subject;
use crate::scan::external::plain;
use std::collections::BTreeSet;

/// The label that is looked at.
const LABEL: &str = "RUN";

/// Capabilities that lead to the host. Source: Linux, capabilities(7).
const STRONG: &[&str] = &[
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
];

/// What is shown of a value, in characters: the label is somebody else's, of any length.
const SHOWN: usize = 200;

/// A privilege: the id of its rule, how severe it is, and what was written.
pub type Privilege = (&'static str, Severity, String);

/// Findings of the label.
pub fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let of = |(id, severity, written): Privilege| {
        let text = LABEL_RULES.iter().find(|rule| rule.id == id).map_or("", |rule| rule.text);
        let finding = Finding::new(id, severity, format!("the label {LABEL} has {written}. {text}")).about(subject.name);
        finding.help(Some("leave the switch out, or say in an exception why the image needs it"))
    };
    privileges(subject.config.label(LABEL)).into_iter().map(of).collect()
}

/// The privileges that a label asks for, each once. What engines print for a label that is not there asks for none.
pub fn privileges(label: Option<&str>) -> Vec<Privilege> {
    let text = label.unwrap_or_default().trim();
    if matches!(text, "" | "null" | "<no value>") {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let all = options(text).into_iter().flat_map(|given| privilege(&given));
    all.filter(|(id, _, written)| seen.insert((*id, written.clone()))).collect()
}

fn privilege((name, value): &Given) -> Vec<Privilege> {
    let id = match (name.as_str(), value.as_str()) {
        ("privileged", value) if is_true(value) => "privileged",
        ("cap-add", value) => return value.split(',').filter(|one| !one.is_empty()).map(added).collect(),
        ("security-opt", value) => match confinement(value) {
            Some(id) => id,
            None => return Vec::new(),
        },
        ("net" | "network", "host") => "net-host",
        ("pid", "host") => "pid-host",
        ("ipc", "host") => "ipc-host",
        ("userns", "host") => "userns-host",
        ("uts", "host") => "uts-host",
        ("device", _) => "host-device",
        ("volume" | "mount", value) => match mounted(name, value) {
            Some(id) => id,
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let severity = LABEL_RULES.iter().find(|rule| rule.id == id).and_then(|rule| rule.severity).unwrap_or(Severity::Medium);
    let written = if name == "privileged" { "--privileged".to_owned() } else { format!("--{name}={}", plain(value, SHOWN)) };
    vec![(id, severity, written)]
}

/// As Go reads a flag; what it cannot read it refuses to run.
fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

fn added(capability: &str) -> Privilege {
    let name = plain(capability, SHOWN).to_ascii_uppercase();
    let name = name.strip_prefix("CAP_").unwrap_or(&name);
    let severity = if STRONG.contains(&name) { Severity::High } else { Severity::Medium };
    ("cap-add", severity, format!("--cap-add={name}"))
}

/// Both spellings: `label=disable`, `label:disable`.
fn confinement(value: &str) -> Option<&'static str> {
    match value.split_once(['=', ':'])? {
        ("label", "disable") => Some("label-disable"),
        ("seccomp" | "apparmor" | "systempaths", "unconfined") => Some("unconfined"),
        _ => None,
    }
}

/// What of the host is put into the container.
fn mounted(option: &str, value: &str) -> Option<&'static str> {
    let source = match option {
        "volume" => value.split(':').next().filter(|_| value.contains(':'))?,
        _ => value.split(',').find_map(|part| part.strip_prefix("source=").or_else(|| part.strip_prefix("src=")))?,
    };
    let path = crate::layers::clean(source);
    let sockets = ["docker.sock", "podman.sock", "containerd.sock", "crio.sock"];
    match () {
        () if !source.starts_with('/') => None,
        () if path == "/" => Some("host-root"),
        () if sockets.iter().any(|socket| path.rsplit('/').next() == Some(*socket)) => Some("engine-socket"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(label: &str) -> String {
        privileges(Some(label)).into_iter().map(|(id, _, _)| id).collect::<Vec<_>>().join(" ")
    }

    /// The rows of the four scanners' description, with the false positives and misses of plain text search put right.
    #[test]
    fn labels_are_argument_lists() {
        assert!(privileges(None).is_empty());
        for (label, expected) in [
            ("", ""),
            ("  ", ""),
            ("null", ""),
            ("<no value>", ""),
            ("docker run -d IMAGE", ""),
            ("docker run --privileged IMAGE", "privileged"),
            ("docker run --privileged=false IMAGE", ""),
            ("docker run --privileged=true IMAGE", "privileged"),
            ("docker run --cap-add SYS_ADMIN --cap-add=NET_ADMIN IMAGE", "cap-add cap-add"),
            ("docker run --net host IMAGE", "net-host"),
            ("docker run --network=host IMAGE", "net-host"),
            ("docker run --network host IMAGE", "net-host"),
            ("docker run --net=hostonly IMAGE", ""),
            ("docker run --pid=host --ipc=host IMAGE", "pid-host ipc-host"),
            ("docker run --pid host --ipc host --uts host --userns host IMAGE", "pid-host ipc-host uts-host userns-host"),
            ("docker run --security-opt=label=disable IMAGE", "label-disable"),
            ("docker run --security-opt label=disable IMAGE", "label-disable"),
            ("docker run --security-opt label:disable --security-opt label=disable", "label-disable label-disable"),
            ("docker run --security-opt seccomp=unconfined IMAGE", "unconfined"),
            ("docker run --security-opt no-new-privileges IMAGE", ""),
            ("docker run IMAGE --privileged", ""),
            ("docker run --name --privileged IMAGE", ""),
            ("docker run -itd --rm --init --privileged IMAGE", "privileged"),
            ("docker run -e 'X=--privileged --net=host' IMAGE", ""),
            ("docker rm -f x; docker run --privileged IMAGE", "privileged"),
            ("docker run ${OPT1} --privileged ${OPT2} --pid=host ${IMAGE} --ipc=host", "privileged pid-host"),
            ("docker run -v /:/host IMAGE", "host-root"),
            ("docker run -itv/:/host:ro IMAGE", "host-root"),
            ("docker run --volume=/var/run/docker.sock:/s IMAGE", "engine-socket"),
            ("docker run --mount type=bind,src=/,dst=/host IMAGE", "host-root"),
            ("docker run -v data:/ -v /srv:/srv -v /anonymous IMAGE", ""),
            ("docker run --device /dev/sda IMAGE", "host-device"),
            ("--privileged --net=host", "privileged net-host"),
            ("podman create --cap-add=all,CAP_CHOWN 'IMAGE'", "cap-add cap-add"),
            ("docker run --privileged 'IMAGE", "privileged"),
            ("docker run --net", ""),
        ] {
            assert_eq!(ids(label), expected, "{label}");
        }
    }

    #[test]
    fn capabilities_are_told_each_and_once() {
        let all = privileges(Some("docker run --cap-add cap_sys_admin --cap-add SYS_ADMIN --cap-add CHOWN IMAGE"));
        let told: Vec<_> = all.iter().map(|(_, severity, written)| (written.as_str(), *severity)).collect();
        assert_eq!(told, [("--cap-add=SYS_ADMIN", Severity::High), ("--cap-add=CHOWN", Severity::Medium)]);
    }
}
