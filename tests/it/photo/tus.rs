//! A phone that sends a photo in pieces, by the protocol's own words.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, RequestBuilder};
use sha2::{Digest as _, Sha256};

use crate::world::{Answer, Person, sha256_hex};

/// An upload under way.
pub struct Tus<'a> {
    pub person: &'a Person,
    /// Whom the phone asks; the world's own server unless a test says otherwise.
    pub base: String,
    pub path: String,
}

/// What is said of the whole photo.
pub fn metadata(photo: &[u8]) -> String {
    format!("filename eA==,sha256 {}", BASE64_STANDARD.encode(sha256_hex(photo)))
}

pub fn sha256_of(piece: &[u8]) -> String {
    format!("sha256 {}", BASE64_STANDARD.encode(Sha256::digest(piece)))
}

/// Begins an upload with these headers, which are the protocol's own.
pub async fn tries_to_begin(person: &Person, base: &str, length: &str, metadata: &str) -> Answer {
    let request = person.world.http.post(format!("{base}/api/v1/uploads")).bearer_auth(&person.token);
    let request = request.header("Tus-Resumable", "1.0.0").header("Upload-Length", length);
    let answer = request.header("Upload-Metadata", metadata).send().await.expect("an answer");
    Answer::of(format!("{}: begin", person.name), answer).await
}

impl<'a> Tus<'a> {
    pub async fn begins(person: &'a Person, photo: &[u8]) -> Self {
        Self::begins_at(person, &person.world.base, photo).await
    }

    pub async fn begins_at(person: &'a Person, base: &str, photo: &[u8]) -> Self {
        let answer = tries_to_begin(person, base, &photo.len().to_string(), &metadata(photo)).await.is(201);
        Self { person, base: base.to_owned(), path: header(&answer, "location") }
    }

    /// The same upload, on another phone.
    pub fn with<'b>(&self, person: &'b Person) -> Tus<'b> {
        Tus { person, base: self.base.clone(), path: self.path.clone() }
    }

    pub fn request(&self, method: Method) -> RequestBuilder {
        let request = self.person.world.http.request(method, format!("{}{}", self.base, self.path));
        request.bearer_auth(&self.person.token).header("Tus-Resumable", "1.0.0")
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(format!("{}: {}", self.person.name, self.path), request.send().await.expect("an answer"))
            .await
    }

    pub async fn head(&self) -> Answer {
        self.send(self.request(Method::HEAD)).await
    }

    /// What the town says it has.
    pub async fn offset(&self) -> usize {
        header(&self.head().await.is(200), "upload-offset").parse().expect("a number")
    }

    pub fn piece(&self, offset: usize, piece: &[u8]) -> RequestBuilder {
        let request = self.request(Method::PATCH).header("Upload-Offset", offset);
        request.header("Content-Type", "application/offset+octet-stream").body(piece.to_vec())
    }

    pub async fn sends(&self, offset: usize, piece: &[u8]) -> Answer {
        self.send(self.piece(offset, piece).header("Upload-Checksum", sha256_of(piece))).await
    }

    /// Sends what is missing, so many bytes at a time.
    pub async fn goes_on(&self, photo: &[u8], step: usize) -> Answer {
        loop {
            let offset = self.offset().await;
            let answer = self.sends(offset, &photo[offset..photo.len().min(offset + step)]).await;
            if answer.status != 204 || header(&answer, "upload-offset") == photo.len().to_string() {
                return answer;
            }
        }
    }
}

#[track_caller]
pub fn header(answer: &Answer, name: &str) -> String {
    let value = answer.headers.get(name).unwrap_or_else(|| panic!("{} has no {name}", answer.what));
    value.to_str().expect("text").to_owned()
}
