//! 流动党员: the half-year report, the answer, and who sees them.

pub mod report;
mod sight;
