//! A forward proxy of the tests: tunnels (`CONNECT`) and plain requests, to names that it alone knows.

use std::io::{BufRead as _, BufReader, Result, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// The proxy. Ends when dropped.
pub struct Proxy {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
}

impl Proxy {
    /// Leads everything to one address.
    pub fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (asked, stopped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, flag, upstream) = (asked.clone(), stopped.clone(), upstream.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (seen, upstream) = (seen.clone(), upstream.clone());
                std::thread::spawn(move || drop(serve(stream, &upstream, &seen)));
            }
        });
        Self { url: format!("http://{address}"), address, asked, stopped }
    }

    /// The first words of all requests so far: `CONNECT registry.test:443`, `GET http://registry.test/v2/`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(&self.address));
    }
}

fn serve(stream: TcpStream, upstream: &str, seen: &Mutex<Vec<String>>) -> Result<()> {
    let mut client = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        head.push(line);
    }
    let Some(first) = head.first() else { return Ok(()) };
    let words: Vec<&str> = first.split(' ').collect();
    seen.lock().unwrap().push(words[..2].join(" "));
    let mut server = TcpStream::connect(upstream)?;
    if words[0] == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    } else {
        let path = words[1].splitn(4, '/').nth(3).unwrap_or_default();
        let rest: String = head[1..].iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")).cloned().collect();
        server.write_all(format!("{} /{path} HTTP/1.1\r\nConnection: close\r\n{rest}\r\n", words[0]).as_bytes())?;
    }
    let (mut back, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let answers = std::thread::spawn(move || {
        let _ = std::io::copy(&mut back, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut reader, &mut server);
    let _ = server.shutdown(Shutdown::Write);
    let _ = answers.join();
    Ok(())
}
