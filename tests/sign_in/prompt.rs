//! A person at a terminal: what shows, what does not, and that the terminal is left as it was.

use super::*;
use std::process::Child;
use support::terminal::Terminal;

fn at_terminal(desk: &Desk, args: &[&str]) -> (Terminal, String, Child) {
    let terminal = Terminal::new(24, 100);
    let before = terminal.settings();
    let child = terminal.start(&desk.place.command(args));
    (terminal, before, child)
}

#[test]
fn user_and_password_are_asked_for_and_the_password_does_not_show() {
    let desk = Desk::new();
    let (terminal, before, mut child) = at_terminal(&desk, &["login", desk.address()]);
    terminal.wait_for(&format!("user on {}: ", desk.address()));
    terminal.write("ci\n");
    terminal.wait_for("(not shown): ");
    terminal.write(&format!("{PASSWORD}\n"));
    terminal.wait_for("signed in to");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(terminal.settings(), before);
    assert!(!terminal.shown().contains("hunter2"), "{}", terminal.shown());
    assert_eq!(read_json(&desk.docker_file())["auths"][desk.address()]["auth"], encoded());
}

#[test]
fn ctrl_c_leaves_the_terminal_as_it_was_and_stores_nothing() {
    let desk = Desk::new();
    let (terminal, before, mut child) = at_terminal(&desk, &["login", "-u", "ci", desk.address()]);
    terminal.wait_for("(not shown): ");
    assert_ne!(terminal.settings(), before);
    terminal.write("hunt\x03");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(terminal.settings(), before);
    assert!(!terminal.shown().contains("hunt"), "{}", terminal.shown());
    assert!(!desk.docker_file().exists());
}

#[test]
fn an_end_without_an_answer_is_said() {
    let desk = Desk::new();
    let (terminal, before, mut child) = at_terminal(&desk, &["login", "-u", "ci", desk.address()]);
    terminal.wait_for("(not shown): ");
    terminal.write("\x04");
    assert_eq!(child.wait().unwrap().code(), Some(2));
    terminal.wait_for("no password was given");
    assert_eq!(terminal.settings(), before);
}
