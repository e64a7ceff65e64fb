//! What is copied to where: of a call, or of the list in the configuration.

use crate::name::Tag;
use crate::publish::Point;
use std::collections::{BTreeMap, BTreeSet};

/// The registry whose images are not mirrored by a list unless somebody says so: it counts pulls.
const DOCKER_HUB: &str = "docker.io";

/// A source and a destination: two images, or two repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Where from.
    pub from: Point,
    /// Where to.
    pub to: Point,
}

/// Something wrong with the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cooperage.mirror: {destination}: {why}")]
pub struct ListProblem {
    destination: String,
    why: String,
}

/// The pair of a call. An image without a tag at its destination keeps its own.
///
/// # Errors
/// When the two do not go together, in words.
pub fn one(from: &str, to: &str) -> Result<Pair, String> {
    let (from, mut to) = (Point::parse(from)?, Point::parse(to)?);
    if let Some(digest) = &to.digest {
        return Err(format!("{to} names the digest {digest}; a destination has a tag, or none"));
    }
    match (from.is_one(), &from.tag, &to.tag) {
        (true, Some(tag), None) => to.tag = Some(tag.clone()),
        (true, None, None) => return Err(format!("{from} has no tag, so the destination needs one: {to}:TAG")),
        (false, _, Some(_)) => {
            return Err(format!("{from} is a whole repository, and {to} is one image; leave its tag out, or name one image"));
        }
        _ => {}
    }
    if to.registry().is_some() && to.host().is_none() {
        return Err(format!("{to} names no registry; write its host in front"));
    }
    if same_home(&from, &to) && (!from.is_one() || from.tag == to.tag && from.digest.is_none()) {
        return Err(format!("{from} would be copied to itself"));
    }
    Ok(Pair { from, to })
}

/// Whether both are in one repository, or layout.
pub fn same_home(from: &Point, to: &Point) -> bool {
    let home = |point: &Point| point.location(Tag::latest()).canonical();
    home(from) == home(to)
}

/// The pairs of a list of destinations with their sources.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_list(list: &BTreeMap<String, String>, docker_hub: bool) -> Result<Vec<Pair>, Vec<ListProblem>> {
    let (mut pairs, mut problems) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for (destination, source) in list {
        let mut refuse = |why: String| problems.push(ListProblem { destination: destination.clone(), why });
        match one(source, destination) {
            Err(why) => refuse(why),
            Ok(pair) if !docker_hub && pair.from.registry() == Some(DOCKER_HUB) => {
                refuse(format!("{source} is on Docker Hub, which counts pulls; name another source, or call with --docker-hub"));
            }
            Ok(pair) if !seen.insert(pair.to.location(pair.to.tag.clone().unwrap_or_else(Tag::latest)).canonical()) => {
                refuse("it stands twice in the list".to_owned());
            }
            Ok(pair) => pairs.push(pair),
        }
    }
    if problems.is_empty() { Ok(pairs) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_taken_over_and_repositories_go_to_repositories() {
        let pair = one("r.example/a:1", "s.example/b").unwrap();
        assert_eq!(pair.to.to_string(), "s.example/b:1");
        assert_eq!(one("r.example/a", "oci:x").unwrap().to.to_string(), "oci:x");
        for (from, to, why) in [
            ("r.example/a", "s.example/b:1", "whole repository"),
            ("r.example/a:1", "b:1", "names no registry"),
            ("r.example/a:1", "r.example/a", "copied to itself"),
            ("r.example/a", "r.example/a", "copied to itself"),
            (&format!("r.example/a@{}", crate::name::Digest::of(b"")), "s.example/a", "needs one"),
        ] {
            let error = one(from, to).unwrap_err();
            assert!(error.contains(why), "{from} {to}: {error}");
        }
        assert!(one("r.example/a:1", "r.example/a:2").is_ok());
    }

    #[test]
    fn a_list_takes_nothing_from_docker_hub_unasked() {
        let list =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(to, from)| ((*to).to_owned(), (*from).to_owned())).collect::<BTreeMap<_, _>>();
        let hub = list(&[("r.example/debian:12", "debian:12"), ("r.example/x:1", "docker.io/org/x:1"), ("r.example/y:1", "q.example/y:1")]);
        let problems = read_list(&hub, false).unwrap_err();
        assert_eq!(problems.len(), 2);
        assert!(problems[0].to_string().contains("--docker-hub"), "{}", problems[0]);
        assert_eq!(read_list(&hub, true).unwrap().len(), 3);
        let twice = list(&[("r.example/y", "q.example/y:1"), ("r.example/y:1", "q.example/z:1")]);
        assert!(read_list(&twice, false).unwrap_err()[0].to_string().contains("twice"));
    }
}
