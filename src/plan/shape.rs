//! The shape of a graph, or of the part of it that is looked at: levels, the longest chain, groups that hang
//! together.

use super::Graph;

impl Graph {
    /// For each marked node, how many marked ones stand above it on the longest chain; 0 for all others.
    pub fn levels(&self, marked: &[bool]) -> Vec<usize> {
        let mut levels = vec![0; self.nodes.len()];
        for &node in self.order.iter().filter(|&&node| marked[node]) {
            let above = self.parents_in(node, marked).map(|parent| levels[parent] + 1).max();
            levels[node] = above.unwrap_or(0);
        }
        levels
    }

    /// The longest chain of marked nodes, parents first: as long as a run of all of them at least takes, in
    /// builds after each other. Of chains of the same length, the one whose names come first, read from its end.
    pub fn critical_path(&self, marked: &[bool]) -> Vec<usize> {
        let levels = self.levels(marked);
        let deepest = (0..self.nodes.len()).filter(|&node| marked[node]).map(|node| levels[node]).max();
        let mut at = (0..self.nodes.len()).find(|&node| marked[node] && Some(levels[node]) == deepest);
        let mut path = Vec::new();
        while let Some(node) = at {
            path.push(node);
            at = self.parents_in(node, marked).find(|&parent| levels[parent] + 1 == levels[node]);
        }
        path.reverse();
        path
    }

    /// The marked nodes in groups that no edge between marked nodes joins. Each group, and the groups by their
    /// first nodes, are in the order of [`Graph::order`].
    pub fn groups(&self, marked: &[bool]) -> Vec<Vec<usize>> {
        let mut group_of: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut count = 0;
        for &start in self.order.iter().filter(|&&node| marked[node]) {
            if group_of[start].is_none() {
                self.reach(start, marked, count, &mut group_of);
                count += 1;
            }
        }
        let mut groups = vec![Vec::new(); count];
        for &node in &self.order {
            if let Some(group) = group_of[node] {
                groups[group].push(node);
            }
        }
        groups
    }

    /// Marks all that hangs together with `start`.
    fn reach(&self, start: usize, marked: &[bool], group: usize, group_of: &mut [Option<usize>]) {
        let mut waiting = vec![start];
        group_of[start] = Some(group);
        while let Some(node) = waiting.pop() {
            let children = self.nodes[node].children.iter().copied().filter(|&child| marked[child]);
            for next in self.parents_in(node, marked).chain(children) {
                if group_of[next].is_none() {
                    group_of[next] = Some(group);
                    waiting.push(next);
                }
            }
        }
    }

    /// The marked direct parents of a node, by name.
    pub fn parents_in<'a>(&'a self, node: usize, marked: &'a [bool]) -> impl Iterator<Item = usize> + 'a {
        self.nodes[node].parents.iter().map(|edge| edge.parent).filter(|&parent| marked[parent])
    }
}
