//! Keys of ours: `health` and `sandbox`. The original refuses a YAML file that has them, so they can stand in a
//! file of their own.

use super::fields::{Fields, Reader};
use super::model::{Health, HttpCheck, Pair, Readiness, Sandbox};
use crate::config::duration;
use crate::config::yaml::{Node, Shape};
use std::time::Duration;

const HEALTH: [&str; 8] = ["command", "env", "port", "http", "healthcheck", "timeout", "stopWithin", "exitCode"];

/// A stop by SIGTERM that the service sees to itself, and one that its default handler makes.
const GOOD_ENDS: [i64; 2] = [0, 143];

pub(super) fn health(reader: &Reader, root: &Fields<'_>) -> Option<Health> {
    let node = root.get("health").filter(|node| node.shape != Shape::Null)?;
    let fields = reader.fields(node, &HEALTH);
    let ready = readiness(reader, node, &fields)?;
    let exit_codes = match fields.get("exitCode").map(|node| &node.shape) {
        None | Some(Shape::Null) => GOOD_ENDS.to_vec(),
        _ => vec![fields.number("exitCode", 0)],
    };
    Some(Health {
        place: node.place,
        command: fields.texts_if_there("command"),
        env: fields.items("env").iter().map(|node| variable(reader, node)).collect(),
        ready,
        timeout: span(reader, &fields, "timeout", 30),
        stop_within: span(reader, &fields, "stopWithin", 10),
        exit_codes,
    })
}

fn variable(reader: &Reader, node: &Node) -> Pair {
    let fields = reader.fields(node, &["key", "value"]);
    let pair = Pair { key: fields.text("key"), value: fields.text("value"), is_regex: false };
    if pair.key.is_empty() {
        reader.wrong(node.place, "a variable needs a key");
    }
    pair
}

/// Exactly one of the three.
fn readiness(reader: &Reader, node: &Node, fields: &Fields<'_>) -> Option<Readiness> {
    let healthcheck = fields.flag("healthcheck", false);
    let ways = [fields.has("port"), fields.has("http"), healthcheck];
    if ways.into_iter().filter(|way| *way).count() != 1 {
        reader.wrong(node.place, "health needs exactly one of port, http and healthcheck: true");
        return None;
    }
    if healthcheck {
        return Some(Readiness::Healthcheck);
    }
    if fields.has("port") {
        return port(reader, fields).map(Readiness::Port);
    }
    let http = reader.fields(fields.get("http")?, &["port", "path", "status", "expectedContents"]);
    let status = http.number("status", 200);
    let Some(status) = u16::try_from(status).ok().filter(|status| (100..600).contains(status)) else {
        reader.wrong(http.place, "status must be a status of HTTP, 100 to 599");
        return None;
    };
    let path = if http.has("path") { http.text("path") } else { "/".to_owned() };
    if !path.starts_with('/') || path.contains(|c: char| c.is_whitespace() || c.is_control()) {
        reader.wrong(http.place, "path must begin with / and have no blanks");
        return None;
    }
    Some(Readiness::Http(HttpCheck { port: port(reader, &http)?, path, status, expected: http.texts("expectedContents") }))
}

fn port(reader: &Reader, fields: &Fields<'_>) -> Option<u16> {
    let port = u16::try_from(fields.number("port", 0)).ok().filter(|port| *port > 0);
    if port.is_none() {
        reader.wrong(fields.get("port").map_or(fields.place, |node| node.place), "port must be a port, 1 to 65535");
    }
    port
}

fn span(reader: &Reader, fields: &Fields<'_>, key: &str, default: u64) -> Duration {
    let Some(node) = fields.get(key).filter(|node| node.shape != Shape::Null) else { return Duration::from_secs(default) };
    duration::parse(&node.to_value()).unwrap_or_else(|| {
        reader.wrong(node.place, format!("{key} must be a duration of at least a second, such as 30s or 2m"));
        Duration::from_secs(default)
    })
}

pub(super) fn sandbox(reader: &Reader, root: &Fields<'_>) -> Sandbox {
    let defaults = Sandbox::default();
    let Some(node) = root.get("sandbox") else { return defaults };
    let fields = reader.fields(node, &["network", "timeout", "memory", "cpus", "processes"]);
    let processes = u32::try_from(fields.number("processes", i64::from(defaults.processes))).ok().filter(|number| *number > 0);
    if processes.is_none() {
        reader.wrong(fields.place, "processes must be a number of processes, 1 or more");
    }
    Sandbox {
        network: fields.flag("network", defaults.network),
        timeout: span(reader, &fields, "timeout", defaults.timeout.as_secs()),
        memory: memory(reader, &fields).unwrap_or(defaults.memory),
        cpus: cpus(reader, &fields).unwrap_or(defaults.cpus),
        processes: processes.unwrap_or(defaults.processes),
    }
}

/// Bytes, or a number with k, m or g. Engines refuse less than 6 MiB.
fn memory(reader: &Reader, fields: &Fields<'_>) -> Option<u64> {
    let node = fields.get("memory").filter(|node| node.shape != Shape::Null)?;
    let text = match &node.shape {
        Shape::Integer(number) => number.to_string(),
        _ => reader.text(node).to_ascii_lowercase(),
    };
    let (digits, factor) = match text.as_bytes().last() {
        Some(b'k') => (&text[..text.len() - 1], 1 << 10),
        Some(b'm') => (&text[..text.len() - 1], 1 << 20),
        Some(b'g') => (&text[..text.len() - 1], 1 << 30),
        _ => (text.as_str(), 1),
    };
    let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).filter(|bytes| *bytes >= 6 << 20);
    if bytes.is_none() {
        reader.wrong(node.place, "memory must be bytes, or a number with k, m or g, of at least 6m");
    }
    bytes
}

fn cpus(reader: &Reader, fields: &Fields<'_>) -> Option<f64> {
    let node = fields.get("cpus").filter(|node| node.shape != Shape::Null)?;
    let cpus = match &node.shape {
        Shape::Integer(number) => number.to_string().parse().ok(),
        Shape::Float(number) => Some(*number),
        _ => None,
    };
    let cpus = cpus.filter(|cpus: &f64| *cpus >= 0.01 && *cpus <= 1024.0);
    if cpus.is_none() {
        reader.wrong(node.place, "cpus must be a number of CPUs from 0.01, such as 1.5");
    }
    cpus
}
