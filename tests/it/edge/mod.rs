//! The HTTP edge: one shape for every refusal, the document, the numbers.

mod documents;
mod headers;
mod numbers;
mod refusals;

use reqwest::RequestBuilder;

use crate::world::Answer;

async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer::of(response.url().path().to_owned(), response).await
}
