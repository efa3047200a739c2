//! Rows of cells into rows of meaning: each cell is judged by itself here, and against the others in the planning.

use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};

use super::findings::Findings;
use super::sheet::{Row, Sheet, Table, Tables};
use super::value::{Value, person_name, phone};
use crate::org::{Role, UnitKind};

/// 组织
#[derive(Debug)]
pub struct UnitRow {
    pub row: u32,
    pub name: String,
    /// None when the label was wrong, which has been reported.
    pub kind: Option<UnitKind>,
    pub parent: Option<String>,
}

/// 流动
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    Unsaid,
    Yes,
    No,
}

/// 人员
#[derive(Debug)]
pub struct PersonRow {
    pub row: u32,
    pub name: String,
    pub phone: Option<String>,
    /// As stored; empty when the label was wrong, which has been reported.
    pub membership: &'static str,
    pub branch: Option<String>,
    pub group: Option<String>,
    pub away: Away,
    pub place: Option<String>,
    pub away_since: Option<NaiveDate>,
    pub contact: Option<String>,
    pub leaves: bool,
}

/// 职务
#[derive(Debug)]
pub struct PostRow {
    pub row: u32,
    pub name: String,
    pub last_four: Option<String>,
    pub role: Role,
    /// Empty means the town.
    pub units: Vec<String>,
    pub from_on: Option<NaiveDate>,
    pub to_on: Option<NaiveDate>,
    pub area: Option<String>,
}

/// 支部情况
#[derive(Debug)]
pub struct FactsRow {
    pub row: u32,
    pub branch: String,
    pub from_on: NaiveDate,
    pub has_committee: bool,
    pub has_groups: bool,
    pub full: Option<i32>,
    pub probationary: Option<i32>,
}

/// A roster as read.
#[derive(Debug, Default)]
pub struct Book {
    pub units: Vec<UnitRow>,
    pub people: Vec<PersonRow>,
    /// Without the column 党小组, groups stay as they are.
    pub has_groups: bool,
    pub posts: Vec<PostRow>,
    pub facts: Vec<FactsRow>,
}

impl Book {
    pub fn of(mut tables: Tables, today: NaiveDate, findings: &mut Findings) -> Self {
        let mut table = |sheet| tables.remove(&sheet).unwrap_or_default();
        let people = table(Sheet::People);
        Self {
            units: each(Sheet::Units, &table(Sheet::Units), today, findings, unit),
            has_groups: people.columns.contains(&"党小组"),
            people: each(Sheet::People, &people, today, findings, person),
            posts: each(Sheet::Posts, &table(Sheet::Posts), today, findings, post),
            facts: each(Sheet::Facts, &table(Sheet::Facts), today, findings, facts),
        }
    }
}

fn each<T>(
    sheet: Sheet,
    table: &Table,
    today: NaiveDate,
    findings: &mut Findings,
    read: impl Fn(&mut Cells<'_>) -> Option<T>,
) -> Vec<T> {
    let columns = &table.columns;
    table.rows.iter().filter_map(|row| read(&mut Cells { sheet, row, columns, today, findings })).collect()
}

fn unit(cells: &mut Cells<'_>) -> Option<UnitRow> {
    let name = cells.required("名称");
    let kind = cells
        .choice("类别", UnitKind::from_label, || labels(UnitKind::ALL.iter().map(|kind| kind.label())));
    let name = name?;
    if name.contains(['/', '/', '、', ',', ',']) {
        cells.problem("名称", "名称里不能有斜线、顿号或逗号");
        return None;
    }
    Some(UnitRow { row: cells.row.number, name, kind, parent: cells.text("上级组织") })
}

fn person(cells: &mut Cells<'_>) -> Option<PersonRow> {
    let name = cells.required("姓名").map(|name| person_name(&name));
    let number = cells.text("手机号").and_then(|text| {
        let number = phone(&text);
        if number.is_none() {
            cells.problem("手机号", "应为 1 开头的 11 位数字;境外号码以 + 和国家代码开头");
        }
        number
    });
    let membership = cells.choice(
        "党员身份",
        |label| match label {
            "正式党员" => Some("full"),
            "预备党员" => Some("probationary"),
            "群众" => Some("none"),
            _ => None,
        },
        || "正式党员、预备党员、群众".into(),
    );
    let away = match cells.yes_or_no("流动") {
        Some(true) => Away::Yes,
        Some(false) => Away::No,
        None => Away::Unsaid,
    };
    let leaves = match cells.text("状态").as_deref() {
        None | Some("在册") => false,
        Some("离开") => true,
        Some(_) => {
            cells.problem("状态", "只能留空,或填“在册”“离开”");
            false
        }
    };
    let person = PersonRow {
        row: cells.row.number,
        name: name?,
        phone: number,
        membership: membership.unwrap_or_default(),
        branch: cells.text("所在党支部"),
        group: cells.text("党小组"),
        away,
        place: cells.text("外出地点"),
        away_since: cells.date("外出日期", 0),
        contact: cells.text("挂钩联系人").map(|name| person_name(&name)),
        leaves,
    };
    if membership.is_some_and(|membership| membership != "none") && person.branch.is_none() {
        cells.unless_absent("所在党支部", "党员要填所在党支部");
    }
    if away == Away::Yes && membership == Some("none") {
        cells.problem("流动", "流动党员须是正式党员或预备党员");
    }
    if away == Away::Yes && person.away_since.is_none() && !cells.has("外出日期") {
        cells.problem("外出日期", "流动党员要填外出日期");
    }
    if away == Away::Unsaid && ["外出地点", "外出日期", "挂钩联系人"].iter().any(|title| cells.has(title))
    {
        cells.problem("流动", "填了外出情况,这里就要填“是”;已经返乡的填“否”");
    }
    Some(person)
}

fn post(cells: &mut Cells<'_>) -> Option<PostRow> {
    let name = cells.required("姓名").map(|name| person_name(&name));
    let grantable = || Role::ALL.iter().filter(|role| role.is_granted()).map(|role| role.label());
    let role = cells.choice("职务", Role::from_label, || labels(grantable()));
    if let Some(role) = role.filter(|role| !role.is_granted()) {
        let why = if role.is_implied() {
            "由“人员”表自然产生,不作为职务登记"
        } else {
            "不在镇的名册里登记"
        };
        cells.problem("职务", format!("“{}”{why}", role.label()));
        return None;
    }
    let last_four = cells.last_four("手机号后四位");
    let (from_on, to_on) = (cells.date("任职日期", 366), cells.date("结束日期", 366));
    if from_on.zip(to_on).is_some_and(|(from, to)| to < from) {
        cells.problem("结束日期", "结束日期早于任职日期");
    }
    let units = cells.text("任职组织").unwrap_or_default();
    Some(PostRow {
        row: cells.row.number,
        name: name?,
        last_four,
        role: role?,
        units: units
            .split(['、', ',', ',', ';', ';'])
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        from_on,
        to_on,
        area: cells.text("片区名称"),
    })
}

fn facts(cells: &mut Cells<'_>) -> Option<FactsRow> {
    let branch = cells.required("党支部");
    let from_on = cells.required("起始日期").and_then(|_| cells.date("起始日期", 366));
    let has_committee = cells.required("设支委会").and_then(|_| cells.yes_or_no("设支委会"));
    let has_groups = cells.required("设党小组").and_then(|_| cells.yes_or_no("设党小组"));
    let (full, probationary) = (cells.count("正式党员数"), cells.count("预备党员数"));
    Some(FactsRow {
        row: cells.row.number,
        branch: branch?,
        from_on: from_on?,
        has_committee: has_committee?,
        has_groups: has_groups?,
        full,
        probationary,
    })
}

fn labels<'a>(all: impl Iterator<Item = &'a str>) -> String {
    all.collect::<Vec<_>>().join("、")
}

/// 1950-01-01: nobody in office or away today began earlier.
const EARLIEST: Option<NaiveDate> = NaiveDate::from_ymd_opt(1950, 1, 1);
const COUNT: RangeInclusive<i32> = 0..=100_000;

/// One row being read.
struct Cells<'a> {
    sheet: Sheet,
    row: &'a Row,
    columns: &'a [&'static str],
    today: NaiveDate,
    findings: &'a mut Findings,
}

impl Cells<'_> {
    fn problem(&mut self, title: &str, problem: impl Into<String>) {
        self.findings.problem(self.sheet, self.row.number, title, problem);
    }

    fn has(&self, title: &str) -> bool {
        self.row.cells.contains_key(title)
    }

    fn text(&self, title: &str) -> Option<String> {
        self.row.cells.get(title).and_then(Value::as_text)
    }

    fn required(&mut self, title: &str) -> Option<String> {
        if !self.has(title) {
            self.unless_absent(title, format!("“{title}”不能为空"));
        }
        self.text(title)
    }

    /// A problem with an empty cell; a column missing altogether has been reported once.
    fn unless_absent(&mut self, title: &str, problem: impl Into<String>) {
        if self.columns.contains(&title) && !self.has(title) {
            self.problem(title, problem);
        }
    }

    fn choice<T>(
        &mut self,
        title: &str,
        parse: impl Fn(&str) -> Option<T>,
        all: impl Fn() -> String,
    ) -> Option<T> {
        let text = self.required(title)?;
        let found = parse(&text);
        if found.is_none() {
            self.problem(title, format!("不认识“{text}”,应为:{}", all()));
        }
        found
    }

    fn yes_or_no(&mut self, title: &str) -> Option<bool> {
        match self.text(title)?.as_str() {
            "是" => Some(true),
            "否" => Some(false),
            _ => {
                self.problem(title, "只能填“是”或“否”");
                None
            }
        }
    }

    /// A date from 1950 to `ahead` days after today.
    fn date(&mut self, title: &str, ahead: u64) -> Option<NaiveDate> {
        let cell = self.row.cells.get(title).filter(|cell| **cell != Value::Broken)?;
        let Some(date) = cell.as_date() else {
            self.problem(title, "日期看不懂,请写成 2021-10-10");
            return None;
        };
        let latest = self.today.checked_add_days(Days::new(ahead)).unwrap_or(self.today);
        if date > latest {
            self.problem(title, if ahead == 0 { "日期不能晚于今天" } else { "日期在一年以后,请核对" });
            return None;
        }
        if EARLIEST.is_some_and(|earliest| date < earliest) {
            self.problem(title, "日期早于1950年,请核对");
            return None;
        }
        Some(date)
    }

    fn count(&mut self, title: &str) -> Option<i32> {
        let text = self.text(title)?;
        let count = text.parse().ok().filter(|count| COUNT.contains(count));
        if count.is_none() {
            self.problem(title, "应为人数,如 23");
        }
        count
    }

    /// A number cell loses leading zeros; they are put back.
    fn last_four(&mut self, title: &str) -> Option<String> {
        let text = self.text(title)?;
        let digits = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            self.problem(title, "应为手机号的最后四位数字");
            return None;
        }
        Some(format!("{text:0>4}"))
    }
}
