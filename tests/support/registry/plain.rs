//! HTTP by hand: one request, one connection. Independent of the client under test.

use base64::Engine as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// An answer.
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// One request over plain HTTP. HTTP/1.0, so that the answer ends with the connection.
pub fn request(address: &str, method: &str, path: &str, login: Option<(&str, &str)>, body: Option<(&str, &[u8])>) -> Response {
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n");
    head += "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, */*\r\n";
    if let Some((user, password)) = login {
        head += &format!("Authorization: Basic {}\r\n", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")));
    }
    if let Some((content_type, bytes)) = body {
        head += &format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", bytes.len());
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(body.map_or(&[][..], |(_, bytes)| bytes)).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    parse(&all)
}

fn parse(all: &[u8]) -> Response {
    let end = all.windows(4).position(|window| window == b"\r\n\r\n").expect("an HTTP answer");
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers =
        lines.filter_map(|line| line.split_once(':')).map(|(key, value)| (key.to_ascii_lowercase(), value.trim().to_owned())).collect();
    Response { status, headers, body: all[end + 4..].to_vec() }
}
