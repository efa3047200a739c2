//! 提醒阶梯 in words, from the very ladder that reminds.

use poem_openapi::Object;

use super::{escalate, ladder, telling};
use crate::named::named;

named! {
    /// What is reminded of by one ladder.
    #[oai(rename = "LadderKind")]
    pub enum Kind {
        Dated = "dated" "定日子的事项(如集中学习日)",
        Monthly = "monthly" "每月的事项",
        Quarterly = "quarterly" "每季度及更长的事项",
        Undated = "undated" "“立即”办理、没有截止日的事项",
        Overdue = "overdue" "过了期限还没办的事项",
        Returned = "returned" "被退回要补正的记录",
        Quiet = "quiet" "整理归档一类的事项",
    }
}

/// When one kind of thing is reminded of.
#[derive(Debug, Object)]
pub struct Ladder {
    kind: Kind,
    label: String,
    /// Each in words, the first reminder first.
    when: Vec<String>,
}

/// Every ladder.
pub(super) fn ladders() -> Vec<Ladder> {
    let when = |kind| match kind {
        Kind::Dated => before(ladder::DAY),
        Kind::Monthly => before(ladder::MONTH),
        Kind::Quarterly => before(ladder::LONG),
        Kind::Undated => vec![format!("每{}天提醒一次,直到办完", telling::ASK_EVERY)],
        Kind::Overdue => vec![
            "宽限期满的第二天提醒本人,并告知定村干部".to_owned(),
            format!("每过{}天再告知上一级:片长、责任人;有人联系过本人就不再往上", escalate::STEP_DAYS),
            "各级都告知过、还没有办的,由镇里打电话".to_owned(),
        ],
        Kind::Quiet => vec!["到期前不提醒,过了期限才告知".to_owned()],
        Kind::Returned => {
            vec!["退回时".to_owned(), words("补正期限", telling::RETURN_AHEAD), words("补正期限", 0)]
        }
    };
    Kind::ALL
        .iter()
        .map(|kind| Ladder { kind: *kind, label: kind.label().into(), when: when(*kind) })
        .collect()
}

fn before(rungs: &[ladder::Rung]) -> Vec<String> {
    rungs.iter().map(|(days, _)| words("截止", *days)).collect()
}

fn words(of: &str, days: i64) -> String {
    if days == 0 { format!("{of}当天") } else { format!("{of}前{days}天") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_follow_the_ladder() {
        let ladders = ladders();
        assert_eq!(ladders.len(), Kind::ALL.len());
        let of = |kind| ladders.iter().find(|ladder| ladder.kind == kind).map(|ladder| ladder.when.clone());
        assert_eq!(of(Kind::Dated), Some(vec!["截止前1天".to_owned(), "截止当天".to_owned()]));
        let long = of(Kind::Quarterly).expect("a ladder");
        assert_eq!(long.len(), ladder::LONG.len());
        assert_eq!(long.last().map(String::as_str), Some("截止当天"));
    }
}
