//! The sheets of a workbook as cells and merged stretches, after everything that can be refused unread.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader, Xlsx, XlsxError};
use poem::http::StatusCode;

use crate::error::{ApiError, ApiResult};
use crate::org::roster::package::{self, Codes};
use crate::org::roster::value::Value;

/// Of the file as sent; a table of words is a hundredth of it.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Rows that hold anything, over all sheets.
const MAX_ROWS: usize = 2_000;
const MAX_MERGES: usize = 5_000;
const CODES: Codes = Codes {
    not_xlsx: "plan.table_not_xlsx",
    unpacks_too_large: "plan.table_unpacks_too_large",
    unreadable: "plan.table_unreadable",
};

/// One sheet. Rows and columns are counted from 0.
#[derive(Debug, Default)]
pub struct Grid {
    pub name: String,
    pub cells: BTreeMap<u32, BTreeMap<u32, Value>>,
    merges: Vec<Dimensions>,
    pub formulas: Vec<(u32, u32, String)>,
}

impl Grid {
    /// A cell's own content, without regard to merging.
    pub fn own(&self, row: u32, column: u32) -> Option<&Value> {
        self.cells.get(&row)?.get(&column)
    }

    /// The merged stretch a cell belongs to.
    pub fn merge(&self, row: u32, column: u32) -> Option<&Dimensions> {
        self.merges
            .iter()
            .find(|of| (of.start.0..=of.end.0).contains(&row) && (of.start.1..=of.end.1).contains(&column))
    }

    /// What a reader sees in a cell: its own content, or that of the merged stretch over it if it begins below `header`.
    pub fn seen(&self, row: u32, column: u32, header: u32) -> Option<&Value> {
        self.own(row, column).or_else(|| {
            let (top, left) = self.merge(row, column)?.start;
            if top > header { self.own(top, left) } else { None }
        })
    }
}

pub fn unreadable() -> ApiError {
    package::unreadable_as(&CODES)
}

/// Reads every sheet of the workbook.
pub fn read(bytes: Vec<u8>) -> ApiResult<Vec<Grid>> {
    if bytes.len() > MAX_BYTES {
        let told = "任务分解表超过 1 MB,请删去图片等无关内容后再传。";
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "limit.too_large", told));
    }
    package::check_as(&bytes, &CODES)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let (mut grids, mut rows) = (Vec::new(), 0);
    for name in book.sheet_names() {
        let mut grid = Grid { name: name.clone(), ..Grid::default() };
        if !fill(&mut book, &mut grid, &mut rows)? {
            continue;
        }
        grid.merges = book.merge_cells_by_sheet_name(&name).map_err(|_| unreadable())?;
        if grid.merges.len() > MAX_MERGES {
            return Err(too_long());
        }
        let mut cells = book.worksheet_cells_reader(&name).map_err(|_| unreadable())?;
        while let Some(cell) = cells.next_formula().map_err(|_| unreadable())? {
            let (row, column) = cell.get_position();
            if !cell.get_value().is_empty() && grid.formulas.len() <= MAX_ROWS {
                grid.formulas.push((row, column, cell.get_value().clone()));
            }
        }
        grids.push(grid);
    }
    if grids.is_empty() { Err(unreadable()) } else { Ok(grids) }
}

/// Streams the cells; false for what is no sheet of cells.
fn fill(book: &mut Xlsx<Cursor<Vec<u8>>>, grid: &mut Grid, rows: &mut usize) -> ApiResult<bool> {
    let mut cells = match book.worksheet_cells_reader(&grid.name) {
        Ok(cells) => cells,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(false),
        Err(_) => return Err(unreadable()),
    };
    while let Some(cell) = cells.next_cell().map_err(|_| unreadable())? {
        let value = match cell.get_value() {
            DataRef::String(text) => words(text),
            DataRef::SharedString(text) => words(text),
            other => Value::from_cell(other),
        };
        if value == Value::Empty {
            continue;
        }
        let (row, column) = cell.get_position();
        let known = grid.cells.len();
        grid.cells.entry(row).or_default().insert(column, value);
        *rows += grid.cells.len() - known;
        if *rows > MAX_ROWS {
            return Err(too_long());
        }
    }
    Ok(true)
}

/// The town's own words, line by line as they were typed, without what cannot be seen.
fn words(text: &str) -> Value {
    let kept =
        |c: &char| (!c.is_control() || *c == '\n') && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    let lines: String = text.replace("_x000D_", "").chars().filter(kept).collect();
    let lines: Vec<&str> = lines.lines().map(str::trim).collect();
    let text = lines.join("\n").trim().to_owned();
    if text.is_empty() { Value::Empty } else { Value::Text(text) }
}

fn too_long() -> ApiError {
    ApiError::refused(
        "plan.table_too_long",
        format!("表格超过 {MAX_ROWS} 行,不像任务分解表,请只留下要载入的那张表。"),
    )
}
