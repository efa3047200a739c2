//! A cap on every request body, by route class, whether or not the client declares a length.
//!
//! poem reads bodies of any size. A declared length over the cap is refused before a byte is read; an undeclared one
//! (chunked) is cut at the cap and the request answered with the same 413.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use poem::http::StatusCode;
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::io::AsyncRead;

use crate::App;
use crate::error::ApiError;

/// Forms.
const FORM: usize = 256 * 1024;
/// Spreadsheets (design D20).
const SHEET: usize = 5 * 1024 * 1024;
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
        "/api/v1/org/roster" => SHEET + AROUND,
        _ => FORM,
    }
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
        match declared {
            Some(length) if length > cap => return Err(too_large(cap).into()),
            Some(_) => return Ok(self.inner.call(request).await?.into_response()),
            None => {}
        }
        let cut = Arc::new(AtomicBool::new(false));
        let reader = Limited {
            inner: Box::pin(request.take_body().into_async_read()),
            left: cap,
            cut: Arc::clone(&cut),
        };
        request.set_body(Body::from_async_read(reader));
        let answer = self.inner.call(request).await;
        if cut.load(Ordering::Relaxed) {
            return Err(too_large(cap).into());
        }
        Ok(answer?.into_response())
    }
}

/// A reader that ends at the limit and remembers that there was more.
struct Limited {
    inner: std::pin::Pin<Box<dyn AsyncRead + Send>>,
    left: usize,
    cut: Arc<AtomicBool>,
}

impl AsyncRead for Limited {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = self.inner.as_mut().poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        if read > self.left {
            self.cut.store(true, Ordering::Relaxed);
            let keep = before + self.left;
            self.left = 0;
            buffer.set_filled(keep);
            return Poll::Ready(Ok(()));
        }
        self.left -= read;
        polled
    }
}
