//! The sheets of a roster and their columns, and reading a workbook into rows of cells.
//!
//! Cells are streamed and kept by row: a lone cell at the far corner of a sheet must not become a table that size.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Reader, Xlsx};

use super::findings::Findings;
use super::package::{self, unreadable};
use super::value::Value;
use crate::error::{ApiError, ApiResult};

/// Over all sheets together (design D20).
const MAX_ROWS: usize = 20_000;
/// Longer than anything that belongs in a cell of these sheets.
const MAX_CELL: usize = 400;
/// A sheet of explanations, in the template and skipped.
pub const NOTES: &str = "说明";
/// Rows whose first cell begins so are examples.
pub const EXAMPLE: &str = "示例";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sheet {
    Units,
    People,
    Posts,
    Facts,
}

/// A column and whether its header must be there.
type Column = (&'static str, bool);

impl Sheet {
    pub const ALL: [Self; 4] = [Self::Units, Self::People, Self::Posts, Self::Facts];

    pub fn title(self) -> &'static str {
        match self {
            Self::Units => "组织",
            Self::People => "人员",
            Self::Posts => "职务",
            Self::Facts => "支部情况",
        }
    }

    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Units => &[("名称", true), ("类别", true), ("上级组织", true)],
            Self::People => &[
                ("姓名", true),
                ("手机号", true),
                ("党员身份", true),
                ("所在党支部", true),
                ("党小组", false),
                ("流动", false),
                ("外出地点", false),
                ("外出日期", false),
                ("挂钩联系人", false),
                ("状态", false),
            ],
            Self::Posts => &[
                ("姓名", true),
                ("手机号后四位", false),
                ("职务", true),
                ("任职组织", true),
                ("任职日期", false),
                ("片区名称", false),
                ("结束日期", false),
            ],
            Self::Facts => &[
                ("党支部", true),
                ("起始日期", true),
                ("设支委会", true),
                ("设党小组", true),
                ("正式党员数", false),
                ("预备党员数", false),
            ],
        }
    }

    fn is_required(self) -> bool {
        self != Self::Facts
    }
}

/// A row by its columns' titles; `number` is as Excel shows it.
#[derive(Debug, Default)]
pub struct Row {
    pub number: u32,
    pub cells: BTreeMap<&'static str, Value>,
}

/// The rows of one sheet, and which columns it has.
#[derive(Debug, Default)]
pub struct Table {
    pub rows: Vec<Row>,
    pub columns: Vec<&'static str>,
}

pub type Tables = BTreeMap<Sheet, Table>;

/// A sheet as read: cells by row and column, both from 0.
type Grid = BTreeMap<u32, BTreeMap<u32, Value>>;

/// Reads the workbook, after everything that can be refused unread.
pub fn read(bytes: Vec<u8>, findings: &mut Findings) -> ApiResult<Tables> {
    package::check(&bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    if book.sheet_names().is_empty() {
        return Err(unreadable());
    }
    let mut tables = Tables::new();
    let mut rows = 0;
    for title in book.sheet_names() {
        if title.starts_with(NOTES) {
            continue;
        }
        let known = Sheet::ALL.into_iter().find(|sheet| sheet.title() == title.trim());
        let grid = read_grid(&mut book, &title, &mut rows)?;
        match known {
            Some(sheet) => {
                tables.insert(sheet, to_table(sheet, grid, findings));
            }
            None if grid.is_empty() => {}
            None => findings.problem_in(
                &title,
                1,
                "",
                "不认识这张工作表;名册只读“组织”“人员”“职务”“支部情况”四张,其余请删去或改名为“说明”",
            ),
        }
    }
    for sheet in Sheet::ALL {
        if sheet.is_required() && !tables.contains_key(&sheet) {
            findings.problem(sheet, 1, "", format!("缺少工作表“{}”", sheet.title()));
        }
    }
    Ok(tables)
}

fn read_grid(book: &mut Xlsx<Cursor<Vec<u8>>>, title: &str, rows: &mut usize) -> ApiResult<Grid> {
    let mut grid = Grid::new();
    let mut cells = match book.worksheet_cells_reader(title) {
        Ok(cells) => cells,
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(grid),
        Err(_) => return Err(unreadable()),
    };
    while let Some(cell) = cells.next_cell().map_err(|_| unreadable())? {
        let value = Value::from_cell(cell.get_value());
        if value == Value::Empty {
            continue;
        }
        let (row, column) = cell.get_position();
        let known = grid.len();
        grid.entry(row).or_default().insert(column, value);
        *rows += grid.len() - known;
        if *rows > MAX_ROWS {
            return Err(ApiError::refused(
                "org.roster_too_long",
                format!("名册超过 {MAX_ROWS} 行,请分几次导入。"),
            ));
        }
    }
    Ok(grid)
}

/// The first row that holds anything is the header.
fn to_table(sheet: Sheet, grid: Grid, findings: &mut Findings) -> Table {
    let mut rows = grid.into_iter();
    let (header_row, header) = rows.next().unwrap_or_default();
    let columns = to_columns(sheet, header_row + 1, &header, findings);
    let mut table = Table { rows: Vec::new(), columns: columns.values().copied().collect() };
    let key = sheet.columns().first().map_or("", |(title, _)| title);
    for (row, cells) in rows {
        let number = row + 1;
        let named = |(column, value): (u32, Value)| {
            let Some(title) = columns.get(&column) else {
                // A headed column has been reported already, once.
                if !header.contains_key(&column) {
                    let place = column_letters(column);
                    findings.problem(sheet, number, &place, "这一列没有表头,内容无法识别");
                }
                return None;
            };
            let too_long = matches!(&value, Value::Text(text) if text.chars().count() > MAX_CELL);
            if too_long || value == Value::Broken {
                let what = if too_long { "内容过长" } else { "单元格是公式错误或无效日期" };
                findings.problem(sheet, number, title, what);
                return Some((*title, Value::Broken));
            }
            Some((*title, value))
        };
        let cells: BTreeMap<_, _> = cells.into_iter().filter_map(named).collect();
        let example = matches!(cells.get(key), Some(Value::Text(text)) if text.starts_with(EXAMPLE));
        if !example && !cells.is_empty() {
            table.rows.push(Row { number, cells });
        }
    }
    table
}

fn to_columns(
    sheet: Sheet,
    number: u32,
    header: &BTreeMap<u32, Value>,
    findings: &mut Findings,
) -> BTreeMap<u32, &'static str> {
    let mut columns = BTreeMap::new();
    for (column, value) in header {
        let text = value.as_text().unwrap_or_default();
        match sheet.columns().iter().find(|(title, _)| *title == text) {
            Some((title, _)) if columns.values().any(|known| known == title) => {
                findings.problem(sheet, number, title, "表头重复");
            }
            Some((title, _)) => {
                columns.insert(*column, *title);
            }
            None => {
                let short: String = text.chars().take(20).collect();
                findings.problem(sheet, number, &short, "不认识这一列,请按模板的表头填写");
            }
        }
    }
    for (title, required) in sheet.columns() {
        if *required && !columns.values().any(|known| known == title) {
            findings.problem(sheet, number, title, format!("缺少“{title}”这一列"));
        }
    }
    columns
}

/// A, B … Z, AA …, as Excel heads its columns.
pub fn column_letters(mut column: u32) -> String {
    let mut letters = String::new();
    loop {
        let letter = char::from_u32('A' as u32 + column % 26).unwrap_or('?');
        letters.insert(0, letter);
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}
