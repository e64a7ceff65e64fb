//! `login`: tries a sign-in and stores it where docker and podman look, too.

use super::signed_in_by_configuration;
use crate::cli::exit::Trouble;
use crate::cli::options::sign_in::LoginOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::cli::{interrupt, prompt};
use crate::config::{Login, Secret};
use crate::registry::{SignIns, Site, Spot, Welcome, sign_in};
use crate::report::{Paint, json, text};
use crate::run::{RunError, SessionError, keychain_sources, registry_options};
use serde::Serialize;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use tokio_util::sync::CancellationToken;

/// The most bytes of a password or token on stdin.
const LIMIT: u64 = 1 << 20;

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    registry: String,
    username: &'a str,
    verified: bool,
    stored: &'a Spot,
}

/// Signs in.
pub async fn run(call: &Call, options: &LoginOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let site = Site::parse(&options.registry).map_err(Trouble::call)?;
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let cancel = interrupt::token()?;
    let login = given(options, &site, &cancel).await?;
    let tried = sign_in(registry_options(&config, &surroundings.env), site.registry(), login.clone());
    let welcome = tokio::select! {
        welcome = tried => welcome.map_err(RunError::from)?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    let spot = SignIns::new(keychain_sources(&config, &surroundings.env)).store(&site, &login).map_err(SessionError::from)?;
    let caution = |message: String| {
        // There is nobody left to tell when stderr is gone.
        let _ = writeln!(io::stderr(), "{} {message}", Paint::Caution.on(&surroundings.err, "warning:"));
    };
    if welcome == Welcome::OpenToAll {
        caution(format!("{site} lets everybody in without asking, so user and password could not be checked"));
    }
    if let Some(origin) = signed_in_by_configuration(&config, &site) {
        caution(format!("{origin} come before what was stored now"));
    }
    print(
        surroundings,
        &Document { v: 1, registry: site.to_string(), username: &login.username, verified: welcome == Welcome::LetIn, stored: &spot },
    )
}

fn print(surroundings: &Surroundings, document: &Document<'_>) -> Result<u8, Trouble> {
    let mut out = io::stdout().lock();
    if surroundings.format == Format::Json {
        json(&mut out, document)?;
        return Ok(0);
    }
    let Spot { path, key, helper } = document.stored;
    let place =
        helper.as_ref().map_or_else(|| format!("stored in {path} (entry {key})"), |helper| format!("{helper} keeps it (named in {path})"));
    text(&mut out, &format!("signed in to {} as {}; {place}\n", document.registry, document.username))?;
    Ok(0)
}

/// User and password: given, from stdin, or asked for.
async fn given(options: &LoginOptions, site: &Site, cancel: &CancellationToken) -> Result<Login, Trouble> {
    if !options.password_stdin && !io::stdin().is_terminal() {
        return Err(Trouble::call(format!(
            "login cannot ask for a password, because stdin is no terminal; give both: cooperage login --username NAME --password-stdin {site} < FILE"
        )));
    }
    let username = match &options.username {
        Some(name) => name.clone(),
        None => answered(prompt::line(&format!("user on {site}: "), cancel).await?, cancel, "user")?,
    };
    if username.is_empty() || username.contains(':') || username.chars().any(char::is_control) {
        return Err(Trouble::call("the name of a user is not empty and holds no colon"));
    }
    let password = if options.password_stdin {
        from_stdin()?
    } else {
        answered(prompt::secret(&format!("password of {username} on {site} (not shown): "), cancel).await?, cancel, "password")?
    };
    if password.is_empty() {
        return Err(Trouble::call("the password is empty; nothing was stored"));
    }
    Ok(Login { username, password: Secret::new(password) })
}

fn answered(answer: Option<String>, cancel: &CancellationToken, what: &str) -> Result<String, Trouble> {
    match answer {
        Some(answer) => Ok(answer),
        None if cancel.is_cancelled() => Err(RunError::Interrupted.into()),
        None => Err(Trouble::call(format!("no {what} was given; nothing was stored"))),
    }
}

fn from_stdin() -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    io::stdin().take(LIMIT + 1).read_to_end(&mut bytes).map_err(|e| Trouble::call(format!("stdin cannot be read: {e}")))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Trouble::call(format!("stdin holds more than {LIMIT} bytes, which is no password")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Trouble::call("what stdin holds is no text, so it is no password"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
