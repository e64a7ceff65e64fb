//! The beat that moves the times on live lines and tells now and then what still runs.

use super::scene::Scene;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Often enough for a time that shows seconds.
const PERIOD: Duration = Duration::from_millis(250);

/// A thread that ends when this is dropped.
pub(super) struct Pulse {
    // Dropping it is what tells the thread to end.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Pulse {
    /// Begins to beat. Without a thread to be had the lines move with the events alone.
    pub fn start(scene: &Arc<Mutex<Scene>>) -> Option<Self> {
        let (stop, stopped) = channel::<()>();
        let scene = Arc::downgrade(scene);
        let beat = move || {
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let Some(scene) = scene.upgrade() else { return };
                scene.lock().unwrap_or_else(PoisonError::into_inner).beat();
            }
        };
        let thread = Builder::new().name("terminal".into()).spawn(beat).ok()?;
        Some(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been reported already and must not become a second one here.
            let _ = thread.join();
        }
    }
}
