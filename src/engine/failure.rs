//! What an engine's error texts mean.

use super::EngineError;
use bollard::errors::Error;

/// Statuses and wordings of one engine, turned into our errors.
#[derive(Clone, Debug)]
pub(super) struct Failures {
    /// Where the engine is, for the texts.
    pub(super) address: String,
}

impl Failures {
    /// Any call's error.
    pub(super) fn of(&self, error: &Error) -> EngineError {
        match error {
            Error::DockerResponseServerError { message, .. } | Error::DockerStreamError { error: message } => self.answered(message),
            Error::IOError { .. } | Error::HyperResponseError { .. } | Error::HyperLegacyError { .. } | Error::RequestTimeoutError => {
                self.unreachable(error)
            }
            other => self.answered(&other.to_string()),
        }
    }

    /// The connection broke.
    pub(super) fn unreachable(&self, reason: &dyn std::error::Error) -> EngineError {
        EngineError::Unreachable { address: self.address.clone(), reason: chain(reason) }
    }

    /// The engine refused in words that belong to no build, pull or push.
    pub(super) fn answered(&self, message: &str) -> EngineError {
        if is_disk_full(message) {
            return self.disk_full(message);
        }
        EngineError::Other { address: self.address.clone(), message: message.trim().to_owned() }
    }

    /// The error of a container that did not start.
    pub(super) fn start(&self, error: &Error) -> EngineError {
        match error {
            Error::DockerResponseServerError { message, .. } => self.not_started(message),
            other => self.of(other),
        }
    }

    /// Its text. Podman makes a container ready when somebody attaches to it, so it is told there.
    pub(super) fn not_started(&self, message: &str) -> EngineError {
        match missing_program(message) {
            Some(program) => EngineError::NoProgram { program, message: message.trim().to_owned() },
            None => self.answered(message),
        }
    }

    pub(super) fn disk_full(&self, message: &str) -> EngineError {
        EngineError::DiskFull { address: self.address.clone(), message: message.trim().to_owned() }
    }

    /// The text of a build that failed. A command's own exit is never taken for the engine's full disk.
    pub(super) fn build(&self, message: &str) -> EngineError {
        let exit_code = exit_code(message);
        if exit_code.is_none() && is_disk_full(message) {
            return self.disk_full(message);
        }
        EngineError::Build { message: message.trim().to_owned(), exit_code }
    }

    /// The text of a pull or push that failed.
    pub(super) fn transfer(&self, reference: &str, message: &str) -> EngineError {
        let message = message.trim();
        let says = |words: &[&str]| {
            let lower = message.to_lowercase();
            words.iter().any(|word| lower.contains(word))
        };
        let reference = reference.to_owned();
        if is_disk_full(message) {
            self.disk_full(message)
        } else if says(DENIED) {
            EngineError::Denied { reference, message: message.to_owned() }
        } else if says(ABSENT) {
            EngineError::NotFound(reference)
        } else if let Some(advice) = advice(message) {
            // No push or pull to this registry can work, so one is enough to stop for.
            EngineError::Denied { reference, message: format!("{message}; {advice}") }
        } else {
            EngineError::Transfer { reference, message: message.to_owned(), transient: says(PASSING) }
        }
    }
}

impl EngineError {
    /// Whether a registry did not take the sign-in, or wanted one. A certificate that the engine does not trust is
    /// nothing that a sign-in changes.
    pub fn refuses_sign_in(&self) -> bool {
        matches!(self, Self::Denied { message, .. } if advice(message).is_none())
    }

    /// A refusal with what to do about it.
    #[must_use]
    pub fn with_advice(self, advice: &str) -> Self {
        match self {
            Self::Denied { reference, message } => Self::Denied { reference, message: format!("{message}; {advice}") },
            other => other,
        }
    }
}

const DENIED: &[&str] =
    &["unauthorized", "authentication required", "no basic auth credentials", "denied", "forbidden", "incorrect username or password"];
const ABSENT: &[&str] = &["manifest unknown", "not found", "does not exist", "no such image", "name unknown"];
/// Texts of Go's network stack and of registries under load. A bad certificate is not among them: it stays bad.
const PASSING: &[&str] = &[
    "500 internal",
    "http status: 5",
    "status code: 5",
    "502",
    "503",
    "504",
    "bad gateway",
    "service unavailable",
    "toomanyrequests",
    "too many requests",
    "429",
    "eof",
    "timeout",
    "timed out",
    "deadline exceeded",
    "connection refused",
    "connection reset",
    "broken pipe",
    "temporary failure",
    "retrying",
];

/// The engine has settings of its own about registries, which nothing here can change.
fn advice(message: &str) -> Option<&'static str> {
    if message.contains("HTTP response to HTTPS client") {
        Some(
            "list this registry in the engine's settings: insecure-registries in Docker's daemon.json, insecure = true in Podman's registries.conf",
        )
    } else if message.contains("x509: ") {
        Some(
            "the engine itself must trust this registry: /etc/docker/certs.d/HOST:PORT/ca.crt, with Podman /etc/containers/certs.d/HOST:PORT/ca.crt",
        )
    } else {
        None
    }
}

/// What could not be run because it is not there. runc: `exec: "sh": executable file not found in $PATH`, or
/// `exec: "/bin/sh": stat /bin/sh: no such file or directory`; crun: "executable file `sh` not found in $PATH".
fn missing_program(message: &str) -> Option<String> {
    let between = |before: &str, after: &str| {
        let rest = &message[message.find(before)? + before.len()..];
        rest.split_once(after).map(|(program, _)| program.to_owned())
    };
    let runc = || between("exec: \"", "\"").filter(|_| message.contains("not found") || message.contains("no such file"));
    runc().or_else(|| between("executable file `", "` not found"))
}

fn is_disk_full(message: &str) -> bool {
    let lower = message.to_lowercase();
    lower.contains("no space left on device") || lower.contains("disk quota exceeded")
}

/// The exit code of the command that failed: the last number behind one of the engines' three wordings.
fn exit_code(message: &str) -> Option<i64> {
    ["returned a non-zero code: ", "exit code: ", "exit status "]
        .into_iter()
        .filter_map(|wording| message.rfind(wording).map(|at| (at, &message[at + wording.len()..])))
        .max_by_key(|(at, _)| *at)
        .and_then(|(_, rest)| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures() -> Failures {
        Failures { address: "unix:///e".into() }
    }

    #[test]
    fn all_three_wordings_hold_the_exit_code() {
        for (message, code) in [
            ("The command '/bin/sh -c exit 7' returned a non-zero code: 7", Some(7)),
            ("executor failed running [/bin/sh -c echo exit code: 3; exit 137]: exit code: 137", Some(137)),
            ("process \"/bin/sh -c false\" did not complete successfully: exit code: 1", Some(1)),
            ("error building at STEP \"RUN exit 7\": error while running runtime: exit status 7", Some(7)),
            ("failed to compute cache key: \"/x\" not found", None),
            ("exit code: ", None),
        ] {
            assert_eq!(exit_code(message), code, "{message}");
        }
    }

    #[test]
    fn a_full_disk_is_the_engines_only_when_no_command_failed() {
        let full = failures().build("write /var/lib/docker/tmp/x: no space left on device");
        assert!(matches!(full, EngineError::DiskFull { .. }), "{full}");
        let own = failures().build("executor failed running [/bin/sh -c echo no space left on device; false]: exit code: 1");
        assert!(matches!(own, EngineError::Build { exit_code: Some(1), .. }), "{own}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let found = |message: &str| missing_program(message);
        let path = "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"sh\": executable file not found in $PATH: unknown";
        assert_eq!(found(path).as_deref(), Some("sh"));
        assert_eq!(found("exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown").as_deref(), Some("/bin/sh"));
        assert_eq!(found("crun: executable file `sh` not found in $PATH: No such file or directory").as_deref(), Some("sh"));
        assert_eq!(found("exec: \"/etc\": permission denied"), None);
        assert_eq!(found("invalid mount config for type \"bind\": bind source path does not exist: /x"), None);
    }

    #[test]
    fn refusals_absence_and_trouble_are_told_apart() {
        let of = |message: &str| failures().transfer("h/x:1", message);
        assert!(matches!(of("unauthorized: authentication required"), EngineError::Denied { .. }));
        assert!(matches!(of("pull access denied for x, repository does not exist"), EngineError::Denied { .. }));
        assert!(matches!(of("manifest for h/x:1 not found: manifest unknown: manifest unknown"), EngineError::NotFound(_)));
        assert!(matches!(of("received unexpected HTTP status: 503 Service Unavailable"), EngineError::Transfer { transient: true, .. }));
        assert!(matches!(of("Get https://h/v2/: EOF"), EngineError::Transfer { transient: true, .. }));
        let plain = of("Get \"https://h/v2/\": http: server gave HTTP response to HTTPS client").to_string();
        assert!(plain.contains("daemon.json") && plain.contains("registries.conf"), "{plain}");
        assert!(matches!(of("x509: certificate signed by unknown authority"), EngineError::Denied { .. }));
    }
}
