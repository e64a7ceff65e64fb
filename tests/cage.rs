//! Scripts in cages on a real engine: what they try, what they leave, and the engine as a proxy shows it to them.

#[path = "cage/calls.rs"]
mod calls;
#[path = "cage/client.rs"]
mod client;
#[path = "cage/limits.rs"]
mod limits;
#[path = "cage/lost.rs"]
mod lost;
#[path = "cage/tree.rs"]
mod tree;

mod support;

use cooperage::engine::{Builder, Engine, EngineKind};
use cooperage::name::Digest;
use cooperage::sandbox::{CageError, CageLimits, Caged, Ended, EngineProxy, run_caged};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use support::engine::{TestEngine, connect_to, raw_context, request, unique, url};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The image of cages: a busybox with all its names.
const IMAGE: &str = "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"/bin\"]\nENV PATH=/bin\n";

/// A cage of one test: an image, a clone, limits.
struct Yard {
    test: TestEngine,
    engine: Arc<dyn Engine>,
    image: Digest,
    folder: TempDir,
    limits: CageLimits,
    /// A word that is in the command lines of this test alone.
    mark: String,
}

impl Yard {
    async fn new() -> Self {
        let test = TestEngine::shared().await;
        let mark = unique();
        let (image, _) = test.must_build(request(&raw_context(&format!("{IMAGE}LABEL test={mark}\n")), Builder::Classic)).await;
        let engine: Arc<dyn Engine> = Arc::new(connect_to(&url()).await.unwrap());
        assert_eq!(engine.info().kind, EngineKind::Docker);
        let limits = CageLimits {
            image: image.to_string(),
            cpus: 1.0,
            memory: 256 << 20,
            pids: 64,
            disk: 16 << 20,
            time: Duration::from_secs(120),
            network: false,
        };
        // Paths of sockets have 107 bytes.
        let folder = tempfile::Builder::new().prefix("cage").tempdir_in("/tmp").unwrap();
        std::fs::create_dir(folder.path().join("clone")).unwrap();
        Self { test, engine, image, folder, limits, mark }
    }

    fn tree(&self) -> PathBuf {
        self.folder.path().join("clone")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.tree().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.tree().join(path)).ok()
    }

    async fn run(&self, script: &str) -> Run {
        self.run_until(script, &CancellationToken::new()).await
    }

    async fn run_with_engine(&self, script: &str, socket: &EngineProxy) -> Run {
        self.start(script, Some(socket), &CancellationToken::new()).await
    }

    /// The same until somebody says stop; nothing is left then.
    async fn run_until(&self, script: &str, cancel: &CancellationToken) -> Run {
        let run = self.start(script, None, cancel).await;
        self.assert_nothing_is_left().await;
        run
    }

    async fn start(&self, script: &str, socket: Option<&EngineProxy>, cancel: &CancellationToken) -> Run {
        let (log, lines) = support::engine::log();
        let env = BTreeMap::from([("MARK".to_owned(), self.mark.clone())]);
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        let tree = self.tree();
        let caged = Caged { engine: &self.engine, tree: &tree, workdir: "", command, env, socket, limits: &self.limits };
        let end = run_caged(caged, &log, cancel).await;
        assert!(names(self.folder.path()).iter().all(|name| !name.starts_with('.')), "something is left beside the clone");
        let lines = lines.lock().unwrap().clone();
        Run { end, lines }
    }

    /// No container of this test's image is in the engine, running or not.
    async fn assert_nothing_is_left(&self) {
        assert_eq!(self.engine.containers_of(&self.image).await.unwrap(), Vec::<String>::new());
    }

    fn proxy(&self) -> EngineProxy {
        let address = cooperage::engine::Address::parse(&url(), None).unwrap();
        let name = cooperage::name::Reference::parse("app/job:tag").unwrap();
        EngineProxy::start(&address, &self.image, &name, self.folder.path(), &self.limits).unwrap()
    }
}

/// What came of a script.
struct Run {
    end: Result<Ended, CageError>,
    lines: Vec<String>,
}

impl Run {
    fn text(&self) -> String {
        self.lines.join("\n")
    }

    fn good(self) -> Vec<String> {
        assert!(matches!(self.end, Ok(Ended::Code(0))), "{:?}\n{}", self.end, self.text());
        self.lines
    }

    fn error(&self) -> String {
        self.end.as_ref().expect_err(&self.text()).to_string()
    }
}

/// What is in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|found| found.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
