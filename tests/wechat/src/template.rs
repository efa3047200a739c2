//! Message templates and their keywords (wechat.md §1.4).

use std::str::FromStr;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::{Reply, Success};
use crate::api::Call;
use crate::state::World;

/// One subscribe-message template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Template {
    pub id: String,
    pub title: String,
    pub keywords: Vec<Keyword>,
    /// One accept allows many sends, rather than one each.
    pub long_term: bool,
}

/// A slot of a template, such as `thing18`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Keyword {
    pub name: String,
    /// The allowed values, for keywords of type `enum`.
    pub values: Vec<String>,
}

impl Template {
    /// A one-time template. Keyword types follow from their names.
    pub fn one_time(id: impl Into<String>, keywords: &[&str]) -> Self {
        let id = id.into();
        let keywords = keywords.iter().map(|name| Keyword::named(name)).collect();
        Self { title: id.clone(), id, keywords, long_term: false }
    }

    /// The same template as a long-term one.
    #[must_use]
    pub fn long_term(mut self) -> Self {
        self.long_term = true;
        self
    }

    /// The same template with the values its `enum` keyword may take.
    #[must_use]
    pub fn with_values(mut self, keyword: &str, values: &[&str]) -> Self {
        for slot in self.keywords.iter_mut().filter(|slot| slot.name == keyword) {
            slot.values = values.iter().map(ToString::to_string).collect();
        }
        self
    }
}

impl Keyword {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), values: Vec::new() }
    }

    /// The keyword's type: its name without the number (wechat.md §1.4, derived).
    pub fn kind(&self) -> &str {
        self.name.trim_end_matches(|c: char| c.is_ascii_digit())
    }
}

impl FromStr for Template {
    type Err = anyhow::Error;

    /// `ID=thing1,date2,enum3:yes|no`, with a leading `+` on the id for a long-term template.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, keywords) = text.split_once('=').context("a template is written ID=keyword1,keyword2")?;
        let long_term = id.starts_with('+');
        let id = id.trim_start_matches('+');
        ensure!(!id.is_empty() && !keywords.is_empty(), "a template needs an id and at least one keyword");
        let keywords = keywords
            .split(',')
            .map(|slot| {
                let (name, values) = slot.split_once(':').unwrap_or((slot, ""));
                let values = values.split('|').filter(|v| !v.is_empty()).map(str::to_owned).collect();
                Keyword { name: name.to_owned(), values }
            })
            .collect();
        Ok(Self { id: id.to_owned(), title: id.to_owned(), keywords, long_term })
    }
}

/// `GET /wxaapi/newtmpl/gettemplate`
#[expect(clippy::unnecessary_wraps, reason = "has the shape of every other endpoint")]
pub(crate) fn list(world: &mut World, _: &Call, _: DateTime<Utc>) -> Reply {
    let shown = world.options.templates.iter().map(|template| {
        let slots =
            template.keywords.iter().map(|slot| format!("{}:{{{{{}.DATA}}}}\n", slot.name, slot.name));
        let kind = if template.long_term { 3 } else { 2 };
        json!({
            "priTmplId": template.id,
            "title": template.title,
            "content": slots.collect::<String>(),
            "example": "",
            "type": kind,
        })
    });
    Ok(Success::with_errcode(json!({ "data": shown.collect::<Vec<Value>>() })))
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn reads_the_command_line_form() {
        let template: Template = "+T1=thing18,enum2:yes|no".parse().unwrap();
        assert!(template.long_term);
        assert_eq!((template.id.as_str(), template.keywords[0].kind()), ("T1", "thing"));
        assert_eq!(template.keywords[1].values, ["yes", "no"]);
        assert_eq!(Template::one_time("T", &["character_string1"]).keywords[0].kind(), "character_string");
        assert!("T1".parse::<Template>().is_err());
        assert!("=thing1".parse::<Template>().is_err());
    }
}
