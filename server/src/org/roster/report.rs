//! What an import did, or on a trial run would do.

use poem_openapi::Object;

/// Rows of one sheet by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Object)]
#[oai(rename = "RosterTally")]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// 未出现在名册: in the register, not in the sheet, and left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Object)]
#[oai(rename = "RosterAbsentees")]
pub struct Absentees {
    pub count: usize,
    /// The first 200 of them.
    pub names: Vec<String>,
}

impl Absentees {
    pub fn of(names: Vec<String>) -> Self {
        Self { count: names.len(), names: names.into_iter().take(200).collect() }
    }
}

/// 名册导入结果
#[derive(Debug, Clone, Default, PartialEq, Eq, Object)]
#[oai(rename = "RosterReport")]
pub struct Report {
    /// Nothing was kept: this is what an import would do.
    pub dry_run: bool,
    /// The outcome in one sentence.
    pub message: String,
    pub units: Tally,
    pub people: Tally,
    pub posts: Tally,
    pub facts: Tally,
    /// 流动党员, told apart from their rows in 人员; a return counts as a change.
    pub mobile_members: Tally,
    pub absent_units: Absentees,
    pub absent_people: Absentees,
    pub absent_posts: Absentees,
    /// Done as the sheet says, yet worth a look.
    pub warnings: Vec<String>,
}

impl Report {
    fn tallies(&self) -> [(&'static str, Tally); 5] {
        [
            ("组织", self.units),
            ("人员", self.people),
            ("职务", self.posts),
            ("支部情况", self.facts),
            ("流动党员", self.mobile_members),
        ]
    }

    /// Whether the register already says what the sheet says.
    pub fn changes_nothing(&self) -> bool {
        self.tallies().iter().all(|(_, tally)| tally.added + tally.changed == 0)
    }

    /// Words for the outcome.
    #[must_use]
    pub fn told(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self.message = if self.changes_nothing() {
            "名册与系统一致,没有变化。".into()
        } else {
            let parts: Vec<String> = self
                .tallies()
                .iter()
                .filter(|(_, tally)| tally.added + tally.changed > 0)
                .map(|(sheet, tally)| format!("{sheet}新增{}、变更{}", tally.added, tally.changed))
                .collect();
            let begin = if dry_run { "试导入通过,尚未保存:" } else { "已导入:" };
            format!("{begin}{}。", parts.join(";"))
        };
        self
    }
}
