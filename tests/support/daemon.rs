//! Daemons that one test starts and ends: a dockerd to kill or to fill. Needs root, as `scripts/test` has it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// Starting takes a second; a machine that is busy with other tests gets a minute.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is there.
pub fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !there() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A private dockerd with its own data, sockets and containerd.
pub struct Dockerd {
    process: Child,
    folder: tempfile::TempDir,
    _bridge: Bridge,
}

/// A network bridge for one dockerd, removed when dropped. On `docker0` it would meddle with an engine of the
/// machine, and take that bridge away at its end.
struct Bridge(String);

impl Bridge {
    fn new() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let bridge = Self(format!("cpt{}n{number}", std::process::id()));
        run(Command::new("ip").args(["link", "add", "name", &bridge.0, "type", "bridge"]));
        let address = format!("10.{}.{number}.1/24", 64 + std::process::id() % 128);
        run(Command::new("ip").args(["address", "add", &address, "dev", &bridge.0]));
        run(Command::new("ip").args(["link", "set", "dev", &bridge.0, "up"]));
        bridge
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["link", "delete", &self.0]).stderr(Stdio::null()).status();
    }
}

impl Dockerd {
    /// Starts one with room for what a test builds.
    pub fn start() -> Self {
        Self::start_with(&[], None)
    }

    /// Starts one whose data lies on a file system of this many megabytes.
    pub fn start_on_small_disk(megabytes: u32) -> Self {
        Self::start_with(&["--storage-driver", "vfs"], Some(megabytes))
    }

    fn start_with(more: &[&str], megabytes: Option<u32>) -> Self {
        // Sockets have 107 bytes for their path, so the folder is a short one.
        let folder = tempfile::Builder::new().prefix("cprg").tempdir_in("/tmp").unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        if let Some(megabytes) = megabytes {
            run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(&data));
        }
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("dockerd");
        command.arg("--data-root").arg(&data).arg("--exec-root").arg(folder.path().join("exec"));
        command.arg("--pidfile").arg(folder.path().join("pid")).arg("--host").arg(format!("unix://{}", socket(folder.path()).display()));
        let bridge = Bridge::new();
        command.args(["--iptables=false", "--ip6tables=false", "--bridge", &bridge.0]).args(more);
        let process =
            command.stdout(Stdio::null()).stderr(log).spawn().expect("dockerd cannot be started: run scripts/test, which installs it");
        let mut dockerd = Self { process, folder, _bridge: bridge };
        dockerd.wait_until_ready();
        dockerd
    }

    fn wait_until_ready(&mut self) {
        let log = self.folder.path().join("log");
        wait_for("a private dockerd", || {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(self.process.try_wait().unwrap().is_none(), "dockerd ended:\n{text}");
            text.contains("API listen on")
        });
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("unix://{}", socket(self.folder.path()).display())
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Everything whose command line names our folder: dockerd, its containerd and their shims; and what BuildKit runs,
    /// which has no shim.
    fn leftovers(&self) -> Vec<u32> {
        let ours = self.folder.path().display().to_string();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                let line = std::fs::read(entry.path().join("cmdline")).ok()?;
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                (line.contains(&ours) || lives_in(pid, &ours)).then_some(pid)
            })
            .collect()
    }
}

/// Whether the root of a process is a mount of our folder.
fn lives_in(pid: u32, ours: &str) -> bool {
    let mounts = std::fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap_or_default();
    mounts.lines().any(|line| line.split(' ').nth(4) == Some("/") && line.contains(ours))
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("d.sock")
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        // A process that was waited for has given its number away.
        if matches!(self.process.try_wait(), Ok(None)) {
            signal("-TERM", self.process.id());
        }
        let start = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.kill();
        // After a crash containerd, its shims and their containers live on.
        for pid in self.leftovers() {
            for child in children(pid) {
                signal("-KILL", child);
            }
            signal("-KILL", pid);
        }
        std::thread::sleep(Duration::from_millis(200));
        unmount_below(self.folder.path());
    }
}

fn signal(signal: &str, pid: u32) {
    let _ = Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status();
}

fn children(pid: u32) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Overlay, shm and network namespace mounts that a killed daemon leaves.
fn unmount_below(folder: &Path) {
    let below = format!("{}/", folder.display());
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    for place in mounts.lines().rev().filter_map(|line| line.split(' ').nth(1)).filter(|place| place.starts_with(&below)) {
        let _ = Command::new("umount").args(["-l", place]).stderr(Stdio::null()).status();
    }
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
