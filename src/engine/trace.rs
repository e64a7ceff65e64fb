//! BuildKit's trace as log lines: a heading for every step, the step's output below it.

use super::log::{Lines, Output};
use bollard::moby::buildkit::v1::{StatusResponse, Vertex};
use std::collections::HashMap;

#[derive(Default)]
struct Step {
    name: String,
    announced: bool,
    cached: bool,
    lines: Lines,
}

/// What is known of the steps so far.
#[derive(Default)]
pub(super) struct Trace {
    steps: HashMap<String, Step>,
    /// The step whose heading or output came last.
    current: String,
}

impl Trace {
    /// Takes one message of the trace.
    pub(super) fn take(&mut self, status: StatusResponse, output: &Output) {
        for vertex in &status.vertexes {
            self.started(vertex, output);
        }
        for log in status.logs {
            let lines = self.steps.entry(log.vertex.clone()).or_default().lines.take(&log.msg);
            self.print(&log.vertex, lines, output);
        }
        // A busy engine tells the end of a step and its last output in one message.
        for vertex in status.vertexes.iter().filter(|vertex| vertex.completed.is_some()) {
            self.completed(&vertex.digest, output);
        }
        for warning in status.warnings {
            output.line(&format!("WARNING: {}", String::from_utf8_lossy(&warning.short)));
        }
    }

    /// Prints what stands behind the last line end of every step.
    pub(super) fn finish(mut self, output: &Output) {
        let mut rests: Vec<(String, String)> =
            self.steps.iter_mut().filter_map(|(digest, step)| Some((digest.clone(), step.lines.finish()?))).collect();
        rests.sort();
        for (digest, line) in rests {
            self.print(&digest, vec![line], output);
        }
    }

    fn started(&mut self, vertex: &Vertex, output: &Output) {
        let step = self.steps.entry(vertex.digest.clone()).or_default();
        step.name.clone_from(&vertex.name);
        let news = (vertex.started.is_some() && !step.announced) || (vertex.cached && !step.cached);
        step.announced |= vertex.started.is_some();
        step.cached |= vertex.cached;
        if news && !is_internal(&vertex.name) {
            output.line(&heading(step));
            self.current.clone_from(&vertex.digest);
        }
    }

    /// Prints what stands behind a step's last line end.
    fn completed(&mut self, digest: &str, output: &Output) {
        if let Some(line) = self.steps.get_mut(digest).and_then(|step| step.lines.finish()) {
            self.print(digest, vec![line], output);
        }
    }

    /// Steps run side by side: output of another step than the last one gets its heading again.
    fn print(&mut self, digest: &str, lines: Vec<String>, output: &Output) {
        let Some(step) = self.steps.get(digest) else { return };
        if lines.is_empty() {
            return;
        }
        if self.current != digest && !step.name.is_empty() {
            output.line(&heading(step));
            digest.clone_into(&mut self.current);
        }
        for line in lines {
            output.line(&line);
        }
    }
}

fn heading(step: &Step) -> String {
    if step.cached { format!("CACHED {}", step.name) } else { step.name.clone() }
}

/// Steps of the frontend that no Dockerfile names.
fn is_internal(name: &str) -> bool {
    name.starts_with("[internal]") || name.starts_with("copy /context") || name.starts_with("load ")
}

#[cfg(test)]
mod tests {
    use super::super::mask::Mask;
    use super::*;
    use bollard::moby::buildkit::v1::VertexLog;
    use std::sync::{Arc, Mutex};

    fn status(started: &[(&str, &str, bool)], logs: &[(&str, &str)]) -> StatusResponse {
        let vertexes = started
            .iter()
            .map(|(digest, name, cached)| Vertex {
                digest: (*digest).into(),
                name: (*name).into(),
                cached: *cached,
                started: Some(Default::default()),
                ..Vertex::default()
            })
            .collect();
        let logs =
            logs.iter().map(|(v, m)| VertexLog { vertex: (*v).into(), msg: m.as_bytes().to_vec(), ..VertexLog::default() }).collect();
        StatusResponse { vertexes, logs, ..StatusResponse::default() }
    }

    fn lines_of(messages: Vec<StatusResponse>) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        let output = Output::new(Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), Mask::default());
        let mut trace = Trace::default();
        for message in messages {
            trace.take(message, &output);
        }
        trace.finish(&output);
        seen.lock().unwrap().clone()
    }

    #[test]
    fn steps_side_by_side_keep_their_headings() {
        let lines = lines_of(vec![
            status(&[("i", "[internal] load build definition", false), ("a", "[1/2] RUN a", false), ("b", "[2/2] RUN b", false)], &[]),
            status(&[("a", "[1/2] RUN a", false)], &[("a", "one\ntw"), ("b", "x\n"), ("a", "o\nrest")]),
        ]);
        assert_eq!(lines, ["[1/2] RUN a", "[2/2] RUN b", "[1/2] RUN a", "one", "[2/2] RUN b", "x", "[1/2] RUN a", "two", "rest"]);
    }

    #[test]
    fn output_that_comes_with_the_end_of_its_step_is_whole() {
        let mut last = status(&[("a", "[1/1] RUN a", false)], &[("a", " 20"), ("a", " of 20")]);
        last.vertexes[0].completed = Some(Default::default());
        let lines = lines_of(vec![status(&[("a", "[1/1] RUN a", false)], &[("a", "line")]), last]);
        assert_eq!(lines, ["[1/1] RUN a", "line 20 of 20"]);
    }

    #[test]
    fn what_came_from_the_cache_says_so() {
        assert_eq!(lines_of(vec![status(&[("a", "[1/1] RUN a", true)], &[])]), ["CACHED [1/1] RUN a"]);
    }
}
