//! An HTTP answer a test can question.

use serde_json::Value;

/// Status and body of one answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub what: String,
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn of(what: String, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { what, status, headers, body }
    }

    /// The status must be this one.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {}", self.what, self.body);
        self
    }

    /// A refusal with this status and code, and a sentence in Chinese.
    #[track_caller]
    pub fn refuses(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, self["code"].as_str()),
            (status, Some(code)),
            "{} answered {}",
            self.what,
            self.body
        );
        let sentence = self["message"].as_str().unwrap_or_default();
        assert!(sentence.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "no sentence: {sentence}");
        self
    }

    /// A field, by its pointer (`/duties/0/verdict`), must have this value.
    #[track_caller]
    pub fn field(self, pointer: &str, expected: impl Into<Value>) -> Self {
        let expected = expected.into();
        assert_eq!(self.body.pointer(pointer), Some(&expected), "{} answered {}", self.what, self.body);
        self
    }

    /// A text field.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{}: no text at {pointer} in {}", self.what, self.body)).to_owned()
    }

    /// The items of a list.
    #[track_caller]
    pub fn list(&self) -> &Vec<Value> {
        self.body.as_array().unwrap_or_else(|| panic!("{}: not a list: {}", self.what, self.body))
    }
}

impl std::ops::Index<&str> for Answer {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        &self.body[key]
    }
}
