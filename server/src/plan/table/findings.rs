//! What could not be read, cell by cell, in words that say what to write instead.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{ApiError, ApiResult};
use crate::org::roster::column_letters;

/// So many problems are listed; of the rest only the number is told.
const LISTED: usize = 300;
/// So much of a cell is repeated.
const SAW: usize = 40;

/// One cell that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// As Excel numbers it; 0 for the whole workbook.
    pub row: u32,
    /// As Excel letters it; empty for a whole row.
    pub column: String,
    /// What stands there.
    pub saw: String,
    /// What is wrong and what to write instead.
    #[serde(rename = "problem")]
    pub told: String,
}

#[derive(Debug, Default)]
pub struct Findings {
    pub problems: Vec<Problem>,
    unlisted: usize,
    pub warnings: Vec<String>,
}

impl Findings {
    /// `row` and `column` from 0, as the reader counts.
    pub fn cell(&mut self, row: u32, column: u32, saw: &str, told: impl Into<String>) {
        self.add(row + 1, column_letters(column), saw, told.into());
    }

    pub fn row(&mut self, row: u32, saw: &str, told: impl Into<String>) {
        self.add(row + 1, String::new(), saw, told.into());
    }

    pub fn whole(&mut self, told: impl Into<String>) {
        self.add(0, String::new(), "", told.into());
    }

    fn add(&mut self, row: u32, column: String, saw: &str, told: String) {
        if self.problems.len() == LISTED {
            self.unlisted += 1;
            return;
        }
        let mut short: String = saw.chars().take(SAW).collect();
        if short.len() < saw.len() {
            short.push('…');
        }
        self.problems.push(Problem { row, column, saw: short, told });
    }

    /// The warnings, if nothing is wrong; the refusal otherwise.
    pub fn into_warnings(mut self) -> ApiResult<Vec<String>> {
        if self.problems.is_empty() {
            return Ok(self.warnings);
        }
        self.problems.sort_by_key(|problem| problem.row);
        let all = self.problems.len() + self.unlisted;
        let told = match self.unlisted {
            0 => format!("表格有 {all} 处读不懂,什么都没有载入,请逐处改好后再传。"),
            _ => format!("表格有 {all} 处读不懂(只列出前 {LISTED} 处),什么都没有载入。"),
        };
        let details = json!({ "problems": self.problems, "unlisted": self.unlisted });
        Err(ApiError::refused("plan.table_invalid", told).with_details(details))
    }
}
