//! Just enough HTTP/1.1, by hand, because the faults need what frameworks keep to themselves: when the body is
//! read, whether an answer is finished, and how the socket dies (wechat.md §4 A3, A4).

use std::fmt::Write as _;
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::query;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 4 * 1024 * 1024;

/// The request line and the three headers that matter here.
pub(crate) struct Head {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub content_length: usize,
    pub keep_alive: bool,
}

impl Head {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// One client's socket and what was read from it but not yet used.
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        // Small answers must not wait for more to send; a socket that refuses only gets slower.
        let _ = stream.set_nodelay(true);
        Self { stream, unread: Vec::with_capacity(4096) }
    }

    /// The next request's head, or nothing when the client has gone.
    pub async fn read_head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some(end) = find(&self.unread, b"\r\n\r\n") {
                let head = parse_head(&self.unread[..end])?;
                self.unread.drain(..end + 4);
                return Ok(Some(head));
            }
            if self.unread.len() > MAX_HEAD {
                return Err(invalid("request head too long"));
            }
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return Ok(None);
            }
        }
    }

    pub async fn read_body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        while self.unread.len() < head.content_length {
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.unread.split_off(head.content_length);
        Ok(std::mem::replace(&mut self.unread, rest))
    }

    /// A whole answer in one write.
    pub async fn respond(&mut self, status: u16, content_type: &str, body: &[u8]) -> io::Result<()> {
        let mut bytes = response_head(status, content_type, body.len());
        bytes.extend_from_slice(body);
        self.write(&bytes).await
    }

    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// End the connection with a reset rather than a farewell.
    pub fn reset(self) {
        // If the option cannot be set the client sees an early end instead, which is a fault as well.
        let _ = self.stream.set_zero_linger();
    }

    /// Say nothing more until the client gives up.
    pub async fn wait_until_abandoned(&mut self) {
        let mut scrap = [0; 256];
        while matches!(self.stream.read(&mut scrap).await, Ok(n) if n > 0) {}
    }
}

pub(crate) fn response_head(status: u16, content_type: &str, length: usize) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        502 => "Bad Gateway",
        504 => "Gateway Timeout",
        _ => "Answer",
    };
    let mut head = String::with_capacity(128);
    // Writing into a string cannot fail.
    let _ = write!(
        head,
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    head.into_bytes()
}

/// Accept clients for ever, each served by `serve` in a task that dies with this one.
pub(crate) async fn accept<C, F>(listener: TcpListener, context: C, serve: fn(C, TcpStream) -> F)
where
    C: Clone,
    F: Future<Output = ()> + Send + 'static,
{
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    clients.spawn(serve(context.clone(), stream));
                }
            }
            Some(_) = clients.join_next() => {}
        }
    }
}

fn parse_head(bytes: &[u8]) -> io::Result<Head> {
    let text = std::str::from_utf8(bytes).map_err(|_| invalid("request head is not UTF-8"))?;
    let mut lines = text.split("\r\n");
    let mut request_line = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (request_line.next(), request_line.next(), request_line.next(), request_line.next())
    else {
        return Err(invalid("malformed request line"));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut head = Head {
        method: method.to_owned(),
        path: query::decode(path),
        query: query::parse(query),
        content_length: 0,
        keep_alive: version == "HTTP/1.1",
    };
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("malformed header"))?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            head.content_length = value.parse().map_err(|_| invalid("malformed content-length"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(invalid("chunked requests are not spoken here"));
        } else if name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close") {
            head.keep_alive = false;
        }
    }
    if head.content_length > MAX_BODY {
        return Err(invalid("request body too long"));
    }
    Ok(head)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::parse_head;

    #[test]
    fn reads_the_request_line_and_the_headers_that_matter() {
        let head =
            parse_head(b"POST /a/b?x=1%2B HTTP/1.1\r\nHost: h\r\ncontent-LENGTH: 12\r\nConnection: close")
                .unwrap();
        assert_eq!((head.method.as_str(), head.path.as_str()), ("POST", "/a/b"));
        assert_eq!(head.query("x"), Some("1+"));
        assert_eq!((head.content_length, head.keep_alive), (12, false));
    }

    #[test]
    fn refuses_what_it_cannot_frame() {
        assert!(parse_head(b"GET / HTTP/1.1 extra\r\nHost: h").is_err());
        assert!(parse_head(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked").is_err());
        assert!(parse_head(b"POST / HTTP/1.1\r\nContent-Length: -1").is_err());
    }
}
