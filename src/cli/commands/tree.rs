//! `tree`: what needs what, in the terminal.

use super::graph::{document, drawing};
use crate::cli::exit::Trouble;
use crate::cli::options::views::TreeOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::plan::Graph;
use crate::report::{TreeNode, json, text, tree};
use crate::run::{Judging, Survey, survey};

/// Prints the tree.
pub fn run(call: &Call, options: &TreeOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let mut survey = survey(&options.directory, &config, Judging::Strict)?;
    survey.warnings.extend(super::hint_of_larger_catalogue(&options.directory));
    let top = options.name.as_deref().map(|name| named(&survey, name)).transpose()?;
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        json(&mut out, &document(&survey, &drawing(&survey, &marked(&survey.graph, top, options.needs), None)))?;
    } else {
        let nodes: Vec<TreeNode> = (0..survey.graph.nodes.len()).map(|node| shown(&survey.graph, node, options.needs)).collect();
        let roots = top.map_or_else(|| roots(&survey.graph, options.needs), |top| vec![top]);
        text(&mut out, &tree(&nodes, &roots, options.depth, &surroundings.out))?;
        super::show(surroundings, &[&survey.warnings, &survey.defects]);
    }
    Ok(u8::from(!survey.defects.is_empty()))
}

/// The node of a name that somebody wrote.
fn named(survey: &Survey, name: &str) -> Result<usize, Trouble> {
    survey.graph.find(name).ok_or_else(|| super::explain::unknown(survey, name))
}

fn marked(graph: &Graph, top: Option<usize>, needs: bool) -> Vec<bool> {
    let Some(top) = top else { return vec![true; graph.nodes.len()] };
    let only: Vec<bool> = (0..graph.nodes.len()).map(|node| node == top).collect();
    if needs { graph.with_ancestors(&only) } else { graph.with_descendants(&only) }
}

fn roots(graph: &Graph, needs: bool) -> Vec<usize> {
    let is_root = |&node: &usize| {
        let node = &graph.nodes[node];
        if needs { node.children.is_empty() } else { node.parents.is_empty() }
    };
    (0..graph.nodes.len()).filter(is_root).collect()
}

fn shown(graph: &Graph, node: usize, needs: bool) -> TreeNode {
    let found = &graph.nodes[node];
    let mut broken = found.broken_parents.clone();
    broken.sort();
    broken.dedup();
    TreeNode {
        name: found.name.clone(),
        detail: format!(":{}", found.version),
        remark: (!broken.is_empty()).then(|| format!("needs {}, which is broken", broken.join(", "))),
        below: if needs { found.parents.iter().map(|edge| edge.parent).collect() } else { found.children.clone() },
    }
}
