//! The engine that `scripts/test` starts for the tests, with names that never collide and go away with the test.

use cooperage::engine::{Address, BuildRequest, Builder, Candidate, DockerEngine, Engine, EngineError, Limits, LogSink, connect};
use cooperage::name::{Digest, Reference};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Where the tests' engine listens.
pub fn url() -> String {
    std::env::var("COOPERAGE_TEST_ENGINE")
        .expect("COOPERAGE_TEST_ENGINE is not set: run scripts/test, which starts a private engine for the tests")
}

/// A number that no other test, process or run of the tests on this engine has.
pub fn unique() -> String {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
    format!("{}-{}-{nanos}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// Connects to the engine at a URL.
pub async fn connect_to(url: &str) -> Result<DockerEngine, EngineError> {
    let address = Address::parse(url, None);
    connect(vec![Candidate { address, origin: "the test".to_owned(), named: true }]).await
}

/// An engine and the images a test made in it.
pub struct TestEngine {
    pub engine: DockerEngine,
    url: String,
    made: Mutex<Vec<String>>,
}

impl TestEngine {
    /// The engine of `scripts/test`.
    pub async fn shared() -> Self {
        Self::at(&url()).await
    }

    /// Another engine.
    pub async fn at(url: &str) -> Self {
        let engine = connect_to(url).await.unwrap_or_else(|e| panic!("{e}"));
        Self { engine, url: url.to_owned(), made: Mutex::default() }
    }

    /// A reference of this test alone, removed when the test ends.
    pub fn name(&self, what: &str) -> Reference {
        self.name_in("", what)
    }

    /// The same in a registry.
    pub fn name_in(&self, registry: &str, what: &str) -> Reference {
        let reference = Reference::compose(registry, "cooperage-test", &format!("{what}-{}", unique()), "1").unwrap();
        self.forget_later(&reference.to_string());
        reference
    }

    /// Removes a name or id when the test ends.
    pub fn forget_later(&self, image: &str) {
        self.made.lock().unwrap().push(image.to_owned());
    }

    /// Builds and keeps the log.
    pub async fn build(&self, request: BuildRequest) -> (Result<Digest, EngineError>, Vec<String>) {
        self.build_until(request, &CancellationToken::new()).await
    }

    /// Builds until the token says stop.
    pub async fn build_until(&self, request: BuildRequest, cancel: &CancellationToken) -> (Result<Digest, EngineError>, Vec<String>) {
        let (log, lines) = log();
        let result = self.engine.build(request, log, cancel).await;
        if let Ok(id) = &result {
            self.forget_later(id.as_str());
        }
        let lines = lines.lock().unwrap().clone();
        (result, lines)
    }

    /// Builds what must succeed.
    pub async fn must_build(&self, request: BuildRequest) -> (Digest, Vec<String>) {
        let (result, lines) = self.build(request).await;
        (result.unwrap_or_else(|e| panic!("{e}\n{}", lines.join("\n"))), lines)
    }
}

impl Drop for TestEngine {
    /// Names first, ids after; what is gone already is no matter.
    fn drop(&mut self) {
        let (url, made) = (self.url.clone(), std::mem::take(&mut *self.made.lock().unwrap()));
        if made.is_empty() {
            return;
        }
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let Ok(engine) = connect_to(&url).await else { return };
                for image in made.iter().rev() {
                    let _ = engine.untag(image).await;
                }
            });
        });
        let _ = cleaning.join();
    }
}

/// A sink and the lines it got.
pub fn log() -> (LogSink, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = lines.clone();
    (Arc::new(move |line: &str| kept.lock().unwrap().push(line.to_owned())), lines)
}

/// The static busybox of Debian's busybox-static: what images are made of where nothing can be pulled.
pub fn busybox() -> PathBuf {
    let path = std::env::var_os("COOPERAGE_TEST_BUSYBOX").map_or_else(|| PathBuf::from("/bin/busybox"), PathBuf::from);
    assert!(path.is_file(), "{} is missing: install busybox-static, or set COOPERAGE_TEST_BUSYBOX", path.display());
    path
}

/// The head of Dockerfiles that run commands: `/bin/sh` and the usual tools, from nothing.
pub const BASE: &str = "FROM scratch\nCOPY busybox /bin/busybox\nCOPY busybox /bin/sh\nENV PATH=/bin\n";

/// A context with this Dockerfile below [`BASE`].
pub fn context(rest: &str) -> tempfile::TempPath {
    raw_context(&format!("{BASE}{rest}"))
}

/// A context with this Dockerfile and a busybox.
pub fn raw_context(dockerfile: &str) -> tempfile::TempPath {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |name: &str, content: &[u8], mode| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        tar.append_data(&mut header, name, content).unwrap();
    };
    add("Dockerfile", dockerfile.as_bytes(), 0o644);
    add("busybox", &std::fs::read(busybox()).unwrap(), 0o755);
    file.write_all(&tar.into_inner().unwrap()).unwrap();
    file.into_temp_path()
}

/// A build of this context without anything special.
pub fn request(context: &tempfile::TempPath, builder: Builder) -> BuildRequest {
    BuildRequest {
        context: context.to_path_buf(),
        labels: BTreeMap::new(),
        build_args: BTreeMap::new(),
        use_cache: false,
        builder,
        limits: Limits::default(),
        secrets: Vec::new(),
        platform: None,
    }
}

/// What an engine answers to a GET of its API, for what the product itself never asks.
pub fn api(url: &str, path: &str) -> String {
    use std::io::Read as _;
    let socket = url.strip_prefix("unix://").expect("the tests' engine listens on a Unix socket");
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Whether a process runs whose command line holds this text.
pub fn runs(text: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(text)
    })
}
