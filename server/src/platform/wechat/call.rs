//! A call in the app's name: with a token, and once more with a new one if WeChat refuses the first.

use super::WeChat;
use super::reply::{Refusal, refuses_token};
use super::wire::{Failure, Reply};

/// Which half went wrong; for a send the difference is "not sent" against "may have been sent".
pub enum CallError {
    /// There is no token, so the call was not made, or was refused for its token and not repeated.
    NoToken(Refusal),
    /// The call was tried and has no usable answer.
    NoAnswer(Failure),
}

impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NoToken(refusal) => refusal,
            CallError::NoAnswer(failure) => Self::Failed(failure),
        }
    }
}

impl WeChat {
    /// POST with the token. The one repeat is safe: an answer that refuses the token proves that nothing was done.
    pub(super) async fn post(&self, path: &str, json: Vec<u8>) -> Result<Reply, CallError> {
        let (wire, tokens) = (&self.inner.wire, &self.inner.tokens);
        let token = tokens.get().await.map_err(CallError::NoToken)?;
        let reply = wire.post(path, Some(&token.value), json.clone()).await.map_err(CallError::NoAnswer)?;
        if !refuses_token(&reply) {
            return Ok(reply);
        }
        let token = tokens.replace(&token).await.map_err(CallError::NoToken)?;
        wire.post(path, Some(&token.value), json).await.map_err(CallError::NoAnswer)
    }
}
