//! Bodies that make containers and programs in them. They are written anew from the keys that are known, so that nothing
//! which the engine reads otherwise (another case, a key twice) gets through.

use super::super::CageLimits;
use serde_json::{Map, Value, json};

/// Keys of a container that are passed on as they are. Source: Docker's API 1.41, `ContainerConfig`.
const CONFIG: [&str; 20] = [
    "Hostname",
    "Domainname",
    "User",
    "AttachStdin",
    "AttachStdout",
    "AttachStderr",
    "Tty",
    "OpenStdin",
    "StdinOnce",
    "Env",
    "Cmd",
    "Entrypoint",
    "WorkingDir",
    "Healthcheck",
    "ExposedPorts",
    "StopSignal",
    "StopTimeout",
    "Shell",
    "NetworkDisabled",
    "ArgsEscaped",
];

/// Keys of its `HostConfig` that only take something away, or are about its end.
const HOST: [&str; 4] = ["AutoRemove", "Init", "ReadonlyRootfs", "CapDrop"];

/// Keys of a program in a container.
const EXEC: [&str; 9] = ["AttachStdin", "AttachStdout", "AttachStderr", "DetachKeys", "Tty", "Env", "Cmd", "User", "WorkingDir"];

/// Keys of its start.
const EXEC_START: [&str; 2] = ["Detach", "Tty"];

/// What the labels of ours begin with.
const OURS: &str = "io.cooperage.";

/// The body of a container to make: what was asked for, within the limits.
///
/// # Errors
/// What was asked for that is not allowed.
pub(super) fn container(asked: &[u8], image: &str, limits: &CageLimits, labels: &Map<String, Value>) -> Result<Value, String> {
    let mut asked = object(asked)?;
    let host = taken(&mut asked, "HostConfig")?;
    let mut wanted_labels = taken(&mut asked, "Labels")?;
    asked.remove("Image");
    endpoints(taken(&mut asked, "NetworkingConfig")?)?;
    let mut made = only(asked, &CONFIG, "")?;
    wanted_labels.retain(|key, _| !key.starts_with(OURS));
    wanted_labels.extend(labels.clone());
    made.insert("Image".to_owned(), image.into());
    made.insert("Labels".to_owned(), wanted_labels.into());
    made.insert("HostConfig".to_owned(), host_config(host, limits)?.into());
    Ok(made.into())
}

/// The image that a body asks for.
pub(super) fn image(asked: &[u8]) -> Result<String, String> {
    match object(asked)?.get("Image") {
        Some(Value::String(image)) => Ok(image.clone()),
        _ => Err("no image".to_owned()),
    }
}

fn host_config(mut asked: Map<String, Value>, limits: &CageLimits) -> Result<Map<String, Value>, String> {
    let network = network(&asked.remove("NetworkMode").unwrap_or_default(), limits)?;
    usual(&mut asked, "RestartPolicy", "Name", "no")?;
    usual(&mut asked, "LogConfig", "Type", "json-file")?;
    for private in ["IpcMode", "CgroupnsMode"] {
        asked.remove(private).filter(|mode| !empty(mode) && mode != "private").map_or(Ok(()), |_| Err(format!("HostConfig.{private}")))?;
    }
    let mut least = |key: &str, most: u64| {
        let wanted = asked.remove(key).unwrap_or_default();
        wanted.as_u64().filter(|wanted| *wanted > 0).map_or(most, |wanted| wanted.min(most))
    };
    let memory = least("Memory", limits.memory);
    // There is no swap beside the memory, however much is asked for.
    least("MemorySwap", memory);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "settings bound it to some thousands")]
    let cpus = least("NanoCpus", (limits.cpus * 1e9) as u64);
    let bounds = [
        ("NetworkMode", network.into()),
        ("Memory", memory.into()),
        ("MemorySwap", memory.into()),
        ("PidsLimit", least("PidsLimit", u64::from(limits.pids)).into()),
        ("NanoCpus", cpus.into()),
        ("ShmSize", least("ShmSize", SHM).into()),
        ("LogConfig", json!({"Type": "json-file", "Config": {"max-size": "8m", "max-file": "1"}})),
    ];
    let mut made = only(asked, &HOST, "HostConfig.")?;
    made.extend(bounds.map(|(key, value)| (key.to_owned(), value)));
    Ok(made)
}

/// None, or the engine's usual where that is allowed.
fn network(asked: &Value, limits: &CageLimits) -> Result<&'static str, String> {
    match asked.as_str() {
        Some("none") => Ok("none"),
        Some("" | "default" | "bridge") => Ok(if limits.network { "default" } else { "none" }),
        None if empty(asked) => Ok(if limits.network { "default" } else { "none" }),
        _ => Err(format!("HostConfig.NetworkMode {asked}")),
    }
}

/// That nothing is said of networks beyond their names, and those are the usual ones: `NetworkMode` has said it.
fn endpoints(mut asked: Map<String, Value>) -> Result<(), String> {
    let networks = taken(&mut asked, "EndpointsConfig")?;
    let known = |name: &str| ["", "default", "bridge", "none"].contains(&name);
    let silent = |network: &Value| empty(network) || network.as_object().is_some_and(|said| said.values().all(empty));
    let usual = asked.values().all(empty) && networks.iter().all(|(name, network)| known(name) && silent(network));
    if usual { Ok(()) } else { Err("NetworkingConfig".to_owned()) }
}

/// Takes out a map that may say nothing but what is usual.
fn usual(asked: &mut Map<String, Value>, key: &str, name: &str, value: &str) -> Result<(), String> {
    let said = taken(asked, key)?;
    if said.iter().all(|(known, said)| empty(said) || (known == name && said == value)) { Ok(()) } else { Err(format!("HostConfig.{key}")) }
}

/// Bytes of `/dev/shm`, the engine's usual.
const SHM: u64 = 64 << 20;

/// The body of a program to start in a container.
///
/// # Errors
/// What was asked for that is not allowed.
pub(super) fn exec(asked: &[u8]) -> Result<Value, String> {
    Ok(only(object(asked)?, &EXEC, "")?.into())
}

/// The body of its start.
///
/// # Errors
/// What was asked for that is not allowed.
pub(super) fn exec_start(asked: &[u8]) -> Result<Value, String> {
    let mut asked = object(asked)?;
    // The size of the terminal at the other end; `resize` tells it, too.
    asked.remove("ConsoleSize");
    Ok(only(asked, &EXEC_START, "")?.into())
}

/// That a body is as good as none.
///
/// # Errors
/// When it holds something.
pub(super) fn nothing(asked: &[u8]) -> Result<(), String> {
    if asked.is_empty() || serde_json::from_slice(asked).is_ok_and(|value: Value| empty(&value)) {
        return Ok(());
    }
    Err("a body, where none belongs".to_owned())
}

fn object(asked: &[u8]) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(asked).map_err(|_| "a body that is no JSON object".to_owned())
}

/// Takes a map out of a map; one that is not there is empty.
fn taken(from: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, String> {
    match from.remove(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(format!("{key} that is no map")),
    }
}

/// The known keys. An unknown one may be there when it asks for nothing, as clients write all they know; it is left out.
fn only(asked: Map<String, Value>, known: &[&str], place: &str) -> Result<Map<String, Value>, String> {
    let mut kept = Map::new();
    for (key, value) in asked {
        if known.contains(&key.as_str()) {
            kept.insert(key, value);
        } else if !empty(&value) && key != "ConsoleSize" {
            return Err(format!("{place}{key}"));
        }
    }
    Ok(kept)
}

/// What clients write for "not asked for".
fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => matches!(number.as_i64(), Some(0 | -1)),
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn limits(network: bool) -> CageLimits {
        CageLimits { image: String::new(), cpus: 1.0, memory: 1000, pids: 10, disk: 1, time: Duration::from_secs(1), network }
    }

    fn make(asked: &Value, network: bool) -> Result<Value, String> {
        let Value::Object(labels) = json!({"io.cooperage.test": "1"}) else { unreachable!() };
        container(asked.to_string().as_bytes(), "sha256:1", &limits(network), &labels)
    }

    #[test]
    fn a_container_gets_what_it_may_have_and_its_limits() {
        let asked = json!({
            "Image": "x", "Cmd": ["true"], "Volumes": {}, "MacAddress": "", "Labels": {"a": "b", "io.cooperage.test": "9999999999"},
            "HostConfig": {"AutoRemove": true, "Memory": 500, "PidsLimit": 0, "NetworkMode": "default", "Binds": null, "MemorySwappiness": -1,
                "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "LogConfig": {"Type": "", "Config": {}}, "MaskedPaths": [], "ConsoleSize": [3, 4]},
            "NetworkingConfig": {"EndpointsConfig": {"default": {"IPAMConfig": null, "Links": null}}},
        });
        let made = make(&asked, false).unwrap();
        assert_eq!((&made["Image"], &made["Cmd"]), (&json!("sha256:1"), &json!(["true"])));
        assert_eq!(made["Labels"], json!({"a": "b", "io.cooperage.test": "1"}));
        let host = &made["HostConfig"];
        assert_eq!((&host["Memory"], &host["MemorySwap"], &host["PidsLimit"]), (&json!(500), &json!(500), &json!(10)));
        assert_eq!((&host["NetworkMode"], &host["AutoRemove"]), (&json!("none"), &json!(true)));
        // An empty list would uncover what the engine hides in /proc.
        assert!(host.get("MaskedPaths").is_none() && host.get("Binds").is_none() && made.get("NetworkingConfig").is_none());
        assert_eq!(make(&asked, true).unwrap()["HostConfig"]["NetworkMode"], "default");
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (key, value) in [
            ("Binds", json!(["/:/host"])),
            ("binds", json!(["/:/host"])),
            ("Mounts", json!([{"Type": "bind", "Source": "/", "Target": "/host"}])),
            ("VolumesFrom", json!(["other"])),
            ("Devices", json!([{"PathOnHost": "/dev/sda"}])),
            ("DeviceRequests", json!([{"Count": 1}])),
            ("DeviceCgroupRules", json!(["c 1:3 mr"])),
            ("Privileged", json!(true)),
            ("CapAdd", json!(["SYS_ADMIN"])),
            ("SecurityOpt", json!(["seccomp=unconfined"])),
            ("PidMode", json!("host")),
            ("IpcMode", json!("host")),
            ("UTSMode", json!("host")),
            ("UsernsMode", json!("host")),
            ("CgroupnsMode", json!("host")),
            ("NetworkMode", json!("host")),
            ("NetworkMode", json!("container:other")),
            ("NetworkMode", json!(["host"])),
            ("CgroupParent", json!("/")),
            ("Cgroup", json!("container:x")),
            ("Runtime", json!("other")),
            ("Links", json!(["other:x"])),
            ("Sysctls", json!({"net.ipv4.ip_forward": "1"})),
            ("Tmpfs", json!({"/x": ""})),
            ("Ulimits", json!([{"Name": "nofile"}])),
            ("OomKillDisable", json!(true)),
            ("OomScoreAdj", json!(-500)),
            ("PublishAllPorts", json!(true)),
            ("PortBindings", json!({"80/tcp": [{"HostPort": "80"}]})),
            ("RestartPolicy", json!({"Name": "always"})),
            ("LogConfig", json!({"Type": "syslog", "Config": {"syslog-address": "tcp://h"}})),
            ("ContainerIDFile", json!("/x")),
            ("StorageOpt", json!({"size": "1"})),
            ("GroupAdd", json!(["0"])),
            ("ReadonlyPaths", json!(["/x"])),
            ("SomethingNew", json!(1)),
        ] {
            let error = make(&json!({"Image": "x", "HostConfig": {key: value}}), true).expect_err(key);
            assert!(error.contains(key), "{key}: {error}");
        }
        let other = |name: &str, said: &Value| json!({"EndpointsConfig": {name: said}});
        for (key, value) in [
            ("Volumes", json!({"/x": {}})),
            ("NetworkingConfig", other("host", &json!({}))),
            ("NetworkingConfig", other("default", &json!({"Aliases": ["x"]}))),
            ("hostconfig", json!({"Privileged": true})),
            ("New", json!("x")),
        ] {
            assert!(make(&json!({"Image": "x", key: value}), true).unwrap_err().contains(key));
        }
        assert!(exec(b"{\"Cmd\":[\"sh\"],\"Privileged\":true}").unwrap_err().contains("Privileged"));
        assert!(exec_start(b"{\"Detach\":false,\"Tty\":false,\"ConsoleSize\":[1,2]}").is_ok());
        assert!(nothing(b"{\"Binds\":[\"/:/x\"]}").is_err() && nothing(b"{}").is_ok() && nothing(b"x").is_err());
    }
}
