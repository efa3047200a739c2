//! From the row to the explanation.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::words::{self, Sent};
use super::{
    Called, Decision, Excused, Explanation, Held, Holder, Noticed, Recorded, Reviewed, Stands, Told,
    WhatCounts, When, Why, sql,
};
use crate::duty::Verdict;
use crate::duty::applies::BranchFacts;
use crate::duty::excuse::ExcuseKind;
use crate::duty::ledger::{self, Status};
use crate::edge::{date_label, local};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{DutyId, PersonId, RecordId, UnitId};
use crate::plan::{Audience, Cadence, Desk, Enough, MeetingType, Place, RecordKind};

/// As one `caller` may read it on `today`.
pub(super) fn of(row: sql::Whole, id: DutyId, caller: &Caller, today: NaiveDate) -> ApiResult<Explanation> {
    let reader = Reader { caller: caller.person, names: row.names };
    let status = ledger::status_of(&row.state, (row.window_first, row.window_last, row.grace_last), today);
    Ok(Explanation {
        id,
        unit_id: UnitId(row.unit_id),
        why: why(&row)?,
        when: when(&row)?,
        counts: counts(&row),
        stands: stands(&row, &reader, status)?,
        told: told(&row, &reader)?,
        holders: holders(&row, &reader)?,
        held_by: held_by(&row),
        decisions: read::<Vec<Excused>>(&row.excuses)?
            .into_iter()
            .map(|one| decision(one, &reader))
            .collect(),
        title: row.title,
        unit_name: row.unit_name,
    })
}

/// Who reads, and whether they may read who works in the unit.
struct Reader {
    caller: PersonId,
    names: bool,
}

impl Reader {
    /// A person's name, if it is theirs to read.
    fn name(&self, person: PersonId, name: String) -> Option<String> {
        (self.names || person == self.caller).then_some(name)
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> ApiResult<T> {
    T::deserialize(value).map_err(ApiError::internal)
}

fn why(row: &sql::Whole) -> ApiResult<Why> {
    let audience = Audience::parse(&row.audience).ok_or_else(|| ApiError::internal("unknown audience"))?;
    let facts = BranchFacts {
        has_committee: row.has_committee.unwrap_or_default(),
        has_groups: row.has_groups.unwrap_or_default(),
        full_members: row.full_members.unwrap_or_default(),
        probationary_members: row.probationary_members.unwrap_or_default(),
        mobile_members: i32::try_from(row.mobile_members).unwrap_or(i32::MAX),
    };
    let fact = words::deciding(audience, &read::<Vec<_>>(&row.conditions)?, &facts, row.facts_from);
    let cadence = read::<Cadence>(&row.cadence)?.words();
    Ok(Why {
        sentence: format!(
            "{}附件1第{}项“{}”:{}。{}{fact}",
            row.source,
            row.task_code,
            row.item,
            cadence,
            if row.person_id.is_some() { "逐人办理。" } else { "" },
        ),
        rule_code: row.rule_code.clone(),
        task_code: row.task_code.clone(),
        action: row.action_name.clone(),
        item: row.item.clone(),
        requirement: row.requirement.clone(),
        time: row.time_node.clone(),
        lead: row.lead_name.clone().unwrap_or_else(|| "待确认".to_owned()),
        source: row.source.clone(),
        fact,
    })
}

fn when(row: &sql::Whole) -> ApiResult<When> {
    let first = date_label(row.window_first);
    let until = match row.counts_until {
        Some(day) => format!("{}以前做的、再晚报的,也算在这一次,记为补录", date_label(day)),
        None => "以后再补也算,记为补录".to_owned(),
    };
    let sentence = match (row.window_last, row.grace_last) {
        (Some(last), Some(grace)) if grace > last => format!(
            "从{first}起,最后一天是{};信号不好的,{}前传到都算按时。{until}。",
            date_label(last),
            date_label(grace)
        ),
        (Some(last), _) => format!("从{first}起,最后一天是{}。{until}。", date_label(last)),
        (None, _) => format!("从{first}起,尽快办理;没有截止日,不会算逾期。"),
    };
    let put_off = row
        .postponed_from
        .map(|day| format!("原来的最后一天是{},已同意延期。", date_label(day)))
        .unwrap_or_default();
    Ok(When {
        sentence: sentence + &put_off,
        cadence: read::<Cadence>(&row.cadence)?.words(),
        opened_on: row.opened_on,
        first: row.window_first,
        last: row.window_last,
        grace_last: row.grace_last,
        counts_until: row.counts_until,
    })
}

fn counts(row: &sql::Whole) -> WhatCounts {
    let kind = RecordKind::parse(&row.record_kind).map_or("工作记录", RecordKind::label);
    let types: Vec<&str> = row
        .meeting_types
        .iter()
        .filter_map(|name| MeetingType::parse(name))
        .map(MeetingType::label)
        .collect();
    let which = match (types.is_empty(), row.place.as_deref().and_then(Place::parse)) {
        (false, _) => format!("(类型含“{}”)", types.join("”或“")),
        (true, Some(place)) => format!("({})", place.label()),
        (true, None) => String::new(),
    };
    let photos = match row.photos_required {
        0 => "不要照片".to_owned(),
        n => format!("照片至少{n}张"),
    };
    let desk = Desk::parse(&row.reviewer).map_or("党建办", Desk::label);
    let accepted_by =
        if desk == "党建办" { desk.to_owned() } else { format!("{desk}(党建办也可以)") };
    let enough = if row.record_kind == RecordKind::SetDate.name() {
        "镇里定了新的日期就算办结".to_owned()
    } else if row.counts == "acceptance" {
        format!("{accepted_by}审核通过才算办结")
    } else {
        format!("镇里收到就算办结,由{accepted_by}审核")
    };
    let whose = if row.enough == Enough::Each.name() { "承办人各办各的,每人" } else { "" };
    WhatCounts {
        sentence: format!("{whose}一条{kind}{which},{photos};{enough}。"),
        record_kind: row.record_kind.clone(),
        meeting_types: row.meeting_types.clone(),
        photos_required: row.photos_required,
        accepted_by,
        minutes: row.minutes,
    }
}

fn stands(row: &sql::Whole, reader: &Reader, status: Status) -> ApiResult<Stands> {
    let record: Option<Recorded> = row.record.as_ref().map(read).transpose()?;
    let mut sentences = vec![match row.state.as_str() {
        "withdrawn" => "支部情况或方案变了,这件事已经撤下。".to_owned(),
        _ => format!("{}。", status.label()),
    }];
    sentences.extend(shares(row, reader)?);
    if let Some(record) = record {
        let verdict = row.verdict.as_deref().and_then(Verdict::parse).map_or("", Verdict::label);
        let received = row.fulfilled_at.map_or(record.received_at, local);
        sentences.push(format!(
            "{}做的,镇里{}收到,{verdict};记录{}。",
            date_label(record.happened_on),
            moment(received),
            match record.state.as_str() {
                _ if !record.complete => "还差照片",
                "submitted" => "待审核",
                "returned" => "已退回",
                "accepted" => "已审核通过",
                _ => "还没有办完",
            },
        ));
    }
    if let Some(last) =
        read::<Vec<Reviewed>>(&row.reviews)?.into_iter().rfind(|one| one.decision == "returned")
        && let (Some(day), "returned") = (row.return_due, row.state.as_str())
    {
        sentences.push(format!(
            "{}退回:{}。请在{}前补正。",
            moment(local(last.at.to_utc())),
            last.reason.as_deref().unwrap_or("需要补正"),
            date_label(day),
        ));
    }
    let sentence = sentences.concat();
    Ok(Stands {
        status,
        sentence,
        record_id: row.record_id.map(RecordId),
        verdict: row.verdict.clone(),
        return_due: row.return_due.filter(|_| row.state == "returned"),
    })
}

/// Where each of its holders hands in: who has, and who is still to.
fn shares(row: &sql::Whole, reader: &Reader) -> ApiResult<Option<String>> {
    if row.enough != Enough::Each.name() {
        return Ok(None);
    }
    let people = |value: &Value| -> ApiResult<Option<String>> {
        let people: Vec<Held> = read(value)?;
        let count = people.len();
        let by_name: Option<Vec<String>> =
            people.into_iter().map(|one| reader.name(one.person, one.name)).collect();
        Ok((count > 0).then(|| by_name.map_or_else(|| format!("{count}人"), |names| names.join("、"))))
    };
    let (done, left) = (people(&row.shares)?, people(&row.holders)?.filter(|_| row.state != "submitted"));
    let line = [done.map(|who| format!("已交:{who}。")), left.map(|who| format!("还差:{who}。"))];
    Ok(Some(line.into_iter().flatten().collect()))
}

fn told(row: &sql::Whole, reader: &Reader) -> ApiResult<Vec<Told>> {
    let mut all: Vec<Told> = Vec::new();
    for one in read::<Vec<Noticed>>(&row.notices)? {
        let sent = Sent {
            notice: &one.state,
            message: one.message.as_deref(),
            errcode: one.errcode,
            read: one.read,
            sms: one.sms.as_deref(),
        };
        let (through, result) = words::result(&sent);
        // Whoever watches over several units is not a person of this one.
        let watches = words::of_supervisor(&one.rung).is_some();
        all.push(Told {
            who: reader.name(one.person, one.name).filter(|_| !watches || one.person == reader.caller),
            what: words::rung(&one.kind, &one.rung),
            at: local(one.finished_at.unwrap_or(one.at).to_utc()),
            through: through.into(),
            result,
        });
    }
    for one in read::<Vec<Called>>(&row.calls)? {
        let result = match (one.done_at, one.made) {
            (Some(at), true) => format!("{}打过了", moment(local(at.to_utc()))),
            (Some(_), false) => "后来不用打了,已销掉".to_owned(),
            (None, _) => "还没有打".to_owned(),
        };
        let who = one.person.zip(one.name).and_then(|(person, name)| reader.name(person, name));
        let (what, through) = (words::call(&one.why).to_owned(), "电话通知".to_owned());
        all.push(Told { who, what, at: local(one.at.to_utc()), through, result });
    }
    all.sort_by_key(|one| one.at);
    Ok(all)
}

fn holders(row: &sql::Whole, reader: &Reader) -> ApiResult<Vec<Holder>> {
    let held: Vec<Held> = read(&row.holders)?;
    Ok(held
        .into_iter()
        .map(|one| Holder {
            myself: one.person == reader.caller,
            person_id: one.person,
            name: reader.name(one.person, one.name),
        })
        .collect())
}

fn held_by(row: &sql::Whole) -> String {
    let desk = Desk::parse(&row.holder).map_or("本组织", Desk::label);
    let live = matches!(row.state.as_str(), "open" | "returned" | "submitted");
    match (row.is_delegated, live && row.holders.as_array().is_none_or(Vec::is_empty)) {
        (true, _) => format!("本来由{desk}办,现在交给了别人"),
        (false, true) => format!("由{desk}办,现在没有人担任"),
        (false, false) => format!("由{desk}办"),
    }
}

fn decision(one: Excused, reader: &Reader) -> Decision {
    let kind = ExcuseKind::parse(&one.kind).unwrap_or(ExcuseKind::Excused);
    let asked = match (kind, one.new_last) {
        (ExcuseKind::Delegated, _) => "交给别人办".to_owned(),
        (_, Some(last)) => format!("申请延期到{}", date_label(last)),
        _ => format!("申请{}", kind.label()),
    };
    let decided = match one.decision.as_deref() {
        None => ":等镇里决定",
        Some("approved") if kind == ExcuseKind::Delegated => "",
        Some("approved") => ":镇里同意了",
        Some("withdrawn") => ":本人撤回了",
        Some("lapsed") => ":还没有决定,事情已经办结",
        Some(_) => ":镇里没有同意",
    };
    let undone = match (&one.undone_at, one.undo_reason) {
        (Some(at), why) => {
            format!("{}撤销:{}。", moment(local(at.to_utc())), why.as_deref().unwrap_or("照常办理"))
        }
        (None, _) => String::new(),
    };
    let by = |name: String| Some(name).filter(|_| reader.names);
    Decision {
        kind: kind.label().into(),
        sentence: format!("{asked}{decided}。{undone}"),
        waits: one.decision.is_none(),
        mine: one.by_id == reader.caller,
        reason: one.reason,
        proposed_at: local(one.at.to_utc()),
        proposed_by: by(one.by),
        decided_at: one.decided_at.map(|at| local(at.to_utc())),
        decided_by: one.decided_by.and_then(by),
        undone_at: one.undone_at.map(|at| local(at.to_utc())),
        undone_by: one.undone_by.and_then(by),
    }
}

/// 2021年10月10日 10:21
fn moment(at: DateTime<FixedOffset>) -> String {
    local(at.with_timezone(&Utc)).format("%Y年%-m月%-d日 %H:%M").to_string()
}
