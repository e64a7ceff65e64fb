//! Lists that come in pages: tags, referrers.

use super::client::{Client, PAGE_LIMIT, Place};
use super::transport::Call;
use super::{RegistryError, pages};
use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;
use std::collections::{BTreeSet, HashSet};

/// The most pages of a list.
const PAGES: usize = 10_000;

/// What follows the pages that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: they are all.
    Nothing,
    /// Further pages.
    More,
}

/// A page of the list of tags; `null` where there are none left.
#[derive(Deserialize)]
struct TagPage {
    tags: Option<Vec<String>>,
}

impl Client {
    /// All pages of a list; `None` where there is none. Part of a list is never taken for all of it.
    pub(super) async fn pages(&self, place: &Place<'_>, call: &mut Call) -> Result<Option<Vec<Bytes>>, RegistryError> {
        match self.first_pages(place, call, PAGES).await? {
            Some((_, Rest::More)) => Err(place.unclear("the pages of its list lead in circles")),
            found => Ok(found.map(|(bodies, _)| bodies)),
        }
    }

    /// No more than so many pages of a list, and whether there are more.
    pub(super) async fn first_pages(
        &self,
        place: &Place<'_>,
        call: &mut Call,
        most: usize,
    ) -> Result<Option<(Vec<Bytes>, Rest)>, RegistryError> {
        let (mut bodies, mut seen) = (Vec::new(), HashSet::new());
        loop {
            if !seen.insert(call.url.clone()) {
                return Err(place.unclear("the pages of its list lead in circles"));
            }
            let Some(answer) = self.read(place, call).await? else {
                if bodies.is_empty() {
                    return Ok(None);
                }
                return Err(place.unclear(format!("its list ends early: page {} is not there", bodies.len() + 1)));
            };
            bodies.push(answer.body);
            match pages::next(&answer.headers, &call.url).map_err(|reason| place.unclear(reason))? {
                Some(_) if bodies.len() >= most => return Ok(Some((bodies, Rest::More))),
                Some(next) => call.url = next,
                None => return Ok(Some((bodies, Rest::Nothing))),
            }
        }
    }
}

/// The call for the first page of the tags of a repository.
pub(super) fn tag_list(place: &Place<'_>) -> Call {
    place.call(Method::GET, &format!("{}/tags/list", place.repository), PAGE_LIMIT)
}

/// The tags of all pages, sorted.
pub(super) fn tags_in(place: &Place<'_>, bodies: &[Bytes]) -> Result<Vec<String>, RegistryError> {
    let mut tags = BTreeSet::new();
    for body in bodies {
        let page: TagPage = serde_json::from_slice(body).map_err(|e| place.unclear(format!("its list of tags: {e}")))?;
        tags.extend(page.tags.unwrap_or_default());
    }
    Ok(tags.into_iter().collect())
}
