//! Time on processors, as the kernel counts it (`/proc/<pid>/stat`, in hundredths of a second): what a message costs
//! whatever else the machine does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::Program;
use crate::report::{Bar, Report};
use crate::scratch::Scratch;

/// Ticks of a second; Linux tells user space no other number.
const TICKS: f64 = 100.0;

/// A process's parent and the seconds it has used, of children it has waited for as well.
struct Line {
    parent: u32,
    seconds: f64,
}

fn line(pid: u32) -> Option<Line> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|field| field.parse::<f64>().ok()).sum::<f64>();
    Some(Line { parent: fields.get(1)?.parse().ok()?, seconds: ticks / TICKS })
}

/// Seconds a process and its children have used.
pub fn seconds(pid: u32) -> f64 {
    let children = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = children.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let all: BTreeMap<u32, Line> = pids.filter_map(|pid| Some((pid, line(pid)?))).collect();
    all.iter().filter(|(own, line)| **own == pid || line.parent == pid).map(|(_, line)| line.seconds).sum()
}

/// The process a service's own file names.
pub fn pid_in(file: &Path) -> Option<u32> {
    fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

/// Processor time so far, in seconds, of those that take part in a send.
#[derive(Clone, Copy)]
pub struct Cpu([f64; 3]);

impl Cpu {
    pub fn now(scratch: &Scratch, ours: &Program) -> Self {
        let (postgres, redis) = scratch.services_cpu();
        Self([ours.cpu(), postgres, redis])
    }

    /// Microseconds for each of `sends`.
    pub fn since(self, before: Self, sends: i32) -> Self {
        let mut each = self.0;
        for (now, then) in each.iter_mut().zip(before.0) {
            *now = (*now - then) * 1e6 / f64::from(sends);
        }
        Self(each)
    }
}

/// Puts the rounds' costs into the report; `bar` is for the sender's own.
pub fn report(report: &mut Report, section: &'static str, what: &str, costs: &[Cpu], bar: Option<Bar>) {
    for (i, (who, bar)) in [("tuhe", bar), ("PostgreSQL", None), ("Redis", None)].into_iter().enumerate() {
        let values: Vec<f64> = costs.iter().map(|cost| cost.0[i]).collect();
        report.number(section, &format!("processor time of {who} for a send, {what}"), &values, "µs", bar);
    }
}
