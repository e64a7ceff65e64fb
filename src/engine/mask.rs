//! Keeps passwords and secrets out of logs and error texts.

use super::BuildRequest;

/// What stands for something hidden.
const HIDDEN: &str = "***";
/// Shorter texts are no secrets, and hiding them would garble a log.
const SHORTEST: usize = 4;

/// Replaces what must not be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Mask {
    /// Longest first, so that no part of a longer one stays.
    hidden: Vec<String>,
}

impl Mask {
    /// The mask of a build: the user and password of every proxy URL among its arguments, and its secrets.
    pub(super) fn of(request: &BuildRequest) -> Self {
        let mut hidden: Vec<String> = request.build_args.values().flat_map(|value| credentials(value)).collect();
        for secret in &request.secrets {
            let text = String::from_utf8_lossy(secret.value.expose()).into_owned();
            hidden.extend(text.lines().map(|line| line.trim().to_owned()));
        }
        hidden.retain(|text| text.len() >= SHORTEST);
        hidden.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        hidden.dedup();
        Self { hidden }
    }

    /// The text without what must not be seen.
    pub(super) fn clean(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| if text.contains(secret) { text.replace(secret, HIDDEN) } else { text })
    }
}

/// `user:password` of every URL in a text, and the password alone.
fn credentials(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in value.split("://").skip(1) {
        let authority = rest.split(['/', ' ', ',', '?', '#']).next().unwrap_or(rest);
        let Some((user_info, _)) = authority.rsplit_once('@') else { continue };
        found.push(user_info.to_owned());
        if let Some((_, password)) = user_info.split_once(':') {
            found.push(password.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_passwords_are_hidden_with_and_without_their_user() {
        let mask = Mask { hidden: credentials("http://me:hunter2@proxy:3128/") };
        assert_eq!(mask.clean("via http://me:hunter2@proxy:3128/ (hunter2)"), "via http://***@proxy:3128/ (***)");
        assert!(credentials("http://proxy:3128/a@b").is_empty());
        assert!(credentials("me@home").is_empty());
    }
}
