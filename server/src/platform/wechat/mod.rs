#[derive(Clone)]
pub struct WeChat;
pub struct Session {
    pub openid: String,
}
#[derive(Debug)]
pub enum LoginError {
    CodeInvalid,
    CodeUsed,
    Blocked,
    TooMany,
    Config(i64),
    Unavailable,
}
impl WeChat {
    pub async fn code_to_session(&self, _c: &str) -> Result<Session, LoginError> {
        Err(LoginError::Unavailable)
    }
}
