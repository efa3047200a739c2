//! The calendar as RFC 5545 writes it: one all-day event on the last day of each duty, and of each window to come.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use icalendar::{Calendar, Class, Component, Event, EventLike, EventStatus, Property};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::keys::sha256;

/// How often a client should ask again.
const REFRESH: TimeDelta = TimeDelta::hours(6);

/// The state of a window that is no duty yet.
pub(super) const PLANNED: &str = "planned";

/// A duty, or a window to come, of which nobody learns whose it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub rule: String,
    pub subject: Uuid,
    pub key: String,
    pub title: String,
    pub last: NaiveDate,
    pub state: String,
    /// How often its date or standing was decided anew.
    pub changes: u32,
}

impl Entry {
    /// The same for as long as the window is, before it becomes a duty and after: by what it is, not by how it is stored.
    fn uid(&self, town: Uuid) -> String {
        let what = format!("{town}/{}/{}/{}", self.rule, self.subject, self.key);
        format!("{}@tuhe", hex::encode(&sha256(what.as_bytes())[..16]))
    }

    fn status(&self) -> EventStatus {
        match self.state.as_str() {
            PLANNED => EventStatus::Tentative,
            "excused" | "not_applicable" | "withdrawn" => EventStatus::Cancelled,
            _ => EventStatus::Confirmed,
        }
    }

    /// That it has come to be is a change of its own: a client that keeps the planned one takes the duty in its place.
    fn sequence(&self) -> u32 {
        if self.state == PLANNED { 0 } else { self.changes.saturating_add(1) }
    }

    fn summary(&self) -> String {
        match self.state.as_str() {
            PLANNED => format!("【计划】{}", self.title),
            "met" => format!("【已办结】{}", self.title),
            "submitted" => format!("【已交待审】{}", self.title),
            "returned" => format!("【退回待补正】{}", self.title),
            "excused" => format!("【免办】{}", self.title),
            "not_applicable" | "withdrawn" => format!("【不用办】{}", self.title),
            _ => self.title.clone(),
        }
    }
}

/// What tells one content from another, whenever it is asked for.
pub(super) fn tag(entries: &[Entry]) -> String {
    let text = serde_json::to_vec(entries).unwrap_or_default();
    format!("W/\"{}\"", hex::encode(&sha256(&text)[..16]))
}

/// The calendar of a person, as of `now`.
pub(super) fn write(town: Uuid, entries: &[Entry], now: DateTime<Utc>) -> String {
    let mut calendar = Calendar::empty();
    for (name, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//tuhe//duties 1.0//ZH"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
    ] {
        calendar.append_property(Property::new(name, value));
    }
    calendar.name("图河六项待办").ttl(&REFRESH);
    for entry in entries {
        let mut event = Event::new();
        event
            .uid(&entry.uid(town))
            .timestamp(now)
            .summary(&entry.summary())
            .starts(entry.last)
            .ends(entry.last.succ_opt().unwrap_or(entry.last))
            .sequence(entry.sequence())
            .status(entry.status())
            .class(Class::Private)
            .append_property(Property::new("TRANSP", "TRANSPARENT"));
        calendar.push(event);
    }
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str, state: &str, changes: u32) -> Entry {
        Entry {
            rule: "3.1.4".into(),
            subject: Uuid::nil(),
            key: "2021-10-10".into(),
            title: title.into(),
            last: "2021-10-10".parse().expect("a date"),
            state: state.into(),
            changes,
        }
    }

    fn written(entries: &[Entry]) -> String {
        write(Uuid::nil(), entries, DateTime::from_timestamp(1_633_824_000, 0).expect("an instant"))
    }

    #[test]
    fn an_event_keeps_its_name_and_says_what_became_of_it() {
        let uid = |text: &str| {
            text.lines().find_map(|line| line.strip_prefix("UID:").map(str::to_owned)).expect("a uid")
        };
        let open = written(&[entry("固定学习日", "open", 0)]);
        for (state, changes, lines) in [
            (PLANNED, 0, ["STATUS:TENTATIVE", "SUMMARY:【计划】固定学习日", "SEQUENCE:0"]),
            ("open", 0, ["STATUS:CONFIRMED", "SUMMARY:固定学习日", "SEQUENCE:1"]),
            ("open", 1, ["STATUS:CONFIRMED", "SUMMARY:固定学习日", "SEQUENCE:2"]),
            ("met", 0, ["STATUS:CONFIRMED", "SUMMARY:【已办结】固定学习日", "SEQUENCE:1"]),
            ("excused", 2, ["STATUS:CANCELLED", "SUMMARY:【免办】固定学习日", "SEQUENCE:3"]),
            ("withdrawn", 1, ["STATUS:CANCELLED", "SUMMARY:【不用办】固定学习日", "SEQUENCE:2"]),
        ] {
            let text = written(&[entry("固定学习日", state, changes)]);
            assert_eq!(uid(&text), uid(&open));
            for line in lines {
                assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
            }
        }
        assert!(open.contains("DTSTART;VALUE=DATE:20211010\r\n"), "{open}");
        assert!(
            open.contains("DTEND;VALUE=DATE:20211011\r\n") && open.contains("DTSTAMP:20211010T000000Z\r\n")
        );
    }

    #[test]
    fn a_long_title_is_folded_between_characters_and_special_signs_are_escaped() {
        let title = "支部委员会会议、党员大会;党课,组织生活会\\民主评议".repeat(5);
        let text = written(&[entry(&title, "open", 0)]);
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        let unfolded = text.replace("\r\n ", "");
        let escaped = title.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
        assert!(unfolded.contains(&format!("SUMMARY:{escaped}\r\n")), "{unfolded}");
    }

    #[test]
    fn the_tag_follows_the_content_and_not_the_hour() {
        let one = [entry("固定学习日", "open", 0)];
        assert_eq!(tag(&one), tag(&one.clone()));
        assert_ne!(tag(&one), tag(&[entry("固定学习日", "met", 0)]));
    }
}
