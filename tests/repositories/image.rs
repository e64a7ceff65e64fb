//! An image that is scanned: files of one layer and packages, told by the test.

use cooperage::config::ScannerSettings;
use cooperage::fetch::Fetcher;
use cooperage::layers::{Kind, Stat};
use cooperage::name::Digest;
use cooperage::registry::{RegistryOptions, Retries};
use cooperage::scan::{Content, Contents, FileRecord, Found, Insides, Inventory, LayerRecord, Os, Package, PackageKind, Subject};
use cooperage::scan::{languages, updates};
use std::time::Duration;

/// Options with short waits.
pub fn options() -> RegistryOptions {
    let retries = Retries { tries: 3, first_wait: Duration::from_millis(10), patience: Duration::from_secs(3) };
    RegistryOptions { retries, ..RegistryOptions::default() }
}

/// The image.
#[derive(Default)]
pub struct Image {
    layer: LayerRecord,
    packages: Vec<Package>,
    /// What the configuration says.
    pub settings: ScannerSettings,
    /// What `os-release` says.
    pub os: Os,
}

impl Image {
    /// With these packages of one kind: name, version, architecture.
    pub fn with(kind: PackageKind, packages: &[(&str, &str, &str)]) -> Self {
        let mut image = Self { layer: LayerRecord { diff_id: Some(Digest::of(b"layer")), ..LayerRecord::default() }, ..Self::default() };
        // The repositories of tests stand on this machine.
        image.settings.private = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        packages.iter().for_each(|(name, version, arch)| image.package(kind, name, version, arch));
        image
    }

    pub fn package(&mut self, kind: PackageKind, name: &str, version: &str, arch: &str) {
        self.located(kind, name, version, arch, "/var/lib/packages");
    }

    pub fn located(&mut self, kind: PackageKind, name: &str, version: &str, arch: &str, location: &str) {
        self.packages.push(Package {
            kind,
            name: name.to_owned(),
            version: version.to_owned(),
            arch: Some(arch.to_owned()).filter(|arch| !arch.is_empty()),
            source: None,
            licenses: Vec::new(),
            location: location.to_owned(),
            layer: 0,
        });
    }

    pub fn file(&mut self, path: &str, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref().to_vec();
        self.layer.files.push(FileRecord {
            path: path.to_owned(),
            kind: Kind::File,
            stat: Stat { size: bytes.len() as u64, ..Stat::default() },
            ..FileRecord::default()
        });
        self.layer.contents.push((path.to_owned(), Content::Held(bytes.into())));
    }

    /// What the scanner of updates finds on a day.
    pub fn updates_on(&self, now: &str) -> Found {
        self.scan(now, |subject, fetcher| Box::pin(updates::scan(subject, fetcher)))
    }

    /// What the scanner of updates finds.
    pub fn updates(&self) -> Found {
        self.updates_on(&jiff::Timestamp::now().to_string())
    }

    /// What the scanner of languages finds.
    pub fn languages(&self) -> Found {
        self.scan("2026-01-02T00:00:00Z", |subject, fetcher| Box::pin(languages::scan(subject, fetcher)))
    }

    fn scan(&self, now: &str, scan: impl for<'a> Fn(&'a Subject<'a>, &'a Fetcher) -> futures_util::future::BoxFuture<'a, Found>) -> Found {
        let contents = Contents::of(vec![self.layer.clone()]);
        let inventory = Inventory { packages: self.packages.clone(), os: self.os.clone(), ..Inventory::default() };
        let inside = Insides { contents, inventory, ..Insides::default() };
        let subject = inside.subject("r.example/app:1", Some("app"), &self.settings, now.parse().unwrap());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let fetcher = Fetcher::new(options(), None).unwrap();
        runtime.block_on(scan(&subject, &fetcher))
    }
}

/// Findings in short: id, package, version, fixed version.
pub fn short(found: &Found) -> Vec<String> {
    let one = |finding: &cooperage::finding::Finding| {
        let affected = finding.affected.as_ref().unwrap();
        assert_eq!(affected.layer.as_deref(), Some(Digest::of(b"layer").as_str()));
        format!("{} {} {} {}", finding.id, affected.package, affected.version, affected.fixed.as_deref().unwrap_or_default())
    };
    found.findings.iter().map(one).collect()
}
