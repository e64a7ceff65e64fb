//! Numbers events, dates them and hands them to sinks.

use super::{Event, EventKind};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Takes events. Called from several threads; must not block for long and must not fail a run.
pub trait Sink: Send + Sync {
    /// Takes one event.
    fn take(&self, event: &Event);
}

/// Where the time comes from. One per call of the tool.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Hands every event to several sinks, in order.
pub struct Fanout(pub Vec<Arc<dyn Sink>>);

impl Sink for Fanout {
    fn take(&self, event: &Event) {
        for sink in &self.0 {
            sink.take(event);
        }
    }
}

/// Makes events of facts.
pub struct Emitter {
    run: String,
    next: AtomicU64,
    clock: Arc<dyn Clock>,
    sink: Arc<dyn Sink>,
}

impl Emitter {
    /// An emitter for the run with this id.
    pub fn new(run: impl Into<String>, clock: Arc<dyn Clock>, sink: Arc<dyn Sink>) -> Self {
        Self { run: run.into(), next: AtomicU64::new(0), clock, sink }
    }

    /// Sends a fact.
    pub fn emit(&self, kind: EventKind) {
        self.sink.take(&Event {
            v: 1,
            seq: self.next.fetch_add(1, Ordering::Relaxed),
            at: self.clock.now().to_string(),
            run: self.run.clone(),
            kind,
        });
    }
}
