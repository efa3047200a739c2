//! What a WeChat message says: how many things wait and the nearest date. No names and no titles (design D11).

use chrono::NaiveDate;

use crate::config::TemplateFields;
use crate::platform::wechat::values;

/// Where a message of several notices leads.
const TODAY_PAGE: &str = "pages/today/index";
/// `thing` holds 20 characters.
const NOTE: &str = "请打开小程序查看,已办理的请忽略";

/// What one message is made of: the notices in it that are still live when it is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    pub count: i64,
    /// The nearest date; a notice without one is for today.
    pub due_on: NaiveDate,
    /// The page of one of the notices.
    pub page: String,
}

/// A digest as the database gives it: an undated notice is for today, whenever that is where its person lives.
#[derive(Debug, Clone)]
pub struct Live {
    pub count: i64,
    pub due_on: Option<NaiveDate>,
    pub page: String,
}

impl Live {
    pub fn or_today(self, today: NaiveDate) -> Digest {
        Digest { count: self.count, due_on: self.due_on.unwrap_or(today), page: self.page }
    }
}

impl Digest {
    /// The very duty's page if there is one notice, else today's list.
    pub fn page(&self) -> &str {
        if self.count == 1 { &self.page } else { TODAY_PAGE }
    }

    /// The template's values under the keywords the office's template gave them.
    pub fn data<'a>(&self, fields: &'a TemplateFields) -> [(&'a str, String); 3] {
        let due = values::date(self.due_on);
        // A keyword of type `time` takes a date only with an hour; a date is good until 24:00.
        let due = if fields.due.starts_with("time") { format!("{due} 23:59") } else { due };
        [
            (&fields.what, format!("您有{}项工作待办", self.count)),
            (&fields.due, due),
            (&fields.note, NOTE.to_owned()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(count: i64) -> Digest {
        Digest {
            count,
            due_on: NaiveDate::from_ymd_opt(2021, 10, 25).expect("date"),
            page: "pages/duty/index?id=1".into(),
        }
    }

    #[test]
    fn one_notice_leads_to_its_own_page_and_several_to_today() {
        assert_eq!(digest(1).page(), "pages/duty/index?id=1");
        assert_eq!(digest(2).page(), TODAY_PAGE);
    }

    #[test]
    fn the_text_counts_and_dates_and_passes_the_platforms_rules_unchanged() {
        let fields =
            |due: &str| TemplateFields { what: "thing1".into(), due: due.into(), note: "thing3".into() };
        for (key, due) in
            [("date2", "2021年10月25日"), ("time2", "2021年10月25日 23:59"), ("thing2", "2021年10月25日")]
        {
            let fields = fields(key);
            let data = digest(12).data(&fields);
            assert_eq!(data[0], ("thing1", "您有12项工作待办".to_owned()));
            assert_eq!(data[1], (key, due.to_owned()));
            for (key, value) in &data {
                assert_eq!(&values::fit(key, value), value);
            }
        }
    }
}
