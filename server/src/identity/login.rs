//! WeChat login. A code is good once: its answer is remembered for its five minutes, so that a repeat on a weak signal
//! logs in again instead of failing with "code been used"; WeChat itself is never asked twice.

use std::time::Duration;

use redis::AsyncCommands;

use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::platform::keys::sha256;
use crate::platform::wechat::LoginError;

/// How long a login code lives at the platform.
const CODE_LIFE: u64 = 300;
/// A second request with the same code waits this long for the first one's answer.
const WAIT: Duration = Duration::from_millis(150);
const WAITS: u32 = 30;
const PENDING: &str = "-";

/// The openid behind a `wx.login` code.
pub async fn openid(app: &App, code: &str) -> ApiResult<String> {
    if code.is_empty() || code.len() > 200 {
        return Err(invalid_code());
    }
    let key = app.redis.key(&format!("wxcode:{}", hex::encode(sha256(code.as_bytes()))));
    let mut redis = app.redis.commands();
    for _ in 0..WAITS {
        let mine: Result<bool, _> = redis::cmd("SET")
            .arg(&key)
            .arg(PENDING)
            .arg("NX")
            .arg("EX")
            .arg(15)
            .query_async::<Option<String>>(&mut redis)
            .await
            .map(|answer| answer.is_some());
        match mine {
            // First, or without Redis: ask WeChat.
            Ok(true) | Err(_) => return ask(app, code, &key).await,
            Ok(false) => {}
        }
        match redis.get::<_, Option<String>>(&key).await {
            Ok(Some(openid)) if openid != PENDING => return Ok(openid),
            _ => tokio::time::sleep(WAIT).await,
        }
    }
    Err(ApiError::unavailable("identity.wechat_unavailable", "微信登录暂时没有响应,请稍后再试。", 3))
}

async fn ask(app: &App, code: &str, key: &str) -> ApiResult<String> {
    let answer = app.wechat.code_to_session(code).await;
    let mut redis = app.redis.commands();
    let kept: Result<(), _> = match &answer {
        Ok(session) => redis.set_ex(key, &session.openid, CODE_LIFE).await,
        Err(_) => redis.del(key).await,
    };
    if let Err(error) = kept {
        tracing::debug!(%error, "login answer not remembered");
    }
    match answer {
        Ok(session) => Ok(session.openid),
        Err(LoginError::CodeInvalid | LoginError::CodeUsed) => Err(invalid_code()),
        Err(LoginError::Blocked) => Err(ApiError::refused(
            "identity.wechat_blocked",
            "微信限制了这次登录,请联系镇党建办用纸质或电话方式办理。",
        )),
        Err(LoginError::TooMany) => Err(ApiError::too_many(60)),
        Err(LoginError::Config(errcode)) => {
            tracing::error!(errcode, "WeChat refuses our appid or secret");
            Err(ApiError::unavailable(
                "identity.wechat_unavailable",
                "微信登录暂不可用,镇里正在处理,请稍后再试。",
                60,
            ))
        }
        Err(LoginError::Unavailable) => {
            Err(ApiError::unavailable("identity.wechat_unavailable", "微信登录暂时没有响应,请稍后再试。", 3))
        }
    }
}

fn invalid_code() -> ApiError {
    ApiError::refused("identity.code_invalid", "微信登录凭证已失效,请重新进入小程序再试。")
}
