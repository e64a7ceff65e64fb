//! What a call asks for. Parsed once, by a table: what is not in it is refused.

use hyper::{Method, Uri};

/// A call that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// What it is about.
    pub(super) what: What,
    /// `/v1.41`, or nothing.
    pub(super) version: String,
    /// What stands behind the thing it is about, such as `/logs`.
    pub(super) action: String,
    /// The query, of known keys only.
    pub(super) query: Vec<(String, String)>,
}

/// What a call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The engine itself: `/_ping`, `/version`.
    Engine,
    /// An image, by the name that was used.
    Image(String),
    /// A container to make.
    Create,
    /// A container, by name or id.
    Container(String),
    /// A program that was started in a container, by id.
    Exec(String),
}

/// How a call is carried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// It has no body.
    Plain,
    /// Its connection becomes a stream.
    Stream,
    /// Its body makes a container.
    Create,
    /// Its body makes a program in a container.
    Exec,
    /// Its body says how that program is started; its connection may become a stream.
    ExecStart,
}

/// Method, kind of thing, what stands behind it, keys of the query, manner.
type Row = (Method, Kind, &'static str, &'static [&'static str], Manner);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Engine,
    Image,
    Create,
    Container,
    Exec,
}

/// All that is allowed. Source of paths and keys: Docker's API, 1.41.
static TABLE: [Row; 18] = [
    (Method::GET, Kind::Engine, "/_ping", &[], Manner::Plain),
    (Method::HEAD, Kind::Engine, "/_ping", &[], Manner::Plain),
    (Method::GET, Kind::Engine, "/version", &[], Manner::Plain),
    (Method::GET, Kind::Image, "/json", &[], Manner::Plain),
    (Method::POST, Kind::Create, "", &["name"], Manner::Create),
    (Method::GET, Kind::Container, "/json", &["size"], Manner::Plain),
    (
        Method::GET,
        Kind::Container,
        "/logs",
        &["follow", "stdout", "stderr", "since", "until", "timestamps", "tail", "details"],
        Manner::Plain,
    ),
    (Method::POST, Kind::Container, "/start", &["detachKeys"], Manner::Plain),
    (Method::POST, Kind::Container, "/stop", &["t", "signal"], Manner::Plain),
    (Method::POST, Kind::Container, "/kill", &["signal"], Manner::Plain),
    (Method::POST, Kind::Container, "/wait", &["condition"], Manner::Plain),
    (Method::POST, Kind::Container, "/resize", &["h", "w"], Manner::Plain),
    (Method::POST, Kind::Container, "/attach", &["detachKeys", "logs", "stream", "stdin", "stdout", "stderr"], Manner::Stream),
    (Method::POST, Kind::Container, "/exec", &[], Manner::Exec),
    (Method::DELETE, Kind::Container, "", &["force", "v"], Manner::Plain),
    (Method::GET, Kind::Exec, "/json", &[], Manner::Plain),
    (Method::POST, Kind::Exec, "/start", &[], Manner::ExecStart),
    (Method::POST, Kind::Exec, "/resize", &["h", "w"], Manner::Plain),
];

/// The oldest API that is let through; older ones take settings of containers in more places.
const OLDEST: u32 = 24;

/// Longest value in a query.
const LONGEST: usize = 256;

/// Reads a call, or says why it is refused.
pub(super) fn read(method: &Method, uri: &Uri) -> Result<(Call, Manner), String> {
    if uri.scheme().is_some() || uri.authority().is_some() {
        return Err("a whole URL instead of a path".to_owned());
    }
    let path = uri.path();
    if !is_plain(path) {
        return Err("a path with empty, `.` or `..` parts, or with characters that need no encoding here".to_owned());
    }
    let (version, rest) = split_version(path)?;
    let none = || "no call that a cage may make".to_owned();
    let (kind, what, action) = subject(rest).ok_or_else(none)?;
    let row = TABLE.iter().find(|row| row.0 == method && row.1 == kind && row.2 == action).ok_or_else(none)?;
    let query = query(uri.query().unwrap_or_default(), row.3)?;
    Ok((Call { what, version: version.to_owned(), action: action.to_owned(), query }, row.4))
}

/// Whether a path means what it says, to every reader.
fn is_plain(path: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "/._:@-".contains(c);
    let mut parts = path.split('/');
    parts.next() == Some("") && path.chars().all(known) && parts.all(|part| !matches!(part, "" | "." | ".."))
}

/// `/v1.41` and what follows.
fn split_version(path: &str) -> Result<(&str, &str), String> {
    let Some(number) = path.strip_prefix("/v1.") else { return Ok(("", path)) };
    let end = number.find('/').unwrap_or(number.len());
    match number[..end].parse::<u32>() {
        Ok(minor) if minor >= OLDEST && number[..end].bytes().all(|byte| byte.is_ascii_digit()) => Ok(path.split_at(end + "/v1.".len())),
        _ => Err(format!("an API that is not let through; 1.{OLDEST} is the oldest")),
    }
}

fn subject(path: &str) -> Option<(Kind, What, &str)> {
    if matches!(path, "/_ping" | "/version") {
        return Some((Kind::Engine, What::Engine, path));
    }
    if path == "/containers/create" {
        return Some((Kind::Create, What::Create, ""));
    }
    if let Some(rest) = path.strip_prefix("/images/") {
        // Names of images have slashes.
        let name = rest.strip_suffix("/json")?;
        return Some((Kind::Image, What::Image(name.to_owned()), "/json"));
    }
    let (kind, rest) = match path.strip_prefix("/containers/") {
        Some(rest) => (Kind::Container, rest),
        None => (Kind::Exec, path.strip_prefix("/exec/")?),
    };
    // `docker inspect` takes what it is given for the name of a container first, also that of an image.
    let end = rest.strip_suffix("/json").map(str::len).or_else(|| rest.find('/'));
    let (name, action) = rest.split_at(end.unwrap_or(rest.len()));
    let name = name.to_owned();
    Some((kind, if kind == Kind::Container { What::Container(name) } else { What::Exec(name) }, action))
}

fn query(text: &str, keys: &[&str]) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |c: char| c.is_ascii_alphanumeric() || "._:,+%-".contains(c);
        if !keys.contains(&key) || found.iter().any(|(known, _)| known == key) {
            return Err(format!("\"{key}\" in the query, which is not let through here"));
        }
        if value.len() > LONGEST || !value.chars().all(plain) {
            return Err(format!("a value of \"{key}\" in the query that is not let through"));
        }
        found.push((key.to_owned(), value.to_owned()));
    }
    Ok(found)
}

impl Call {
    /// The path that the engine is asked, for a thing of this id.
    pub(super) fn path(&self, id: &str) -> String {
        let (version, action) = (&self.version, &self.action);
        let path = match self.what {
            What::Engine => format!("{version}{action}"),
            What::Image(_) => format!("{version}/images/{id}{action}"),
            What::Create => format!("{version}/containers/create"),
            What::Container(_) => format!("{version}/containers/{id}{action}"),
            What::Exec(_) => format!("{version}/exec/{id}{action}"),
        };
        // A name is kept here; the engine is asked by id.
        let query: Vec<String> = self.query.iter().filter(|(key, _)| key != "name").map(|(key, value)| format!("{key}={value}")).collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: &Method, path: &str) -> Result<String, String> {
        let uri: Uri = path.parse().map_err(|error| format!("{error}"))?;
        read(method, &uri).map(|(call, _)| call.path("ID"))
    }

    #[test]
    fn what_is_in_the_table_is_passed_on_by_id() {
        for (method, path, asked) in [
            (Method::HEAD, "/_ping", "/_ping"),
            (Method::GET, "/v1.41/version", "/v1.41/version"),
            (Method::POST, "/v1.41/containers/create?name=web", "/v1.41/containers/create"),
            (Method::GET, "/containers/web/json", "/containers/ID/json"),
            (Method::GET, "/v1.41/containers/w/logs?follow=1&stdout=1", "/v1.41/containers/ID/logs?follow=1&stdout=1"),
            (Method::DELETE, "/v1.50/containers/web?v=1&force=1", "/v1.50/containers/ID?v=1&force=1"),
            (Method::GET, "/v1.41/images/host:5000/app/job:tag/json", "/v1.41/images/ID/json"),
            (Method::GET, "/containers/app/job:tag/json", "/containers/ID/json"),
            (Method::POST, "/v1.41/exec/abc/start", "/v1.41/exec/ID/start"),
            (
                Method::POST,
                "/containers/x/attach?detachKeys=ctrl-p%2Cctrl-q&stream=1",
                "/containers/ID/attach?detachKeys=ctrl-p%2Cctrl-q&stream=1",
            ),
        ] {
            assert_eq!(ask(&method, path).as_deref(), Ok(asked), "{path}");
        }
    }

    #[test]
    fn tricks_with_paths_and_queries_are_refused() {
        for path in [
            "//containers/json",
            "/v1.41//containers/x/json",
            "/v1.41/../containers/x/json",
            "/containers/x/../json",
            "/containers/./json",
            "/containers/%2e%2e/json",
            "/containers/x%2Fjson/json",
            "/images/x/../y/json",
            "/v1.41/containers/x/json/",
            "/v1.23/containers/x/json",
            "/v1.+41/containers/x/json",
            "/v1./containers/x/json",
            "/v2.0/containers/x/json",
            "/v1.41",
            "/containers/x/json?size=1&size=0",
            "/containers/x/json?Size=1",
            "/containers/x/json?si%7ae=1",
            "/containers/x/json?size=1;all=1",
            "/containers/x/logs?filters=%7B%7D",
            "/containers//json",
            "/containers/json",
            "/containers/x/archive?path=/",
            "http://engine/containers/x/json",
        ] {
            assert!(ask(&Method::GET, path).is_err(), "{path}");
        }
        assert!(ask(&Method::DELETE, "/containers/x?link=1").is_err());
        assert!(ask(&Method::POST, "/containers/x/json").is_err());
        assert!(ask(&Method::PUT, "/containers/x/archive").is_err());
    }
}
