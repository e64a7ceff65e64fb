//! Which image is next: the one whose parents are done and that has the longest way still below it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A ready-queue over tasks numbered from 0. It runs nothing.
#[derive(Debug)]
pub struct Queue {
    parents_left: Vec<usize>,
    children: Vec<Vec<usize>>,
    heights: Vec<usize>,
    state: Vec<State>,
    ready: BinaryHeap<(usize, Reverse<usize>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Started,
    Done,
}

/// A task that can never start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The task.
    pub task: usize,
    /// The task that failed.
    pub by: usize,
}

impl Queue {
    /// A queue of as many tasks as there are lists of parents; each list names tasks with smaller numbers.
    pub fn new(parents: &[Vec<usize>]) -> Self {
        let mut children = vec![Vec::new(); parents.len()];
        for (task, above) in parents.iter().enumerate() {
            for &parent in above {
                children[parent].push(task);
            }
        }
        let mut heights = vec![1; parents.len()];
        for task in (0..parents.len()).rev() {
            for &parent in &parents[task] {
                heights[parent] = heights[parent].max(heights[task] + 1);
            }
        }
        let ready = (0..parents.len()).filter(|&task| parents[task].is_empty()).map(|task| (heights[task], Reverse(task))).collect();
        let parents_left = parents.iter().map(Vec::len).collect();
        Self { parents_left, children, heights, state: vec![State::Waiting; parents.len()], ready }
    }

    /// The next task to start, if one is ready.
    pub fn next(&mut self) -> Option<usize> {
        let (_, Reverse(task)) = self.ready.pop()?;
        self.state[task] = State::Started;
        Some(task)
    }

    /// Says that a task ended. Returns what can never start because of it.
    pub fn finish(&mut self, task: usize, good: bool) -> Vec<Blocked> {
        self.state[task] = State::Done;
        if good {
            for at in 0..self.children[task].len() {
                let child = self.children[task][at];
                self.parents_left[child] -= 1;
                if self.parents_left[child] == 0 && self.state[child] == State::Waiting {
                    self.ready.push((self.heights[child], Reverse(child)));
                }
            }
            return Vec::new();
        }
        let mut blocked = Vec::new();
        let mut below = self.children[task].clone();
        while let Some(child) = below.pop() {
            if self.state[child] == State::Waiting {
                self.state[child] = State::Done;
                blocked.push(Blocked { task: child, by: task });
                below.extend(&self.children[child]);
            }
        }
        blocked.sort_by_key(|blocked| blocked.task);
        blocked
    }

    /// Gives up what has not been started, and returns it.
    pub fn abandon(&mut self) -> Vec<usize> {
        self.ready.clear();
        let left: Vec<usize> = (0..self.state.len()).filter(|&task| self.state[task] == State::Waiting).collect();
        for &task in &left {
            self.state[task] = State::Done;
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 ← 1 ← 2, 3 alone, 4 needs 1 and 3.
    fn queue() -> Queue {
        Queue::new(&[vec![], vec![0], vec![1], vec![], vec![1, 3]])
    }

    #[test]
    fn the_longest_way_goes_first() {
        let mut queue = queue();
        assert_eq!((queue.next(), queue.next(), queue.next()), (Some(0), Some(3), None));
        assert!(queue.finish(3, true).is_empty());
        assert_eq!(queue.next(), None);
        queue.finish(0, true);
        assert_eq!(queue.next(), Some(1));
        queue.finish(1, true);
        assert_eq!((queue.next(), queue.next(), queue.next()), (Some(2), Some(4), None));
    }

    #[test]
    fn a_failure_blocks_its_descendants_and_nothing_else() {
        let mut queue = queue();
        queue.next();
        let blocked = queue.finish(0, false);
        assert_eq!(blocked.iter().map(|b| (b.task, b.by)).collect::<Vec<_>>(), [(1, 0), (2, 0), (4, 0)]);
        assert_eq!(queue.next(), Some(3));
        assert!(queue.finish(3, false).is_empty());
        assert!(queue.abandon().is_empty());
    }

    #[test]
    fn what_never_started_is_given_up() {
        let mut queue = queue();
        queue.next();
        assert_eq!(queue.abandon(), [1, 2, 3, 4]);
        assert_eq!(queue.next(), None);
    }
}
