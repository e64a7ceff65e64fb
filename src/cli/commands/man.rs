//! `man`: manual pages from the definition of the command line.

use crate::cli::exit::Trouble;
use crate::cli::options::{Call, ManOptions};
use crate::report::{replace, text};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use std::path::Path;

/// Prints the page of the program, or writes one a command.
pub fn run(options: &ManOptions) -> Result<u8, Trouble> {
    let mut command = Call::command().disable_help_subcommand(true);
    command.build();
    match &options.output {
        None => text(&mut std::io::stdout().lock(), &String::from_utf8_lossy(&page(command)?.1))?,
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| Trouble::call(format!("{} cannot be made: {error}", folder.display())))?;
            write(folder, command)?;
        }
    }
    Ok(0)
}

fn write(folder: &Path, command: Command) -> Result<(), Trouble> {
    for below in command.get_subcommands() {
        write(folder, below.clone())?;
    }
    let (name, bytes) = page(command)?;
    Ok(replace("the manual page", &folder.join(name), &bytes)?)
}

/// The file's name and what is in it.
fn page(command: Command) -> Result<(String, Vec<u8>), Trouble> {
    // An empty date would not be quoted, and the next field would take its place.
    let man = Man::new(command).date(" ").source(concat!("cooperage ", env!("CARGO_PKG_VERSION"))).manual("Cooperage");
    let mut bytes = Vec::new();
    man.render(&mut bytes)?;
    Ok((man.get_filename(), bytes))
}
