//! A mail server that misbehaves on request.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What happens at a command.
#[derive(Clone, Debug)]
pub enum Trick {
    /// Nobody answers.
    Hang,
    /// This answer.
    Say(&'static str),
    /// The connection breaks without an answer.
    Cut,
}

/// When: the beginning of a command line; `connect`, or `.` for the end of a mail.
struct Rule {
    at: &'static str,
    left: usize,
    trick: Trick,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    commands: Vec<String>,
    mails: Vec<String>,
}

/// The server.
#[derive(Clone)]
pub struct Faulty {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Faulty {
    /// On a port that nobody uses.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let shared = server.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = shared.clone();
                // A client that goes away ends its thread.
                std::thread::spawn(move || drop(server.serve(client)));
            }
        });
        server
    }

    /// Misbehaves the next `times` times that a command begins so.
    pub fn at(self, at: &'static str, times: usize, trick: Trick) -> Self {
        self.state.lock().unwrap().rules.push(Rule { at, left: times, trick });
        self
    }

    /// The commands that came, in order.
    pub fn commands(&self) -> Vec<String> {
        self.state.lock().unwrap().commands.clone()
    }

    /// The mails that came whole, whatever was answered.
    pub fn mails(&self) -> Vec<String> {
        self.state.lock().unwrap().mails.clone()
    }

    fn trick(&self, command: &str) -> Option<Trick> {
        let mut state = self.state.lock().unwrap();
        state.commands.push(command.to_owned());
        let rule = state.rules.iter_mut().find(|rule| rule.left > 0 && command.starts_with(rule.at))?;
        rule.left -= 1;
        Some(rule.trick.clone())
    }

    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(client.try_clone()?).lines();
        if self.answer(&mut client, "connect", "220 mail.test")?.is_none() {
            return Ok(());
        }
        while let Some(line) = lines.next() {
            let line = line?;
            let good = match line.split(' ').next().unwrap_or_default() {
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                "EHLO" => "250 mail.test",
                _ => "250 OK",
            };
            let Some(said) = self.answer(&mut client, &line, good)? else { return Ok(()) };
            if said.starts_with("354") {
                let mail: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                self.state.lock().unwrap().mails.push(mail.join("\n"));
                if self.answer(&mut client, ".", "250 taken")?.is_none() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Answers, and tells with what; nothing where the connection is over.
    fn answer<'a>(&self, client: &mut TcpStream, command: &str, good: &'a str) -> std::io::Result<Option<&'a str>> {
        let words = match self.trick(command) {
            None => good,
            Some(Trick::Say(words)) => words,
            Some(Trick::Cut) => return client.shutdown(std::net::Shutdown::Both).map(|()| None),
            Some(Trick::Hang) => {
                // Until the client has had enough.
                let _ = std::io::copy(client, &mut std::io::sink());
                return Ok(None);
            }
        };
        client.write_all(format!("{words}\r\n").as_bytes())?;
        Ok(Some(words))
    }
}
