//! A plan cut into jobs that different machines can run.

use super::{Action, Graph, Plan, Planned};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How a plan is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Images that hang together stay together: no job waits for another one.
    Group,
    /// Each image on its own, after its parents.
    Image,
}

/// What one machine does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Places in [`Plan::images`], parents before children.
    pub images: Vec<usize>,
    /// Jobs (places in the list of jobs) that come before.
    pub needs: Vec<usize>,
    /// As many jobs stand before it on the longest chain.
    pub level: usize,
}

/// Cuts what a plan has to do into jobs, parents before children. With `most`, jobs of one level are put
/// together until no level has more of them.
pub fn jobs(graph: &Graph, plan: &Plan, per: Per, most: Option<usize>) -> Vec<Job> {
    let mut places = vec![None; graph.nodes.len()];
    let mut marked = vec![false; graph.nodes.len()];
    for (place, image) in plan.images.iter().enumerate().filter(|(_, image)| has_work(image)) {
        places[image.node] = Some(place);
        marked[image.node] = true;
    }
    let levels = match per {
        Per::Group => vec![0; graph.nodes.len()],
        Per::Image => graph.levels(&marked),
    };
    let units = match per {
        Per::Group => graph.groups(&marked),
        Per::Image => graph.order.iter().filter(|&&node| marked[node]).map(|&node| vec![node]).collect(),
    };
    let mut by_level: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for unit in units {
        by_level.entry(levels[unit[0]]).or_default().push(unit);
    }
    let packed: Vec<(usize, Vec<usize>)> =
        by_level.into_iter().flat_map(|(level, units)| pack(units, most).into_iter().map(move |unit| (level, unit))).collect();
    linked(graph, &marked, &places, packed)
}

fn has_work(image: &Planned) -> bool {
    image.action != Action::Skip
}

/// Puts units together, the largest first and each to where there is least, until there are at most `most`.
fn pack(units: Vec<Vec<usize>>, most: Option<usize>) -> Vec<Vec<usize>> {
    let Some(most) = most.map(|most| most.max(1)).filter(|&most| units.len() > most) else { return units };
    let mut by_size: Vec<(usize, Vec<usize>)> = units.into_iter().enumerate().collect();
    by_size.sort_by_key(|(at, unit)| (Reverse(unit.len()), *at));
    // Units keep their order in a job: parents before children.
    let mut bins: Vec<(usize, BTreeMap<usize, Vec<usize>>)> = vec![(0, BTreeMap::new()); most];
    for (at, unit) in by_size {
        if let Some(bin) = bins.iter_mut().min_by_key(|bin| bin.0) {
            bin.0 += unit.len();
            bin.1.insert(at, unit);
        }
    }
    bins.sort_by_key(|bin| bin.1.keys().next().copied());
    bins.into_iter().map(|bin| bin.1.into_values().flatten().collect()).collect()
}

fn linked(graph: &Graph, marked: &[bool], places: &[Option<usize>], packed: Vec<(usize, Vec<usize>)>) -> Vec<Job> {
    let mut job_of = vec![0; graph.nodes.len()];
    for (job, (_, nodes)) in packed.iter().enumerate() {
        for &node in nodes {
            job_of[node] = job;
        }
    }
    let job = |(own, (level, nodes)): (usize, (usize, Vec<usize>))| {
        let parents = nodes.iter().flat_map(|&node| graph.parents_in(node, marked));
        let needs: BTreeSet<usize> = parents.map(|parent| job_of[parent]).filter(|&job| job != own).collect();
        Job { images: nodes.iter().filter_map(|&node| places[node]).collect(), needs: needs.into_iter().collect(), level }
    };
    packed.into_iter().enumerate().map(job).collect()
}
