//! Numbers events, dates them and hands them to sinks.

use super::{Event, EventKind};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

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
    next: Mutex<u64>,
    clock: Arc<dyn Clock>,
    sink: Arc<dyn Sink>,
}

impl Emitter {
    /// An emitter for the run with this id.
    pub fn new(run: impl Into<String>, clock: Arc<dyn Clock>, sink: Arc<dyn Sink>) -> Self {
        Self { run: run.into(), next: Mutex::new(0), clock, sink }
    }

    /// The id of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Now, as events are dated.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends a fact. Sinks get events in the order of their numbers, whichever threads send them.
    pub fn emit(&self, kind: EventKind) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let event = Event { v: 1, seq: *next, at: self.clock.now().to_string(), run: self.run.clone(), kind };
        *next += 1;
        // Held until the sinks have it: a number alone would let a later event overtake an earlier one.
        self.sink.take(&event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Numbers(Mutex<Vec<u64>>);

    impl Sink for Numbers {
        fn take(&self, event: &Event) {
            self.0.lock().unwrap().push(event.seq);
        }
    }

    #[test]
    fn events_of_several_threads_arrive_in_order() {
        let numbers = Arc::new(Numbers::default());
        let emitter = Emitter::new("r", Arc::new(SystemClock), numbers.clone());
        let warn = || EventKind::Warning { code: "x".into(), name: None, message: String::new() };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..2000).for_each(|_| emitter.emit(warn())));
            }
        });
        assert!(numbers.0.lock().unwrap().iter().copied().eq(0..8000));
    }
}
