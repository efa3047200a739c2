//! What is wrong with a roster, all of it at once, and what is merely worth a look.

use serde::Serialize;
use serde_json::json;

use super::sheet::Sheet;
use crate::error::{ApiError, ApiResult};

/// So many problems are listed; of the rest only the number is told.
const LISTED: usize = 500;
const WARNED: usize = 200;

/// One problem, where the office finds it in Excel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub sheet: String,
    /// As Excel numbers it; the header stands in 1.
    pub row: u32,
    pub column: String,
    /// A sentence for the office.
    #[serde(rename = "problem")]
    pub told: String,
}

/// Collected while reading and checking. Any problem, and nothing is written.
#[derive(Debug, Default)]
pub struct Findings {
    pub problems: Vec<Problem>,
    pub unlisted: usize,
    pub warnings: Vec<String>,
}

impl Findings {
    pub fn problem(&mut self, sheet: Sheet, row: u32, column: &str, problem: impl Into<String>) {
        self.problem_in(sheet.title(), row, column, problem);
    }

    pub fn problem_in(&mut self, sheet: &str, row: u32, column: &str, problem: impl Into<String>) {
        if self.problems.len() < LISTED {
            let (sheet, column, told) = (sheet.to_owned(), column.to_owned(), problem.into());
            self.problems.push(Problem { sheet, row, column, told });
        } else {
            self.unlisted += 1;
        }
    }

    /// Something done as the sheet says, that may not have been meant.
    pub fn warn(&mut self, warning: String) {
        if self.warnings.len() < WARNED {
            self.warnings.push(warning);
        }
    }

    /// The warnings, if nothing is wrong; the refusal otherwise.
    pub fn into_warnings(self) -> ApiResult<Vec<String>> {
        if self.problems.is_empty() {
            return Ok(self.warnings);
        }
        let all = self.problems.len() + self.unlisted;
        let told = match self.unlisted {
            0 => format!("名册有 {all} 处问题,没有导入任何内容,请逐条改正后再传。"),
            more => format!("名册有 {all} 处问题(只列出前 {LISTED} 处,另有 {more} 处),没有导入任何内容。"),
        };
        let details = json!({ "problems": self.problems, "unlisted": self.unlisted });
        Err(ApiError::refused("org.roster_invalid", told).with_details(details))
    }
}
