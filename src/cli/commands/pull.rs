//! `pull`: gets current versions into the engine.

use crate::cli::exit::Trouble;
use crate::cli::housekeeping::PullOptions;
use crate::cli::interrupt;
use crate::cli::options::{Call, Choice, Format};
use crate::cli::surroundings::Surroundings;
use crate::event::{Clock as _, Emitter, Fanout, ImageOutcome, Sink, SystemClock};
use crate::report::{Cell, Finish as _, JsonLines, Paint, Table, Terminal, text};
use crate::run::{Pulled, Revision, RunError, Session, Wanted, choose, has_destination, pull, wishes};
use std::io;
use std::sync::Arc;

/// Pulls.
pub async fn run(call: &Call, options: &PullOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let parents = !options.parents_of.is_empty();
    if !has_destination(&config) && !parents {
        return Err(Trouble::call("pull needs a registry; set `registry` in the configuration or COOPERAGE_REGISTRY"));
    }
    let cancel = interrupt::token()?;
    let choice = if parents { Choice { select: options.parents_of.clone(), ..Choice::default() } } else { options.choice.clone() };
    let (survey, marked) = choose(&options.directory, &config, &super::selection(&choice, &options.directory)?)?;
    super::show(surroundings, &[&survey.warnings, &survey.defects]);
    let wanted = Wanted { engine: true, registry: true };
    let session = Session::open(config, surroundings.env.clone(), options.directory.clone(), Revision::default(), wanted).await?;
    let wishes = tokio::select! {
        found = wishes(&session, &survey, &marked, parents) => found?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    let readers = Readers::open(surroundings);
    let ended = pull(&session, wishes, &readers.emitter, &cancel).await?;
    readers.close()?;
    if surroundings.format == Format::Human {
        print(&ended.pulled, surroundings)?;
    }
    Ok(ended.end.exit())
}

/// Who hears of the events: a program on stdout, or a person on stderr.
struct Readers {
    emitter: Arc<Emitter>,
    terminal: Arc<Terminal>,
    lines: Option<Arc<JsonLines>>,
}

impl Readers {
    fn open(surroundings: &Surroundings) -> Self {
        // docker-pkg's headings speak of builds; the result is a table of our own.
        let terminal = Arc::new(Terminal::new(Box::new(io::sink()), Box::new(io::stderr()), surroundings.err));
        let lines = (surroundings.format == Format::Json).then(|| Arc::new(JsonLines::new(Box::new(io::stdout()))));
        let mut sinks: Vec<Arc<dyn Sink>> = vec![terminal.clone()];
        sinks.extend(lines.clone().map(|lines| lines as Arc<dyn Sink>));
        let run = format!("{}-{:08x}", SystemClock.now().strftime("%Y%m%dT%H%M%SZ"), fastrand::u32(..));
        let emitter = Arc::new(Emitter::new(run, Arc::new(SystemClock), Arc::new(Fanout(sinks))));
        Self { emitter, terminal, lines }
    }

    fn close(&self) -> Result<(), Trouble> {
        self.terminal.close();
        Ok(self.lines.as_ref().map_or(Ok(()), |lines| lines.finish())?)
    }
}

fn print(pulled: &[Pulled], surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut table = Table::new(&["image", "outcome", "why"]);
    for one in pulled {
        let (word, paint) = match one.outcome {
            ImageOutcome::Reused => ("pulled", Paint::Good),
            ImageOutcome::Skipped => ("skipped", if one.reason.code == "held" { Paint::Faint } else { Paint::Caution }),
            other => (other.as_str(), Paint::Bad),
        };
        table.row([Cell::from(one.wish.reference.to_string()), Cell::new(word, paint), Cell::from(one.reason.text.as_str())]);
    }
    let shown = if pulled.is_empty() { "nothing to pull\n".to_owned() } else { table.render(&surroundings.out) };
    Ok(text(&mut io::stdout().lock(), &shown)?)
}
