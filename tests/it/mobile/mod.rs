//! 流动党员: the half-year report, the answer, and who sees them.

mod report;
mod sight;
