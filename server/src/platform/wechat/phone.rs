//! The phone number behind the code of a `getPhoneNumber` button (§1.3).

use serde::Deserialize;
use serde_json::json;

use super::WeChat;
use super::loose::Loose;
use super::reply::{Refusal, decode};

/// Why there is no number (§1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// 40029: expired, used, or not a code of this button and app.
    #[error("phone code invalid")]
    CodeInvalid,
    /// 45011: too many in this minute.
    #[error("too many phone codes this minute")]
    TooMany,
    /// Wrong appid, secret or address list, or a number nobody here knows (an openid that does not fit the code is
    /// one: its number is not published): for the operator.
    #[error("wechat phone numbers misconfigured ({0})")]
    Config(i64),
    /// No answer, -1, or the day's quota. The code may be spent, so only a new one is worth a try.
    #[error("wechat unavailable")]
    Unavailable,
}

impl WeChat {
    /// The number of the person `openid`, whose code WeChat compares. A Chinese number comes without its country code
    /// (`13800138000`), any other with it (`+85212345678`), so that numbers of two countries never look alike.
    pub async fn phone_number(&self, code: &str, openid: &str) -> Result<String, PhoneError> {
        #[derive(Deserialize)]
        struct Body {
            phone_info: Info,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Info {
            pure_phone_number: Loose,
            #[serde(default)]
            country_code: Loose,
        }
        if code.is_empty() {
            return Err(PhoneError::CodeInvalid);
        }
        let request = json!({ "code": code, "openid": openid }).to_string().into_bytes();
        let reply = self.post("/wxa/business/getuserphonenumber", request).await;
        let reply = reply.map_err(|error| phone_error(error.into()))?;
        let Body { phone_info } = decode("getuserphonenumber", &reply).map_err(phone_error)?;
        number(&phone_info.country_code.0, &phone_info.pure_phone_number.0).ok_or(PhoneError::Unavailable)
    }
}

fn number(country: &str, pure: &str) -> Option<String> {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (country, pure) = (country.trim().trim_start_matches('+'), pure.trim());
    if pure.is_empty() || !all_digits(pure) || !all_digits(country) {
        return None;
    }
    Some(if matches!(country, "" | "86") { pure.into() } else { format!("+{country}{pure}") })
}

fn phone_error(refusal: Refusal) -> PhoneError {
    match refusal {
        Refusal::Failed(_) | Refusal::Refused(-1 | 45009) => PhoneError::Unavailable,
        Refusal::Refused(40029) => PhoneError::CodeInvalid,
        Refusal::Refused(45011) => PhoneError::TooMany,
        Refusal::Refused(code) => PhoneError::Config(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::wechat::stub::{Act, Stub};

    async fn answered(body: &'static str) -> Result<String, PhoneError> {
        let stub =
            Stub::start(
                move |request| {
                    if request.is("/cgi-bin/stable_token") { Act::token("T1") } else { Act::json(body) }
                },
            )
            .await;
        let result = stub.client().phone_number("c0de", "O1").await;
        let last = stub.seen().pop().expect("a call");
        assert_eq!(last.line, "POST /wxa/business/getuserphonenumber?access_token=T1");
        assert_eq!(last.body, r#"{"code":"c0de","openid":"O1"}"#);
        result
    }

    #[tokio::test]
    async fn a_number_is_read_whatever_the_type_of_its_fields() {
        let table = [
            (
                r#"{"errcode":0,"phone_info":{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":86,"watermark":{}}}"#,
                "13800138000",
            ),
            (r#"{"phone_info":{"purePhoneNumber":13800138000,"countryCode":"86"}}"#, "13800138000"),
            (r#"{"phone_info":{"purePhoneNumber":"13800138000"}}"#, "13800138000"),
            (
                r#"{"phone_info":{"phoneNumber":"+85212345678","purePhoneNumber":"12345678","countryCode":"852"}}"#,
                "+85212345678",
            ),
        ];
        for (body, expected) in table {
            assert_eq!(answered(body).await.as_deref(), Ok(expected), "{body}");
        }
    }

    #[tokio::test]
    async fn every_refusal_has_its_word() {
        let table = [
            (r#"{"errcode":40029,"errmsg":"invalid code hint: [x] rid: y"}"#, PhoneError::CodeInvalid),
            (r#"{"errcode":45011}"#, PhoneError::TooMany),
            (r#"{"errcode":40013}"#, PhoneError::Config(40013)),
            (r#"{"errcode":-1}"#, PhoneError::Unavailable),
            (r#"{"errcode":0}"#, PhoneError::Unavailable),
            (r#"{"phone_info":{"purePhoneNumber":"138 0013","countryCode":86}}"#, PhoneError::Unavailable),
        ];
        for (body, expected) in table {
            assert_eq!(answered(body).await, Err(expected), "{body}");
        }
    }
}
