//! Addresses that only serve pulls: nothing is mirrored to them.

use super::Pair;
use crate::config::Config;
use crate::name::Reference;
use crate::publish::promotion::is_proxy;
use std::collections::BTreeSet;

/// Where consumers pull from, as the configuration says.
#[derive(Debug, Default)]
pub struct Proxies {
    hosts: BTreeSet<String>,
    repositories: BTreeSet<String>,
}

impl Proxies {
    /// Every `pull_as`: its repository, where that is plain text, and its host, where nothing is pushed to that.
    pub fn of(config: &Config) -> Self {
        let (mut pulled, mut pushed) = (Vec::new(), vec![config.registry.as_str()]);
        if let Some(promotion) = &config.cooperage.promotion {
            pulled.extend(promotion.pull_as.as_deref());
            pushed.extend(promotion.repository.as_deref());
        }
        pulled.extend(config.destinations.iter().filter_map(|one| one.settings.pull_as.as_deref()));
        pushed.extend(config.destinations.iter().map(|one| one.settings.to.as_str()));
        let host = |text: &str| text.split('/').next().filter(|host| !host.contains('{')).map(str::to_owned);
        let pushed_hosts: BTreeSet<String> = pushed.iter().filter_map(|text| host(text)).collect();
        let name = |text: &&str| Reference::parse(text).ok().map(|repository| repository.canonical().name());
        let pushed: BTreeSet<String> = pushed.iter().filter_map(name).collect();
        Self {
            hosts: pulled.iter().filter_map(|text| host(text)).filter(|host| !pushed_hosts.contains(host)).collect(),
            repositories: pulled.iter().filter_map(name).filter(|name| !pushed.contains(name)).collect(),
        }
    }

    /// Why nothing goes to the destination of a pair.
    ///
    /// # Errors
    /// When it only serves pulls, in words.
    pub fn check(&self, pair: &Pair) -> Result<(), String> {
        let Some(host) = pair.to.host() else { return Ok(()) };
        let is_pulled = self.repositories.contains(&pair.to.name());
        if is_proxy(host) || self.hosts.contains(host) || is_pulled {
            return Err(format!("{} only serves pulls (pull_as); name the repository that is pushed to", pair.to));
        }
        Ok(())
    }
}
