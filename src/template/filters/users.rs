//! `uid` and `add_user`.

use super::{Known, one_text};
use crate::template::lookup::Told;
use minijinja::Error;
use minijinja::value::Value;

fn number(known: &Known, user: &str) -> Option<i64> {
    known.settings.uid_mappings.iter().find(|(name, _)| name == user).map(|(_, uid)| *uid)
}

pub(super) fn uid(known: &Known, args: &[Value]) -> Result<Value, Error> {
    let user = one_text("uid", args)?;
    Ok(number(known, user).map_or_else(|| Value::from(user), Value::from))
}

pub(super) fn add_user(known: &Known, args: &[Value]) -> Result<Value, Error> {
    let user = one_text("add_user", args)?;
    let Some(uid) = number(known, user) else {
        let message = format!("add_user: the user \"{user}\" has no number in known_uid_mappings");
        let help = format!("add \"{user}: <number>\" to known_uid_mappings in the configuration");
        return Err(Told::new(message, help).into());
    };
    Ok(Value::from(format!("groupadd -o -g {uid} -r {user} && useradd -l -o -r -m -d /var/lib/{user} -g {user} -u {uid} {user}")))
}
