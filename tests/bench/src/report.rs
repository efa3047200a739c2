//! What was found, as a Markdown table.

use std::fmt;

use crate::client::Round;

/// A line of the table.
struct Row {
    section: &'static str,
    what: String,
    /// The median, with its unit.
    median: String,
    /// Lowest and highest round.
    spread: String,
    /// p50 and p99, where a single answer is what somebody waits for.
    latency: String,
    ratio: String,
    bar: String,
    verdict: &'static str,
}

pub struct Report {
    pub rounds: usize,
    machine: String,
    rows: Vec<Row>,
    notes: Vec<String>,
}

/// What a number must reach.
#[derive(Clone, Copy)]
pub enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

impl Bar {
    fn verdict(self, value: f64) -> &'static str {
        let met = match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        };
        if met { "PASS" } else { "FAIL" }
    }
}

/// One side of a comparison: its name and its rounds.
pub struct Side {
    pub what: String,
    pub rounds: Vec<Round>,
}

impl Side {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), rounds: Vec::new() }
    }
}

/// The middle one; of an even number the lower of the two.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

impl Report {
    pub fn new(rounds: usize, machine: String) -> Self {
        Self { rounds, machine, rows: Vec::new(), notes: Vec::new() }
    }

    /// Something the reader must know to judge the numbers.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// One side's throughput, and what share of the other sides' it is: the median of the ratios round by round, with
    /// the bar it is held to.
    pub fn throughput(&mut self, section: &'static str, side: &Side, against: &[(&Side, Option<Bar>)]) {
        let rates: Vec<f64> = side.rounds.iter().map(|round| round.per_second).collect();
        let of = |value: fn(&Round) -> f64| median(side.rounds.iter().map(value));
        let latency = if side.rounds.iter().all(|round| round.p50 > 0.0) {
            format!("{:.1} / {:.1} ms", of(|round| round.p50), of(|round| round.p99))
        } else {
            String::new()
        };
        let mut row = Row {
            section,
            what: side.what.clone(),
            median: format!("{}/s", rate(median(rates.iter().copied()))),
            spread: format!(
                "{}–{}",
                rate(rates.iter().copied().fold(f64::INFINITY, f64::min)),
                rate(rates.iter().copied().fold(0.0, f64::max))
            ),
            latency,
            ratio: String::new(),
            bar: String::new(),
            verdict: "",
        };
        if against.is_empty() {
            self.rows.push(row);
            return;
        }
        for (other, bar) in against {
            let ratio = median(
                side.rounds
                    .iter()
                    .zip(&other.rounds)
                    .map(|(mine, theirs)| mine.per_second / theirs.per_second),
            );
            self.rows.push(Row {
                ratio: format!("{ratio:.2} of {}", other.what),
                bar: bar.map(label).unwrap_or_default(),
                verdict: bar.map_or("", |bar| bar.verdict(ratio)),
                section,
                what: std::mem::replace(&mut row.what, "″".into()),
                median: std::mem::take(&mut row.median),
                spread: std::mem::take(&mut row.spread),
                latency: std::mem::take(&mut row.latency),
            });
        }
    }

    /// One number by itself.
    pub fn number(
        &mut self,
        section: &'static str,
        what: &str,
        values: &[f64],
        unit: &str,
        bar: Option<Bar>,
    ) {
        let middle = median(values.iter().copied());
        let spread = match values {
            [_] => String::new(),
            _ => format!(
                "{:.2}–{:.2}",
                values.iter().copied().fold(f64::INFINITY, f64::min),
                values.iter().copied().fold(0.0, f64::max)
            ),
        };
        self.rows.push(Row {
            section,
            what: what.to_owned(),
            median: format!("{middle:.2} {unit}"),
            spread,
            latency: String::new(),
            ratio: String::new(),
            bar: bar.map(|bar| format!("{} {unit}", label(bar))).unwrap_or_default(),
            verdict: bar.map_or("", |bar| bar.verdict(middle)),
        });
    }
}

/// A small one to a tenth.
fn rate(per_second: f64) -> String {
    if per_second < 100.0 { format!("{per_second:.1}") } else { format!("{per_second:.0}") }
}

fn label(bar: Bar) -> String {
    match bar {
        Bar::AtLeast(least) => format!("≥ {least}"),
        Bar::AtMost(most) => format!("≤ {most}"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.machine)?;
        writeln!(
            f,
            "Medians of {} interleaved rounds; a ratio is the median of the rounds' ratios.\n",
            self.rounds
        )?;
        writeln!(f, "| section | measured | median | lowest–highest | p50 / p99 | ratio | bar | |")?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let Row { section, what, median, spread, latency, ratio, bar, verdict } = row;
            writeln!(
                f,
                "| {section} | {what} | {median} | {spread} | {latency} | {ratio} | {bar} | {verdict} |"
            )?;
        }
        writeln!(f)?;
        for note in &self.notes {
            writeln!(f, "- {note}")?;
        }
        Ok(())
    }
}
