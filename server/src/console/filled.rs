//! A form as somebody has filled it in so far: what was typed stays in it, whatever is refused.

use maud::{Markup, html};
use poem::web::Data;
use poem::{FromRequest, Request, RequestBody};

use crate::error::{ApiError, ApiResult};

/// Names and values, a name as often as the browser sends it.
#[derive(Default, Clone)]
pub struct Filled(Vec<(String, String)>);

impl<'a> FromRequest<'a> for Filled {
    /// What the form that has shown its key brought.
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        Ok(Data::<&Self>::from_request(request, body).await?.0.clone())
    }
}

impl Filled {
    /// A form as a browser sends it.
    pub fn read(body: &[u8]) -> ApiResult<Self> {
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body)
            .map_err(|_| ApiError::bad_request("request.invalid", "提交的内容有误,请返回重试。"))?;
        // A browser ends its lines as the wire does; a record keeps them as a phone would send them.
        Ok(Self(fields.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect()))
    }

    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Gives a field one value instead of those it has.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.add(name, value);
    }

    /// The value of the first field of this name, without the space around it; empty if there is none.
    pub fn of(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// All values of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|known| known == value)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A form that was refused, as its page shows it again: what was typed, and why it will not do.
#[derive(Clone, Copy)]
pub struct Refused<'a> {
    /// Which form of its page it is.
    pub form: &'a str,
    pub filled: &'a Filled,
    pub error: &'a ApiError,
}

impl<'a> Refused<'a> {
    /// What the form of this name holds, and why it was refused, if it was.
    pub fn of(refused: Option<Self>, form: &str) -> (Filled, Option<&'a ApiError>) {
        match refused.filter(|refused| refused.form == form) {
            Some(refused) => (refused.filled.clone(), Some(refused.error)),
            None => (Filled::default(), None),
        }
    }
}

/// A refusal that is about one field: it stands there.
pub fn at(field: &str, error: ApiError) -> ApiError {
    if error.details.is_some() { error } else { error.with_details(serde_json::json!({ "field": field })) }
}

/// Whether a form can be put right where it stands. Who may not send it is told so on a page of its own.
pub fn slip(error: ApiError) -> ApiResult<ApiError> {
    if matches!(error.status.as_u16(), 400 | 409 | 422) { Ok(error) } else { Err(error) }
}

/// A refusal whose form is not there any more, as its deed is done or undone by now; with what was typed in many words.
pub fn gone(refused: Refused<'_>) -> Markup {
    let reason = refused.filled.of("reason");
    html! {
        p class="said wrong" role="alert" { (refused.error.message) }
        @if !reason.is_empty() { p class="hint" { "您刚才填的:" (reason) } }
    }
}

/// Why this field was refused, beside it; with no field, what is about the whole form.
pub fn wrong(error: Option<&ApiError>, field: &str) -> Markup {
    let about = |error: &&ApiError| {
        let named = error.details.as_ref().and_then(|details| details.get("field"));
        named.and_then(serde_json::Value::as_str).unwrap_or_default() == field
    };
    html! {
        @if let Some(error) = error.filter(about) {
            p class="said wrong wide" role="alert" { (error.message) @if field.is_empty() { " 已经填的都还在。" } }
        }
    }
}

/// One line of text.
pub fn line(filled: &Filled, name: &str, label: &str, most: usize, required: bool) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="text" name=(name) value=(filled.of(name)) maxlength=(most) required[required];
        }
    }
}

/// One line of text, with what was written there before to choose from.
pub fn suggested<'a>(
    filled: &Filled,
    name: &str,
    label: &str,
    most: usize,
    known: impl Iterator<Item = &'a str>,
) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="text" name=(name) value=(filled.of(name)) maxlength=(most) required list=(format!("{name}s"));
            datalist id=(format!("{name}s")) { @for text in known { option value=(text) {} } }
        }
    }
}

/// Several lines of text.
pub fn lines(filled: &Filled, name: &str, label: &str, most: usize, required: bool) -> Markup {
    html! {
        p class="field wide" {
            label for=(name) { (label) }
            textarea id=(name) name=(name) rows="4" maxlength=(most) required[required] { (filled.of(name)) }
        }
    }
}

pub fn number(filled: &Filled, name: &str, label: &str, required: bool) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="number" name=(name) value=(filled.of(name)) min="0" max="100000" required[required];
        }
    }
}

pub fn date(filled: &Filled, name: &str, label: &str) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            input id=(name) type="date" name=(name) value=(filled.of(name)) required;
        }
    }
}

/// One of several; the first is what is chosen without a choice. `required`: an option without a value will not do.
pub fn choice(filled: &Filled, name: &str, label: &str, options: &[(&str, &str)], required: bool) -> Markup {
    html! {
        p class="field" {
            label for=(name) { (label) }
            select id=(name) name=(name) required[required] {
                @for (value, words) in options {
                    option value=(value) selected[filled.of(name) == *value] { (words) }
                }
            }
        }
    }
}

/// Any number of several.
pub fn ticks<'a>(
    filled: &Filled,
    name: &str,
    legend: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
) -> Markup {
    html! {
        fieldset class="ticks" {
            legend { (legend) }
            @for (value, words) in options {
                label { input type="checkbox" name=(name) value=(value) checked[filled.has(name, value)]; " " (words) }
            }
        }
    }
}

/// A field nobody sees.
pub fn hidden(filled: &Filled, name: &str) -> Markup {
    html! { @if !filled.of(name).is_empty() { input type="hidden" name=(name) value=(filled.of(name)); } }
}
