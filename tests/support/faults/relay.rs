//! One connection: reads requests, does what the rules say, passes the rest on.

use super::wire::{Drops, Framing, Head, Scissors, copy_body};
use super::{Action, Recorded, State};
use std::io::{BufRead as _, BufReader, ErrorKind, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The byte that a TLS connection begins with.
const TLS_HANDSHAKE: u8 = 0x16;

/// Serves a connection until it ends.
pub fn serve(stream: TcpStream, upstream: &str, own: &str, state: &Mutex<State>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut client = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    if reader.fill_buf()?.first() == Some(&TLS_HANDSHAKE) {
        return client.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent TLS to an HTTP server\n");
    }
    while let Some(head) = Head::read(&mut reader)? {
        let last = head.word(2) == "HTTP/1.0" || head.get("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !one(&head, &mut reader, &mut client, upstream, own, state)? || last {
            break;
        }
    }
    client.shutdown(Shutdown::Both)
}

/// Handles one request; false when the connection is to be closed.
fn one(
    head: &Head,
    reader: &mut BufReader<TcpStream>,
    client: &mut TcpStream,
    upstream: &str,
    own: &str,
    state: &Mutex<State>,
) -> Result<bool> {
    let action = note(head, state);
    if matches!(action, Some(Action::Close)) {
        return Ok(false);
    }
    if head.get("expect").is_some() && !matches!(action, Some(Action::Reply { .. })) {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let framing = head.framing().unwrap_or(Framing::None);
    if matches!(action, Some(Action::Kept)) {
        let kept = state.lock().unwrap().kept.clone();
        return reply(head, reader, client, (204, &kept, b""));
    }
    if let (Some(Action::Swallow(bytes)), Framing::Length(length)) = (&action, framing) {
        let kept = swallow(head, reader, upstream, (*bytes as u64).min(length))?;
        state.lock().unwrap().kept = kept;
        return Ok(false);
    }
    if let Some(Action::Reply { status, headers, body }) = &action {
        return reply(head, reader, client, (*status, headers, body));
    }
    if head.word(1).starts_with("/token") || wants_gate(state) {
        let mut form = Vec::new();
        if head.word(1).starts_with("/token") {
            copy_body(reader, &mut form, framing)?;
        }
        let refused = state.lock().unwrap().gate.as_mut().and_then(|gate| gate.check(head, &form, own));
        if let Some((status, headers, body)) = refused {
            let rest = if form.is_empty() { head.clone() } else { Head { first: head.first.clone(), headers: Vec::new() } };
            return reply(&rest, reader, client, (status, &headers, &body));
        }
    }
    if upstream.is_empty() {
        let kind = [("Content-Type".to_owned(), "application/json".to_owned())];
        return reply(head, reader, client, (404, &kind, b"{}"));
    }
    if let Some(Action::Delay(time)) = &action
        && !wait(*time, state)
    {
        return Ok(false);
    }
    if let Some(Action::First(what)) = &action {
        (what.0)();
    }
    let mut server = TcpStream::connect(upstream)?;
    let sent = forward(head, reader, &mut server, framing, &action, wants_gate(state));
    if matches!(action, Some(Action::CutRequest(_))) {
        return Ok(false);
    }
    // A registry that refuses early stops reading: its answer is what counts.
    answer(head, BufReader::new(server), client, &action).map(|go_on| go_on && sent.is_ok())
}

/// Waits; false when the rules were cleared before the time was over.
fn wait(time: Duration, state: &Mutex<State>) -> bool {
    let (start, before) = (Instant::now(), state.lock().unwrap().cleared);
    while start.elapsed() < time && state.lock().unwrap().cleared == before {
        std::thread::sleep(Duration::from_millis(20).min(time));
    }
    start.elapsed() >= time
}

fn wants_gate(state: &Mutex<State>) -> bool {
    state.lock().unwrap().gate.is_some()
}

fn note(head: &Head, state: &Mutex<State>) -> Option<Action> {
    let mut state = state.lock().unwrap();
    let authorization = head.get("authorization").and_then(|value| value.split(' ').next()).map(str::to_owned);
    let (method, path) = (head.word(0).to_owned(), head.word(1).to_owned());
    let action = state.action_for(&method, &path);
    let accept = head.get("accept").unwrap_or_default().to_owned();
    let range = head.get("range").or(head.get("content-range")).map(str::to_owned);
    let length = head.get("content-length").and_then(|text| text.parse().ok());
    let unless = head.get("if-none-match").or(head.get("if-modified-since")).map(str::to_owned);
    state.recorded.push(Recorded { method, path, authorization, accept, range, length, unless });
    action
}

/// Answers without the registry. A body that the client has begun to send is read to its end first.
fn reply(head: &Head, reader: &mut BufReader<TcpStream>, client: &mut TcpStream, what: (u16, &[(String, String)], &[u8])) -> Result<bool> {
    let (status, headers, body) = what;
    let waits = head.get("expect").is_some();
    if !waits {
        copy_body(reader, &mut std::io::sink(), head.framing().unwrap_or(Framing::None))?;
    }
    let mut text = Head { first: format!("HTTP/1.1 {status} Test"), headers: headers.to_vec() };
    text.set("Content-Length", &body.len().to_string());
    if waits {
        text.set("Connection", "close");
    }
    client.write_all(&text.to_bytes())?;
    if head.word(0) != "HEAD" {
        client.write_all(body)?;
    }
    Ok(!waits)
}

/// Sends the first bytes of a request as the whole of it; what of the answer says where it goes on.
fn swallow(head: &Head, reader: &mut BufReader<TcpStream>, upstream: &str, bytes: u64) -> Result<Vec<(String, String)>> {
    let mut head = head.clone();
    head.set("Content-Length", &bytes.to_string());
    head.set("Connection", "close");
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(&head.to_bytes())?;
    copy_body(reader, &mut server, Framing::Length(bytes))?;
    let answer = Head::read(&mut BufReader::new(server))?.ok_or(ErrorKind::UnexpectedEof)?;
    Ok(["Location", "Range"].iter().filter_map(|name| Some(((*name).to_owned(), answer.get(name)?.to_owned()))).collect())
}

fn forward(
    head: &Head,
    reader: &mut BufReader<TcpStream>,
    server: &mut TcpStream,
    framing: Framing,
    action: &Option<Action>,
    gated: bool,
) -> Result<()> {
    let mut head = head.clone();
    head.remove("expect");
    head.set("Connection", "close");
    if gated {
        head.remove("authorization");
    }
    if let Some(Action::ForgetHeader(name)) = action {
        head.remove(name);
    }
    server.write_all(&head.to_bytes())?;
    match action {
        Some(Action::CutRequest(bytes)) => copy_body(reader, &mut Scissors { inner: server, left: *bytes }, framing),
        _ => copy_body(reader, server, framing),
    }
}

/// Passes the registry's answer on; false when the connection is to be closed after it.
fn answer(request: &Head, mut server: BufReader<TcpStream>, client: &mut TcpStream, action: &Option<Action>) -> Result<bool> {
    let mut head = Head::read(&mut server)?.ok_or(ErrorKind::UnexpectedEof)?;
    let bodiless = request.word(0) == "HEAD" || matches!(head.word(1), "204" | "304");
    let framing = if bodiless { Framing::None } else { head.framing().unwrap_or(Framing::ToTheEnd) };
    head.remove("connection");
    if framing == Framing::ToTheEnd {
        head.set("Connection", "close");
    }
    match action {
        Some(Action::WrongDigestHeader) => head.set("Docker-Content-Digest", cooperage::name::Digest::of(b"").as_str()),
        Some(Action::WithoutHeader(name)) => head.remove(name),
        Some(Action::WithHeader(name, value)) => head.set(name, value),
        Some(Action::RelativeLocation) => {
            let path = head.get("location").and_then(|text| text.find("/v2/").map(|at| text[at..].to_owned()));
            head.set("Location", &path.unwrap_or_default());
        }
        Some(Action::Slow(bytes, time)) => {
            client.write_all(&head.to_bytes())?;
            copy_body(&mut server, &mut Drops { inner: client, bytes: *bytes, time: *time }, framing)?;
            return Ok(framing != Framing::ToTheEnd);
        }
        Some(Action::ReplaceBody(body)) => {
            head.remove("transfer-encoding");
            head.set("Content-Length", &body.len().to_string());
            client.write_all(&head.to_bytes())?;
            client.write_all(body)?;
            return Ok(true);
        }
        Some(Action::CutResponse(bytes)) => {
            let mut cut = Scissors { inner: client, left: *bytes };
            cut.write_all(&head.to_bytes())?;
            copy_body(&mut server, &mut cut, framing)?;
            return Ok(false);
        }
        _ => {}
    }
    client.write_all(&head.to_bytes())?;
    copy_body(&mut server, client, framing)?;
    Ok(framing != Framing::ToTheEnd)
}
