//! Which column holds what: by its heading, in any order, under any of the names such tables use.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::findings::Findings;
use super::grid::Grid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    ActionNo,
    Action,
    ItemNo,
    Item,
    Requirement,
    Time,
    Lead,
    Note,
}

impl Column {
    /// The annex's own heading first, then what other towns call it.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::ActionNo => &["序号", "编号", "行动序号"],
            Self::Action => &["行动类别", "专项行动", "行动", "类别", "行动名称", "专项行动名称"],
            Self::ItemNo => &["内容序号", "任务序号", "项目序号"],
            Self::Item => {
                &["内容", "任务", "工作任务", "重点任务", "工作内容", "主要任务", "任务名称", "项目"]
            }
            Self::Requirement => &[
                "要求",
                "具体要求",
                "工作要求",
                "措施",
                "工作措施",
                "具体措施",
                "主要措施",
                "任务要求",
                "落实措施",
                "推进措施",
            ],
            Self::Time => &[
                "时间节点",
                "完成时限",
                "完成时间",
                "时限",
                "时限要求",
                "时间要求",
                "时间",
                "时间安排",
                "办结时限",
                "完成期限",
            ],
            Self::Lead => &["责任人", "责任领导", "牵头领导", "负责人", "牵头人", "责任人员", "责任分工"],
            Self::Note => &["备注", "说明"],
        }
    }

    /// As the annex heads it.
    pub fn title(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    fn named(heading: &str) -> Option<Self> {
        let plain: String = heading.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = plain.split(['(', '\u{ff08}']).next().unwrap_or_default();
        const ALL: [Column; 8] = [
            Column::ActionNo,
            Column::Action,
            Column::ItemNo,
            Column::Item,
            Column::Requirement,
            Column::Time,
            Column::Lead,
            Column::Note,
        ];
        ALL.into_iter().find(|column| column.names().contains(&plain))
    }
}

/// Where the table begins and what stands where.
#[derive(Debug)]
pub struct Layout {
    /// The row of the headings.
    pub header: u32,
    pub at: BTreeMap<Column, u32>,
    /// Columns under a heading that was not understood: told once, not row by row.
    pub unknown: Vec<u32>,
}

/// The headings are looked for in so many rows from the top.
const WITHIN: usize = 40;

/// The row of headings: the first in which three columns are known.
pub fn header(grid: &Grid) -> Option<u32> {
    grid.cells.iter().take(WITHIN).find_map(|(row, cells)| {
        let mut known: Vec<Column> =
            cells.values().filter_map(|value| Column::named(&value.as_text()?)).collect();
        known.sort();
        known.dedup();
        (known.len() >= 3).then_some(*row)
    })
}

/// Reads the headings, or says which are missing.
pub fn layout(grid: &Grid, header: u32, findings: &mut Findings) -> Layout {
    let mut layout = Layout { header, at: BTreeMap::new(), unknown: Vec::new() };
    for (place, value) in grid.cells.get(&header).into_iter().flatten() {
        let text = value.as_text().unwrap_or_default();
        match Column::named(&text) {
            // Left of the action it numbers the actions, right of it the items.
            Some(Column::ActionNo) if layout.at.contains_key(&Column::Action) => {
                put(&mut layout, Column::ItemNo, *place, &text, findings);
            }
            Some(column) => put(&mut layout, column, *place, &text, findings),
            None => {
                layout.unknown.push(*place);
                let known = "序号、行动类别、内容、要求、时间节点、责任人、备注";
                findings.cell(
                    header,
                    *place,
                    &text,
                    format!("不认识这一列,请把表头改成“{known}”之一,或删去这一列"),
                );
            }
        }
    }
    split_item(grid, &mut layout);
    for column in [Column::Item, Column::Requirement, Column::Time] {
        if !layout.at.contains_key(&column) {
            findings.row(header, "", format!("缺少“{}”这一列", column.title()));
        }
    }
    if !layout.at.contains_key(&Column::Lead) {
        findings.warnings.push("没有“责任人”这一列,责任人都记为待确认。".into());
    }
    layout
}

fn put(layout: &mut Layout, column: Column, place: u32, text: &str, findings: &mut Findings) {
    match layout.at.entry(column) {
        Entry::Vacant(free) => {
            free.insert(place);
        }
        Entry::Occupied(_) => {
            findings.cell(layout.header, place, text, "这个表头出现了两次,请留一个");
            layout.unknown.push(place);
        }
    }
}

/// The annex has one heading 内容 over two columns: a number, and the words.
fn split_item(grid: &Grid, layout: &mut Layout) {
    let Some(&place) = layout.at.get(&Column::Item) else { return };
    let next = place + 1;
    let unheaded = grid.own(layout.header, next).is_none();
    let filled = grid.cells.range(layout.header + 1..).any(|(_, cells)| cells.contains_key(&next));
    if unheaded && filled && !layout.at.contains_key(&Column::ItemNo) {
        layout.at.insert(Column::ItemNo, place);
        layout.at.insert(Column::Item, next);
    }
}
