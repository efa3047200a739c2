//! A cap on every request body, by route class, whether or not the client declares a length; and a time by which an
//! upload must be here.
//!
//! poem reads bodies of any size. A declared length over the cap is refused before a byte is read; an undeclared one
//! (chunked) is cut at the cap and the request answered with the same 413. An upload that has not come in time is ended
//! with 408, so that whoever has hardly any signal is told and holds nothing up.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use poem::http::StatusCode;
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Sleep;

use crate::App;
use crate::error::ApiError;
use crate::evidence::upload;

/// Forms.
const FORM: usize = 256 * 1024;
/// Spreadsheets (design D20).
const SHEET: usize = 5 * 1024 * 1024;
/// Photos that one form of the console brings.
const PHOTOS: usize = 6;
/// Multipart boundaries and the fields beside a file.
const AROUND: usize = 16 * 1024;

/// The middleware.
pub struct Cap;

impl<E: Endpoint> Middleware<E> for Cap {
    type Output = Capped<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Capped { inner }
    }
}

pub struct Capped<E> {
    inner: E,
}

fn cap_for(request: &Request) -> usize {
    let photo = request.data::<App>().map_or(FORM, |app| app.config.photo_max_bytes);
    match request.uri().path() {
        "/api/v1/photos" => photo + AROUND,
        path if is_piece(path) => upload::PIECE,
        path if is_sheet(path) => SHEET + AROUND,
        path if is_entry(path) => PHOTOS * photo + FORM,
        // A form that waits for its person to log in again goes along, sealed.
        "/console/login" | "/console/code" | "/console/continue" => 4 * FORM,
        _ => FORM,
    }
}

/// How long an upload's bytes may take; an ordinary form has the time of its request.
fn upload_time(request: &Request) -> Option<Duration> {
    let app = request.data::<App>().filter(|_| is_upload(request.uri().path()))?;
    Some(app.config.upload_time)
}

/// Routes whose bodies are files.
pub fn is_upload(path: &str) -> bool {
    path == "/api/v1/photos" || is_piece(path) || is_sheet(path) || is_entry(path)
}

/// A piece of a photo.
fn is_piece(path: &str) -> bool {
    path.starts_with("/api/v1/uploads/")
}

fn is_sheet(path: &str) -> bool {
    matches!(path, "/api/v1/org/roster" | "/console/roster" | "/api/v1/plan/table" | "/console/rules/table")
}

/// Records entered at a desk, with their photos.
fn is_entry(path: &str) -> bool {
    path.starts_with("/console/entry/")
}

fn too_slow() -> ApiError {
    ApiError::new(
        StatusCode::REQUEST_TIMEOUT,
        "limit.too_slow",
        "网络太慢,没有在规定时间内传完,请换到信号好的地方重新上传,手机里的照片请保留。",
    )
}

fn too_large(cap: usize) -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "limit.too_large",
        format!("上传内容超过 {} 的上限,请缩小后再试。", size_label(cap)),
    )
}

fn size_label(bytes: usize) -> String {
    if bytes >= 1024 * 1024 {
        format!("{} MB", bytes / (1024 * 1024))
    } else {
        format!("{} KB", bytes / 1024)
    }
}

impl<E: Endpoint> Endpoint for Capped<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let cap = cap_for(&request);
        let declared = request.header("content-length").and_then(|value| value.parse::<usize>().ok());
        if declared.is_some_and(|length| length > cap) {
            return Err(too_large(cap).into());
        }
        let time = upload_time(&request);
        if declared.is_some() && time.is_none() {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let ended = Arc::new(OnceLock::new());
        let reader = Limited {
            inner: Box::pin(request.take_body().into_async_read()),
            left: cap,
            time: time.map(|time| Box::pin(tokio::time::sleep(time))),
            ended: Arc::clone(&ended),
        };
        request.set_body(Body::from_async_read(reader));
        let answer = self.inner.call(request).await;
        match ended.get() {
            Some(End::TooLarge) => Err(too_large(cap).into()),
            Some(End::TooSlow) => Err(too_slow().into()),
            None => Ok(answer?.into_response()),
        }
    }
}

/// Why a body was ended before its own end.
#[derive(Debug)]
enum End {
    TooLarge,
    TooSlow,
}

/// A reader that ends at the limit of bytes or time and remembers that there was more.
struct Limited {
    inner: Pin<Box<dyn AsyncRead + Send>>,
    left: usize,
    time: Option<Pin<Box<Sleep>>>,
    ended: Arc<OnceLock<End>>,
}

impl Limited {
    fn end(&self, why: End) {
        // Only the first reason counts.
        let _ = self.ended.set(why);
    }
}

impl AsyncRead for Limited {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // First the time: a trickle always has a byte ready.
        if self.time.as_mut().is_some_and(|time| time.as_mut().poll(context).is_ready()) {
            self.end(End::TooSlow);
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        let polled = self.inner.as_mut().poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        if read > self.left {
            self.end(End::TooLarge);
            let keep = before + self.left;
            self.left = 0;
            buffer.set_filled(keep);
            return Poll::Ready(Ok(()));
        }
        self.left -= read;
        polled
    }
}
