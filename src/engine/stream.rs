//! What a container writes: plain bytes from a terminal, else frames of two streams.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

/// Bytes taken at once.
const CHUNK: usize = 32 * 1024;
/// A frame begins with its stream, three zeroes and its length. Source: Docker's API, `ContainerAttach`.
const HEADER: usize = 8;

/// What a container reads.
pub type Input = Box<dyn AsyncWrite + Send + Unpin>;

/// Which of its streams a container wrote to. A terminal has only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// stdout.
    Out,
    /// stderr.
    Error,
}

/// What a container writes.
pub struct Output {
    source: Box<dyn AsyncRead + Send + Unpin>,
    raw: bool,
    channel: Channel,
    /// Bytes of the current frame that are still to come.
    left: usize,
}

impl Output {
    /// Of a connection; `raw` where the container has a terminal.
    pub(super) fn new(source: Box<dyn AsyncRead + Send + Unpin>, raw: bool) -> Self {
        Self { source, raw, channel: Channel::Out, left: 0 }
    }

    /// The next bytes, as soon as there are some; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is no frame.
    pub async fn next(&mut self) -> io::Result<Option<(Channel, Vec<u8>)>> {
        while !self.raw && self.left == 0 {
            if !self.header().await? {
                return Ok(None);
            }
        }
        let room = if self.raw { CHUNK } else { self.left.min(CHUNK) };
        let mut bytes = vec![0; room];
        let read = self.source.read(&mut bytes).await?;
        bytes.truncate(read);
        if !self.raw {
            self.left -= read;
        }
        match read {
            0 if self.left > 0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the output ends within a frame")),
            0 => Ok(None),
            _ => Ok(Some((self.channel, bytes))),
        }
    }

    /// Reads where the next frame begins; false at the end.
    async fn header(&mut self) -> io::Result<bool> {
        let mut header = [0; HEADER];
        let mut filled = 0;
        while filled < HEADER {
            match self.source.read(&mut header[filled..]).await? {
                0 if filled == 0 => return Ok(false),
                0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the output ends within the head of a frame")),
                read => filled += read,
            }
        }
        self.channel = match header[0] {
            0 | 1 => Channel::Out,
            2 => Channel::Error,
            other => return Err(io::Error::new(io::ErrorKind::InvalidData, format!("the output has a stream {other}"))),
        };
        // Four bytes always fit a usize on the machines that engines run on.
        self.left = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that comes, or the words of the error.
    async fn read(bytes: &[u8], raw: bool) -> Result<Vec<(Channel, Vec<u8>)>, String> {
        let mut output = Output::new(Box::new(io::Cursor::new(bytes.to_vec())), raw);
        let mut found = Vec::new();
        while let Some(part) = output.next().await.map_err(|error| error.to_string())? {
            found.push(part);
        }
        Ok(found)
    }

    fn frame(stream: u8, text: &[u8]) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], length.as_slice(), text].concat()
    }

    #[tokio::test]
    async fn frames_go_to_their_streams() {
        let all = [frame(1, b"out"), frame(2, b""), frame(2, b"err\n"), frame(1, b"\x01\x02")].concat();
        let expected = [(Channel::Out, b"out".to_vec()), (Channel::Error, b"err\n".to_vec()), (Channel::Out, vec![1, 2])];
        assert_eq!(read(&all, false).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_terminal_may_write_anything() {
        // What looks like the head of a frame is text here.
        assert_eq!(read(b"\x01\x00\x00x", true).await.unwrap(), [(Channel::Out, b"\x01\x00\x00x".to_vec())]);
    }

    #[tokio::test]
    async fn large_frames_come_in_parts_and_nothing_is_lost() {
        let text = vec![b'x'; 3 * CHUNK + 1];
        let parts = read(&frame(2, &text), false).await.unwrap();
        assert!(parts.len() > 3 && parts.iter().all(|(channel, _)| *channel == Channel::Error));
        assert_eq!(parts.into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<u8>>(), text);
    }

    #[tokio::test]
    async fn what_breaks_off_or_is_no_frame_is_an_error() {
        assert!(read(&frame(1, b"abc")[..9], false).await.unwrap_err().contains("within a frame"));
        assert!(read(&[1, 0, 0], false).await.unwrap_err().contains("head of a frame"));
        assert!(read(&frame(7, b"abc"), false).await.unwrap_err().contains("stream 7"));
    }
}
