//! A terminal of a test's own: what a program on it writes can be read, and keys can be pressed.

use super::daemon::wait_for;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

/// A pseudo-terminal.
pub struct Terminal {
    keys: File,
    place: String,
    /// Held open, so that reading does not end with the program.
    inside: File,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    /// Of this many lines and columns.
    pub fn new(rows: u16, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let place = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let inside = open(&place);
        let keys = File::from(master);
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut screen, kept) = (keys.try_clone().unwrap(), shown.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read) = screen.read(&mut bytes) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        let terminal = Self { keys, place, inside, shown };
        terminal.resize(rows, columns);
        terminal
    }

    /// Starts a program on it as the leader of a session of its own, as a login does.
    pub fn start(&self, program: &Command) -> Child {
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program.get_program()).args(program.get_args()).env_clear();
        command.current_dir(program.get_current_dir().unwrap());
        command.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command.stdin(open(&self.place)).stdout(open(&self.place)).stderr(open(&self.place)).spawn().unwrap()
    }

    /// Presses keys.
    pub fn write(&self, keys: &str) {
        (&self.keys).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this has been written.
    pub fn wait_for(&self, text: &str) {
        wait_for(&format!("{text:?} on the terminal"), || self.shown.lock().unwrap().contains(text));
    }

    /// All that has been written so far.
    pub fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    /// Changes its size, which the program is told.
    pub fn resize(&self, rows: u16, columns: u16) {
        tcsetwinsize(&self.keys, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    }

    /// How it treats keys and text, to be compared.
    pub fn settings(&self) -> String {
        let set = tcgetattr(&self.inside).unwrap();
        format!("{:?} {:?} {:?} {:?}", set.input_modes, set.output_modes, set.control_modes, set.local_modes)
    }
}

fn open(place: &str) -> File {
    File::options().read(true).write(true).open(place).unwrap()
}
