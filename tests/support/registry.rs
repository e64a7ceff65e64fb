//! A real registry for a test: Debian's `docker-registry` on a free port of this machine, gone with the test.

pub mod certificates;
pub mod image;
pub mod look;
pub mod plain;

use super::tokens::{ISSUER, SERVICE, TokenServer};
use certificates::Leaf;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What kind of registry.
#[derive(Clone)]
pub enum RegistryKind {
    /// Plain HTTP, open to all.
    Plain,
    /// HTTPS with this certificate.
    Tls(Leaf),
    /// Plain HTTP with user and password.
    Htpasswd { user: String, password: String },
    /// HTTPS with user and password.
    TlsHtpasswd { leaf: Leaf, user: String, password: String },
    /// HTTPS for clients with a certificate that this authority (PEM) has signed.
    TlsClients { leaf: Leaf, authority: String },
    /// Plain HTTP with tokens of a token server, which this certificate (PEM) proves.
    Tokens { realm: String, certificate: String },
}

impl RegistryKind {
    /// Plain HTTP with user and password.
    pub fn htpasswd(user: &str, password: &str) -> Self {
        Self::Htpasswd { user: user.to_owned(), password: password.to_owned() }
    }

    /// Plain HTTP with the tokens of this server.
    pub fn tokens(server: &TokenServer) -> Self {
        Self::Tokens { realm: server.realm.clone(), certificate: server.certificate.clone() }
    }

    fn leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Tls(leaf) | Self::TlsHtpasswd { leaf, .. } | Self::TlsClients { leaf, .. } => Some(leaf),
            Self::Plain | Self::Htpasswd { .. } | Self::Tokens { .. } => None,
        }
    }

    /// User and password, where the registry has them.
    pub fn login(&self) -> Option<(&str, &str)> {
        match self {
            Self::Htpasswd { user, password } | Self::TlsHtpasswd { user, password, .. } => Some((user, password)),
            Self::Plain | Self::Tls(_) | Self::TlsClients { .. } | Self::Tokens { .. } => None,
        }
    }
}

/// A running registry. Stopped when dropped, also when the test panics.
pub struct Registry {
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// What kind it is.
    pub kind: RegistryKind,
    child: Child,
    folder: TempDir,
}

impl Registry {
    /// Starts one and waits until it answers.
    pub fn start(kind: RegistryKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..10 {
            let port = free_port();
            let address = format!("127.0.0.1:{port}");
            let mut child = spawn(folder.path(), &address, &kind);
            if answers(&mut child, folder.path()) {
                return Self { address, kind, child, folder };
            }
            // Somebody else took the port between looking and starting.
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("docker-registry does not start: {}", log_of(folder.path()));
    }

    /// The port alone, for names such as `localhost:PORT`.
    pub fn port(&self) -> u16 {
        self.address.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        log_of(self.folder.path())
    }

    /// Stops it; nobody answers there from then on.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn log_of(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

fn spawn(folder: &Path, address: &str, kind: &RegistryKind) -> Child {
    let config = folder.join("config.yml");
    fs::write(&config, configuration(folder, address, kind)).unwrap();
    let log = fs::File::create(folder.join("log")).unwrap();
    Command::new("docker-registry")
        .arg("serve")
        .arg(&config)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .expect("docker-registry is needed (apt install docker-registry)")
}

fn configuration(folder: &Path, address: &str, kind: &RegistryKind) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let mut text = format!(
        "version: 0.1\nlog: {{level: info}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\n  delete: {{enabled: true}}\nhttp:\n  addr: {address}\n",
        at("data")
    );
    if let Some(leaf) = kind.leaf() {
        fs::write(at("server.crt"), &leaf.certificate).unwrap();
        fs::write(at("server.key"), &leaf.key).unwrap();
        let mut tls = format!("certificate: {}, key: {}", at("server.crt"), at("server.key"));
        if let RegistryKind::TlsClients { authority, .. } = kind {
            fs::write(at("clients.crt"), authority).unwrap();
            tls += &format!(", clientcas: [{}]", at("clients.crt"));
        }
        text += &format!("  tls: {{{tls}}}\n");
    }
    if let Some((user, password)) = kind.login() {
        fs::write(at("htpasswd"), htpasswd(user, password)).unwrap();
        text += &format!("auth:\n  htpasswd: {{realm: test, path: {}}}\n", at("htpasswd"));
    }
    if let RegistryKind::Tokens { realm, certificate } = kind {
        fs::write(at("tokens.crt"), certificate).unwrap();
        let known = format!("service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {}", at("tokens.crt"));
        text += &format!("auth:\n  token: {{realm: '{realm}', {known}}}\n");
    }
    text
}

fn htpasswd(user: &str, password: &str) -> Vec<u8> {
    let output = Command::new("htpasswd").args(["-nbB", user, password]).output();
    output.expect("htpasswd is needed (apt install apache2-utils)").stdout
}

/// Waits until it says that it listens; false when the program ends instead. A connection proves nothing: somebody
/// else may have taken the port.
fn answers(child: &mut Child, folder: &Path) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if log_of(folder).contains("listening on") {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}
