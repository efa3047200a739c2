//! From the cells to the lines of the plan: merged cells filled, numbers understood, everything unreadable named.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::columns::{Column, Layout};
use super::findings::Findings;
use super::grid::Grid;
use super::numeral;
use crate::edge::date_label;
use crate::org::roster::value::{Value, person_name};

/// One row of the table: a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As Excel numbers it.
    pub row: u32,
    pub action: u32,
    pub action_name: String,
    pub item_no: u32,
    pub item: String,
    pub requirement: String,
    pub time: String,
    /// `None` is 待确认.
    pub lead: Option<String>,
    pub note: String,
}

/// What a blank 责任人 means, and how it may be written.
const UNCONFIRMED: [&str; 4] = ["待确认", "待定", "暂缺", "/"];

struct Reader<'a> {
    grid: &'a Grid,
    layout: &'a Layout,
    findings: &'a mut Findings,
    /// The row at hand.
    row: u32,
}

/// The action or item that goes on until another is named.
#[derive(Default, Clone, PartialEq)]
struct Named {
    number: u32,
    name: String,
}

/// Every line below the header.
pub fn lines(grid: &Grid, layout: &Layout, findings: &mut Findings) -> Vec<Line> {
    formulas(grid, layout, findings);
    let (mut action, mut item) = (Named::default(), Named::default());
    let mut actions: BTreeMap<u32, String> = BTreeMap::new();
    let mut items: BTreeMap<(u32, u32), (String, u32)> = BTreeMap::new();
    let mut lines: Vec<Line> = Vec::new();
    let rows: Vec<u32> = grid.cells.range(layout.header + 1..).map(|(row, _)| *row).collect();
    for row in rows {
        let mut at = Reader { grid, layout, findings, row };
        if let Some((number, name)) = at.heading() {
            action = Named { number, name };
            item = Named::default();
            continue;
        }
        let before = action.clone();
        at.action(&mut action);
        if action.number != before.number {
            item = Named::default();
        }
        at.item(&mut item);
        if let Some(known) =
            actions.insert(action.number, action.name.clone()).filter(|name| *name != action.name)
        {
            at.findings.row(row, &action.name, format!("第{}号行动上面叫“{known}”,请统一", action.number));
        }
        let place = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        match items.insert((action.number, item.number), (item.name.clone(), place)) {
            Some((name, _)) if name != item.name => {
                at.findings.row(
                    row,
                    &item.name,
                    format!("第{}项内容上面是“{name}”,序号重复,请改序号", item.number),
                );
            }
            Some((_, last)) if last + 1 != place => {
                at.findings.row(
                    row,
                    &item.name,
                    format!("第{}项内容上面已经写过,请把同一项的几行放在一起", item.number),
                );
            }
            _ => {}
        }
        let line = Line {
            row: row + 1,
            action: action.number,
            action_name: action.name.clone(),
            item_no: item.number,
            item: item.name.clone(),
            requirement: at.must(Column::Requirement, 2_000),
            time: at.must(Column::Time, 60),
            lead: at.lead(),
            note: at.text(Column::Note, 500).unwrap_or_default(),
        };
        at.strays();
        lines.push(line);
    }
    lines
}

fn formulas(grid: &Grid, layout: &Layout, findings: &mut Findings) {
    for (row, column, formula) in &grid.formulas {
        if *row > layout.header {
            let told = "这一格是公式,请改成文字(复制后“选择性粘贴”为“数值”)";
            findings.cell(*row, *column, &format!("={formula}"), told);
        }
    }
}

impl Reader<'_> {
    fn place(&self, column: Column) -> Option<u32> {
        self.layout.at.get(&column).copied()
    }

    fn value(&self, column: Column) -> Option<&Value> {
        self.grid.seen(self.row, self.place(column)?, self.layout.header)
    }

    /// The words of a cell; what is no words is named.
    fn text(&mut self, column: Column, most: usize) -> Option<String> {
        let place = self.place(column)?;
        let text = match self.value(column)? {
            Value::Broken => {
                let told = "这一格是公式错误或无效日期,请改成文字";
                self.findings.cell(self.row, place, "#", told);
                return None;
            }
            Value::Date(day) => date_label(*day),
            other => other.as_text()?,
        };
        if text.chars().count() > most {
            let told = format!("内容太长,最多{most}个字,请缩短或分成几行");
            self.findings.cell(self.row, place, &text, told);
            return None;
        }
        Some(text)
    }

    /// The same, where it must not be blank.
    fn must(&mut self, column: Column, most: usize) -> String {
        let before = self.findings.problems.len();
        if column == Column::Time
            && let Some(found) = self.serial()
        {
            return found;
        }
        let found = self.text(column, most);
        if let (Some(text), Some(place)) = (&found, self.place(column))
            && !text.chars().any(char::is_alphanumeric)
        {
            self.findings.cell(self.row, place, text, "这一格只有标点,没有字,请写上要做什么、什么时候做");
        }
        if let (None, Some(place)) = (&found, self.place(column))
            && before == self.findings.problems.len()
        {
            let told = match column {
                Column::Time => "时间节点空着,请写如“10月30日前”“每季度”“全年”,或与上一行合并",
                _ => "要求空着,请写上要做什么;不要的行请整行删去",
            };
            self.findings.cell(self.row, place, "(空)", told);
        }
        found.unwrap_or_default()
    }

    /// A date that Excel keeps as a number.
    fn serial(&mut self) -> Option<String> {
        let place = self.place(Column::Time)?;
        let value = self.value(Column::Time)?.clone();
        let read: Option<NaiveDate> = match value {
            Value::Number(_) | Value::Date(_) => value.as_date(),
            _ => return None,
        };
        let Some(day) = read else {
            let saw = value.as_text().unwrap_or_default();
            let told = "只看到一个数字,请把单元格设为“文本”,再写如“10月30日前”";
            self.findings.cell(self.row, place, &saw, told);
            return Some(saw);
        };
        let words = date_label(day);
        self.findings.warnings.push(format!("第{}行的时间节点在表格里是日期,读作{words}。", self.row + 1));
        Some(words)
    }

    fn lead(&mut self) -> Option<String> {
        let name = person_name(&self.text(Column::Lead, 40)?.replace('\n', "、"));
        (!UNCONFIRMED.contains(&name.as_str())).then_some(name)
    }

    /// A row that only names an action, as tables without a column for it have.
    fn heading(&mut self) -> Option<(u32, String)> {
        if self.layout.at.contains_key(&Column::Action) {
            return None;
        }
        let mut own = self.grid.cells.get(&self.row)?.iter();
        let (place, text) = own.next()?;
        // A task whose other cells are merged with those above has one cell of its own too.
        let is_under = |column| {
            let merge = self.place(column).and_then(|at| self.grid.merge(self.row, at));
            merge.is_some_and(|of| (self.layout.header + 1..self.row).contains(&of.start.0))
        };
        if [Column::Requirement, Column::Time].iter().any(|column| self.place(*column) == Some(*place))
            || [Column::Item, Column::Requirement, Column::Time].into_iter().any(is_under)
        {
            return None;
        }
        let text = text.as_text()?;
        let (number, name) = numeral::leading(&text).filter(|_| own.next().is_none())?;
        Some((number, name.to_owned()))
    }

    /// The action of this row: as written, or the one above where the cells are blank.
    fn action(&mut self, current: &mut Named) {
        let Some(place) = self.place(Column::Action) else {
            if current.number == 0 {
                let told =
                    "不知道属于哪项行动,请加“行动类别”一列,或在上面加一行如“一、村干部管理规范化专项行动”";
                self.findings.row(self.row, "", told);
            }
            return;
        };
        let Some(text) = self.text(Column::Action, 60) else {
            if current.number == 0 {
                self.findings.cell(self.row, place, "(空)", "行动类别空着,第一行要写上行动的名称");
            }
            return;
        };
        let (own, name) = match numeral::leading(&text) {
            Some((number, name)) => (Some(number), name.to_owned()),
            None => (None, text),
        };
        let name = name.replace('\n', "");
        match self.number(Column::ActionNo).or(own) {
            Some(number) => *current = Named { number, name },
            None if name == current.name => {}
            None => *current = Named { number: current.number + 1, name },
        }
    }

    fn item(&mut self, current: &mut Named) {
        let Some(place) = self.place(Column::Item) else { return };
        let Some(text) = self.text(Column::Item, 200) else {
            if current.number == 0 {
                self.findings.cell(self.row, place, "(空)", "内容空着,请写上这项任务的内容");
            }
            return;
        };
        let (own, name) = match numeral::leading(&text) {
            Some((number, name)) if self.place(Column::ItemNo).is_none() => (Some(number), name.to_owned()),
            _ => (None, text),
        };
        match self.number(Column::ItemNo).or(own) {
            Some(number) => *current = Named { number, name },
            None if name == current.name => {}
            None => *current = Named { number: current.number + 1, name },
        }
    }

    fn number(&mut self, column: Column) -> Option<u32> {
        let place = self.place(column)?;
        let text = self.text(column, 20)?;
        let found = numeral::number(&text);
        if found.is_none() {
            self.findings.cell(self.row, place, &text, "序号看不懂,请写如“一”或“1”(1至99)");
        }
        found
    }

    /// What stands outside the columns.
    fn strays(&mut self) {
        let known = |place: &u32| {
            self.layout.at.values().any(|at| at == place) || self.layout.unknown.contains(place)
        };
        let strays: Vec<(u32, String)> = (self.grid.cells.get(&self.row).into_iter().flatten())
            .filter(|(place, _)| !known(place))
            .map(|(place, value)| (*place, value.as_text().unwrap_or_default()))
            .collect();
        for (place, saw) in strays {
            self.findings.cell(self.row, place, &saw, "这一列没有表头,不知道是什么,请加上表头或删去");
        }
    }
}
