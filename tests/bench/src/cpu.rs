//! Time on processors, as the kernel counts it (`/proc/<pid>/stat`, in hundredths of a second): what a message costs
//! whatever else the machine does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

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
