//! A place to tell from: a configuration, a folder for what outlives a run, a clock.

use cooperage::config::{self, ConfigFile, Sources};
use cooperage::event::Clock;
use cooperage::notify::{Cause, Delivery, FailedStage, Notification, Notifier, NotifyError, ScanNote, Told};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The password and key of all tests; nothing that is said may hold it.
pub const SECRET: &str = "hunter2-s3cret";

/// A clock that tests turn.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<Timestamp>>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub struct Desk {
    pub folder: TempDir,
    settings: Value,
    root: Value,
    secrets: Value,
    clock: TestClock,
}

impl Desk {
    /// With these settings below `cooperage.notify`.
    pub fn new(settings: Value) -> Self {
        let clock = TestClock(Arc::new(Mutex::new("2026-01-02T03:04:05Z".parse().unwrap())));
        Self { folder: tempfile::tempdir().unwrap(), settings, root: json!({}), secrets: json!({}), clock }
    }

    /// With a mail server at this port, spoken to without TLS.
    pub fn mailing(port: u16) -> Self {
        Self::with_smtp(json!({"server": "localhost", "port": port, "tls": "none"}))
    }

    /// With these settings below `cooperage.notify.smtp`.
    pub fn with_smtp(smtp: Value) -> Self {
        Self::new(json!({"from": "Builds <builds@example.org>", "smtp": smtp}))
    }

    /// With one more setting.
    pub fn and(mut self, key: &str, value: Value) -> Self {
        self.settings[key] = value;
        self
    }

    /// Trusts this authority.
    pub fn trusting(mut self, authority: &Path) -> Self {
        self.root["ca_bundle"] = authority.to_str().into();
        self
    }

    /// With these secrets of builds.
    pub fn with_build_secrets(mut self, secrets: Value) -> Self {
        self.secrets = secrets;
        self
    }

    /// Later.
    pub fn after_minutes(&self, minutes: i64) {
        *self.clock.0.lock().unwrap() += SignedDuration::from_mins(minutes);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new process on the same folder.
    pub fn notifier(&self) -> Result<Notifier, NotifyError> {
        let path = self.path("config.yaml");
        let mut root = self.root.clone();
        root["cooperage"] = json!({"notify": self.settings, "build_secrets": self.secrets});
        fs::write(&path, root.to_string()).unwrap();
        let env = BTreeMap::from([("TEST_SECRET".to_owned(), SECRET.to_owned()), ("OTHER".to_owned(), "wrong".to_owned())]);
        let config = config::load(&Sources { configfile: ConfigFile::Named(path), env, flags: Vec::new() }).unwrap();
        Ok(Notifier::new(&config, &self.path("state"))?.with_clock(Arc::new(self.clock.clone())))
    }

    /// Tells these, in a process of their own; no secret is in what is said.
    pub async fn tell(&self, notifications: Vec<Notification>) -> Vec<Delivery> {
        let deliveries = self.notifier().unwrap().tell(notifications, &CancellationToken::new()).await;
        let text = serde_json::to_string(&deliveries).unwrap();
        assert!(!text.contains(SECRET) && !text.contains("hunter2"), "{text}");
        deliveries
    }

    /// What waits on disk.
    pub fn spooled(&self) -> usize {
        let entries = fs::read_dir(self.path("state/notify/spool")).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "json")).count()
    }
}

/// A build of this image that succeeded.
pub fn success(image: &str) -> Notification {
    Notification {
        run: "run-1".to_owned(),
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        owners: vec!["owner@example.org".to_owned()],
        image: image.to_owned(),
        registry: "registry.example.org:5000".to_owned(),
        reference: Some(format!("registry.example.org:5000/{image}")),
        digest: Some(format!("sha256:{}", "ab".repeat(32))),
        outcome: Told::Success,
        cause: Cause::FirstBuild,
        failed: None,
        scan: None,
        links: vec![("log".to_owned(), "https://ci.example.org/runs/1?a=b&c=d".to_owned())],
        seconds: 75.0,
    }
}

/// A build of this image that failed.
pub fn failure(image: &str) -> Notification {
    Notification {
        outcome: Told::Failed,
        reference: None,
        digest: None,
        cause: Cause::Commit {
            commit: "0123456789ab".to_owned(),
            author: "Änn Author <ann@example.org>".to_owned(),
            subject: "Newer base".to_owned(),
            branch: "master".to_owned(),
            url: "https://git.example.org/app.git".to_owned(),
        },
        failed: Some(FailedStage {
            stage: "build".to_owned(),
            message: "the build ended with 1".to_owned(),
            tail: (1..=40).map(|number| format!("line {number}")).collect(),
        }),
        scan: Some(ScanNote {
            counts: BTreeMap::from([("high".to_owned(), 2)]),
            new: vec!["CVE-2026-1 openssl".to_owned()],
            gone: Vec::new(),
        }),
        ..success(image)
    }
}
