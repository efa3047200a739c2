//! `wx.login`'s code for the person's openid (§1.1).

use std::fmt;

use secrecy::ExposeSecret;
use serde::Deserialize;

use super::WeChat;
use super::reply::{Refusal, decode};

/// Who logged in.
///
/// WeChat's answer also holds the `session_key`. It is deliberately not read: it would only serve to decrypt data the
/// phone sends, every `wx.login` silently replaces it (§3), and a key that is not kept cannot leak. Phone numbers come
/// by [`WeChat::phone_number`] instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    pub openid: String,
    /// Only if the mini-program is bound to an Open Platform account.
    pub unionid: Option<String>,
}

impl fmt::Debug for Session {
    /// An openid names a person and stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// Why nobody is logged in (§1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// 40029: unknown, older than five minutes, or another appid's code. The phone calls `wx.login` again.
    #[error("login code invalid")]
    CodeInvalid,
    /// 40163: spent before, perhaps by an answer that got lost. The phone calls `wx.login` again.
    #[error("login code already used")]
    CodeUsed,
    /// 40226: WeChat holds the person for a risk and intercepts the login.
    #[error("login blocked by wechat")]
    Blocked,
    /// 45011: too many in this minute.
    #[error("too many logins this minute")]
    TooMany,
    /// Wrong appid, secret or address list, or a number nobody here knows: for the operator.
    #[error("wechat login misconfigured ({0})")]
    Config(i64),
    /// No answer, -1, or the day's quota. The code may be spent, so only a new one is worth a try.
    #[error("wechat unavailable")]
    Unavailable,
}

impl WeChat {
    /// Who is behind this code? Asked exactly once: a repeat after a lost answer would only earn 40163.
    pub async fn code_to_session(&self, js_code: &str) -> Result<Session, LoginError> {
        #[derive(Deserialize)]
        struct Body {
            openid: String,
            unionid: Option<String>,
        }
        // WeChat would say no; an empty code is not worth a place in the quota.
        if js_code.is_empty() {
            return Err(LoginError::CodeInvalid);
        }
        let query = [
            ("appid", self.inner.appid.as_str()),
            ("secret", self.inner.secret.expose_secret()),
            ("js_code", js_code),
            ("grant_type", "authorization_code"),
        ];
        let reply = self.inner.wire.get("/sns/jscode2session", &query).await;
        let reply = reply.map_err(|_| LoginError::Unavailable)?;
        let body: Body = decode("jscode2session", &reply).map_err(login_error)?;
        if body.openid.is_empty() {
            return Err(LoginError::Unavailable);
        }
        Ok(Session { openid: body.openid, unionid: body.unionid.filter(|id| !id.is_empty()) })
    }
}

fn login_error(refusal: Refusal) -> LoginError {
    match refusal {
        Refusal::Failed(_) | Refusal::Refused(-1 | 45009) => LoginError::Unavailable,
        Refusal::Refused(40029) => LoginError::CodeInvalid,
        Refusal::Refused(40163) => LoginError::CodeUsed,
        Refusal::Refused(40226) => LoginError::Blocked,
        Refusal::Refused(45011) => LoginError::TooMany,
        Refusal::Refused(code) => LoginError::Config(code),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::platform::wechat::stub::{Act, Stub};

    #[tokio::test]
    async fn a_code_becomes_an_openid_and_the_session_key_is_dropped() {
        let stub = Stub::start(|_| {
            Act::json(r#"{"openid":"O1","session_key":"HyVFkGl5F5OQWJZZaNzBBg==","unionid":"","errcode":0}"#)
        })
        .await;
        let session = stub.client().code_to_session("a+b&c").await.expect("session");
        assert_eq!((session.openid.as_str(), session.unionid.as_deref()), ("O1", None));
        assert!(!format!("{session:?}").contains("O1"));
        let seen = stub.seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(
            seen[0].line,
            "GET /sns/jscode2session?appid=wx1&secret=s3cret&js_code=a%2Bb%26c&grant_type=authorization_code"
        );
    }

    #[tokio::test]
    async fn every_refusal_has_its_word_and_is_asked_once() {
        let table = [
            (
                r#"{"errcode":40029,"errmsg":"invalid code, rid: 676d614b-00000000-00000000"}"#,
                LoginError::CodeInvalid,
            ),
            (r#"{"errcode":"40163","errmsg":"code been used"}"#, LoginError::CodeUsed),
            (r#"{"errcode":40226,"errmsg":"code blocked"}"#, LoginError::Blocked),
            (r#"{"errcode":45011}"#, LoginError::TooMany),
            (r#"{"errcode":41002,"errmsg":"appid missing"}"#, LoginError::Config(41002)),
            (r#"{"errcode":40125}"#, LoginError::Config(40125)),
            (r#"{"errcode":-1,"errmsg":"system error"}"#, LoginError::Unavailable),
            (r#"{"errcode":45009}"#, LoginError::Unavailable),
            (r#"{"session_key":"without an openid"}"#, LoginError::Unavailable),
            ("<html>busy</html>", LoginError::Unavailable),
            ("", LoginError::Unavailable),
        ];
        for (body, expected) in table {
            let stub = Stub::start(move |_| Act::json(body)).await;
            assert_eq!(stub.client().code_to_session("c").await, Err(expected), "{body}");
            assert_eq!(stub.seen().len(), 1, "{body}");
        }
    }

    #[tokio::test]
    async fn a_lost_answer_is_not_asked_for_again() {
        for act in [Act::Reset, Act::Hang, Act::Cut(r#"{"openid":"O1""#)] {
            let stub = Stub::start(move |_| act.clone()).await;
            let client = stub.client_with(Duration::from_millis(300), None);
            assert_eq!(client.code_to_session("c").await, Err(LoginError::Unavailable));
            assert_eq!(stub.seen().len(), 1);
        }
        assert_eq!(Stub::nowhere().await.code_to_session("c").await, Err(LoginError::Unavailable));
    }
}
