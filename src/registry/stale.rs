//! Stored sign-ins that a registry no longer takes: remembered for a run, told once.

use super::credentials::FoundLogin;
use super::host::lock;
use std::fmt;
use std::sync::{Arc, Mutex};

/// A stored sign-in that a registry refused, where it let us read without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleLogin {
    /// The registry, as references name it.
    pub registry: String,
    /// The sign-in.
    pub found: FoundLogin,
}

impl fmt::Display for StaleLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, origin) = (self.found.user(), &self.found.origin);
        write!(f, "the sign-in of {user} for {} in {origin} is wrong or has expired; ", self.registry)?;
        write!(f, "what is public is read without it, nothing can be pushed; {}", origin.remedy(&self.registry))
    }
}

type Listener = Arc<dyn Fn(&StaleLogin) + Send + Sync>;

#[derive(Default)]
struct State {
    known: Vec<StaleLogin>,
    news: Vec<StaleLogin>,
    listener: Option<Listener>,
}

/// The stale sign-ins of a run.
#[derive(Default)]
pub struct StaleLogins {
    state: Mutex<State>,
}

impl StaleLogins {
    /// Notes one. Each is told once: to the listener, or to whoever takes the news.
    pub fn note(&self, registry: &str, found: &FoundLogin) {
        let stale = StaleLogin { registry: registry.to_owned(), found: found.clone() };
        let listener = {
            let mut state = lock(&self.state);
            if state.known.contains(&stale) {
                return;
            }
            state.known.push(stale.clone());
            if state.listener.is_none() {
                state.news.push(stale.clone());
            }
            state.listener.clone()
        };
        if let Some(tell) = listener {
            tell(&stale);
        }
    }

    /// Whether any sign-in for a registry is stale.
    pub fn any_for(&self, registry: &str) -> bool {
        lock(&self.state).known.iter().any(|stale| stale.registry == registry)
    }

    /// Whether this sign-in is stale for a registry.
    pub fn holds(&self, registry: &str, found: &FoundLogin) -> bool {
        lock(&self.state).known.iter().any(|stale| stale.registry == registry && stale.found == *found)
    }

    /// From now on, `tell` hears of each as soon as it is known, and now of those that nobody has taken yet.
    pub fn listen(&self, tell: impl Fn(&StaleLogin) + Send + Sync + 'static) {
        let tell: Listener = Arc::new(tell);
        let news = {
            let mut state = lock(&self.state);
            state.listener = Some(tell.clone());
            std::mem::take(&mut state.news)
        };
        news.iter().for_each(|stale| tell(stale));
    }

    /// Those that nobody was told of yet.
    pub fn take(&self) -> Vec<StaleLogin> {
        std::mem::take(&mut lock(&self.state).news)
    }
}

#[cfg(test)]
mod tests {
    use super::super::credentials::Origin;
    use super::*;
    use crate::config::{Login, Secret};

    fn found(user: &str) -> FoundLogin {
        let origin = Origin::File { path: "/f/auth.json".to_owned(), key: "r.example".to_owned() };
        FoundLogin { login: Login { username: user.to_owned(), password: Secret::new("hunter2".to_owned()) }, origin }
    }

    #[test]
    fn each_is_told_once_to_whoever_comes_first() {
        let stale = StaleLogins::default();
        stale.note("r.example", &found("ann"));
        stale.note("r.example", &found("ann"));
        assert_eq!(stale.take().len(), 1);
        assert!(stale.take().is_empty() && stale.any_for("r.example") && !stale.any_for("other.example"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        stale.note("r.example", &found("bob"));
        stale.listen(move |one| ears.lock().unwrap().push(one.to_string()));
        stale.note("r.example", &found("eve"));
        stale.note("r.example", &found("eve"));
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(heard[0].contains("bob") && heard[1].contains("eve"), "{heard:?}");
        let parts = ["/f/auth.json", "expired", "cooperage logout --authfile /f/auth.json r.example"];
        assert!(parts.iter().all(|part| heard[0].contains(part)) && !heard[0].contains("hunter2"), "{heard:?}");
    }
}
