//! What a call finds around it: environment, terminal, clock.

use super::exit::Trouble;
use super::options::{Call, Color, Format};
use crate::catalog::Defect;
use crate::config::{self, Config, ConfigError, ConfigFile, Flag, Sources};
use crate::report::{Screen, Verbosity};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// The configuration file where none is named.
pub const CONFIGFILE: &str = "config.yaml";

/// What a call finds around it, read once.
pub struct Surroundings {
    /// The environment; what is not Unicode is left out.
    pub env: BTreeMap<String, String>,
    /// How stdout looks.
    pub out: Screen,
    /// How stderr looks.
    pub err: Screen,
    /// Who reads stdout.
    pub format: Format,
}

impl Surroundings {
    /// Looks around.
    pub fn of(call: &Call) -> Self {
        let env: BTreeMap<String, String> =
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))).collect();
        let verbosity = match (call.debug, call.info) {
            (true, _) => Verbosity::Debug,
            (_, true) => Verbosity::Info,
            _ => Verbosity::Normal,
        };
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let screen = |is_terminal: bool| Screen {
            color: colored(call.color, &env, is_terminal),
            width: if is_terminal { width(&env) } else { Screen::UNLIMITED },
            live: is_terminal && env.get("TERM").is_none_or(|term| term != "dumb"),
            verbosity,
        };
        Self { out: screen(out), err: screen(err), format: call.format, env }
    }

    /// Settles the configuration of a call; `flags` are those of its command.
    pub fn configure(&self, call: &Call, flags: Vec<Flag>) -> Result<Config, ConfigError> {
        let configfile = match &call.configfile {
            Some(path) => ConfigFile::Named(path.clone()),
            None => ConfigFile::Default(PathBuf::from(CONFIGFILE)),
        };
        let mut config = self.configure_from(call, configfile, flags)?;
        config.warnings.extend(passed_over(call));
        Ok(config)
    }

    /// The moment that is told instead of now, so that a call gives the same bytes again.
    /// Source: <https://reproducible-builds.org/specs/source-date-epoch/>.
    pub fn source_date(&self) -> Result<Option<Timestamp>, Trouble> {
        let Some(text) = self.env.get("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) else { return Ok(None) };
        let moment = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let wrong = || Trouble::call(format!("SOURCE_DATE_EPOCH is \"{text}\", which is no number of seconds since 1970"));
        moment.map(Some).ok_or_else(wrong)
    }

    /// As [`Surroundings::configure`], from another file.
    pub fn configure_from(&self, call: &Call, configfile: ConfigFile, flags: Vec<Flag>) -> Result<Config, ConfigError> {
        let mut all = vec![];
        all.extend(call.engine.as_ref().map(|url| flag("cooperage.engine", url.as_str().into(), "--engine")));
        if !call.insecure_registry.is_empty() {
            let hosts = call.insecure_registry.iter().map(|host| Value::from(host.as_str())).collect::<Vec<_>>();
            all.push(flag("cooperage.insecure_registries", hosts.into(), "--insecure-registry"));
        }
        all.extend(call.authfile.as_ref().map(|path| flag("cooperage.authfile", path.display().to_string().into(), "--authfile")));
        all.extend(flags);
        config::load(&Sources { configfile, env: self.env.clone(), flags: all })
    }
}

/// A file that stands above the current directory is easily taken for the one that is read.
fn passed_over(call: &Call) -> Option<Defect> {
    let here = std::env::current_dir().ok()?;
    if call.configfile.is_some() || here.join(CONFIGFILE).exists() {
        return None;
    }
    // The top of a work tree is as far as anybody looks.
    let top = here.ancestors().find(|folder| folder.join(".git").exists())?;
    let above = here.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
    let steps = above.zip(1..).find(|(folder, _)| folder.join(CONFIGFILE).is_file())?.1;
    let path = format!("{}{CONFIGFILE}", "../".repeat(steps));
    let message = format!("{path} is not read: without --configfile only a {CONFIGFILE} in the current directory is");
    Some(Defect::warning("config_not_read", message).help(format!("give --configfile {path}, or make the call in its folder")))
}

/// What `--publish` and `--no-publish` set.
pub fn publishing(publish: bool, no_publish: bool) -> Option<Flag> {
    match (publish, no_publish) {
        (_, true) => Some(flag("cooperage.publish", false.into(), "--no-publish")),
        (true, _) => Some(flag("cooperage.publish", true.into(), "--publish")),
        _ => None,
    }
}

/// One setting of the command line.
pub fn flag(key: &str, value: Value, name: &str) -> Flag {
    Flag { key: key.to_owned(), value, name: name.to_owned() }
}

/// <https://no-color.org>: any value but the empty one.
fn colored(choice: Color, env: &BTreeMap<String, String>, is_terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && env.get("NO_COLOR").is_none_or(String::is_empty) && env.get("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Columns of the terminal: what it says, else `COLUMNS`, else 80.
fn width(env: &BTreeMap<String, String>) -> usize {
    let asked = [rustix::termios::tcgetwinsize(std::io::stderr()), rustix::termios::tcgetwinsize(std::io::stdout())];
    let columns = asked.into_iter().flatten().map(|size| usize::from(size.ws_col)).find(|columns| *columns > 0);
    columns.or_else(|| env.get("COLUMNS")?.parse().ok()).unwrap_or(80)
}
