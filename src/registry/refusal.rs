//! Why a registry says no, and what to do: never signed in, expired, and not allowed are different things.

use super::answer;
use super::auth::{Reply, Standing};
use super::credentials::advice;
use super::host::Host;
use reqwest::StatusCode;

/// The reason of 401 or 403, with what the registry said. `searched` is where sign-ins were looked for.
pub(super) fn reason(host: &Host, registry: &str, reply: &Reply, searched: &[String]) -> String {
    let said = answer::said(&reply.answer);
    match &reply.standing {
        Standing::Anonymous if host.wanted().is_none() && reply.answer.status == StatusCode::UNAUTHORIZED => {
            format!("{said}; it does not say how to sign in (WWW-Authenticate), so no sign-in was sent; something may stand in between")
        }
        Standing::Anonymous if host.wanted().is_none() => {
            format!("{said}; it asked for no sign-in, so none was sent")
        }
        Standing::Anonymous | Standing::Token { login: None, .. } | Standing::Refused { login: None, .. } => {
            format!("{said}; {}", advice(registry, None, searched))
        }
        Standing::Refused { server, login } => {
            format!("its token server {server} says {said}; {}", advice(registry, login.as_ref(), searched))
        }
        Standing::Basic { login, .. } if reply.answer.status == StatusCode::UNAUTHORIZED => {
            format!("{said}; {}", advice(registry, Some(login), searched))
        }
        Standing::Stale { login } => format!("{said} without a sign-in; {}", advice(registry, Some(login), searched)),
        Standing::Token { login: Some(login), .. } | Standing::Basic { login, .. } => {
            format!("{said}; signed in as {} from {}, who may not do this", login.user(), login.origin)
        }
    }
}
