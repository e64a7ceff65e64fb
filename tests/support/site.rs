//! A small server for the files of a folder, plain HTTP, gone with the test. What stands in front of it misbehaves on
//! request ([`Faults`]).

use super::faults::Faults;
use std::fs;
use std::io::{BufRead as _, BufReader, Result, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The server and its folder.
pub struct Site {
    /// What is served.
    pub folder: TempDir,
    /// Who misbehaves.
    pub faults: Faults,
}

impl Site {
    /// Serves an empty folder.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let root = folder.path().to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let root = root.clone();
                // A connection that breaks is what the one in front is for.
                std::thread::spawn(move || drop(serve(stream, &root)));
            }
        });
        Self { folder, faults: Faults::before(address) }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.faults.address)
    }

    /// Writes a file, and its folders.
    pub fn put(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let place = self.folder.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, bytes).unwrap();
        place
    }
}

fn serve(mut stream: TcpStream, root: &Path) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let path = if path.ends_with('/') { format!("{path}index") } else { path.to_owned() };
    let (status, body) = match fs::read(root.join(path)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}
