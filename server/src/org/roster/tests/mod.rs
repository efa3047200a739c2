//! Rosters from workbook bytes to a plan or its problems, without a database.

use chrono::NaiveDate;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, XlsxError};

use super::known::{Known, KnownAway, KnownFacts, KnownPerson, KnownPost, KnownUnit};
use super::plan::{self, Plan};
use super::sheet::Sheet;
use super::{parse, template};
use crate::error::ApiError;
use crate::ids::{PersonId, UnitId};
use crate::org::UnitKind;

/// Sheets by title, rows of text; the first row is the header.
type Sheets<'a> = Vec<(&'a str, Vec<Vec<&'a str>>)>;

const PEOPLE: &[&str] =
    &["姓名", "手机号", "党员身份", "所在党支部", "党小组", "流动", "外出日期", "挂钩联系人", "状态"];
const POSTS: &[&str] = &["姓名", "手机号后四位", "职务", "任职组织", "任职日期", "结束日期"];

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, 11, 1).expect("date")
}

fn workbook(sheets: &Sheets<'_>) -> Vec<u8> {
    let mut book = Workbook::new();
    for (title, rows) in sheets {
        let page = book.add_worksheet().set_name(*title).expect("title");
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                page.write_string(row, column, *cell).expect("cell");
            }
        }
    }
    book.save_to_buffer().expect("workbook")
}

fn sheet<'a>(header: &[&'a str], rows: &[&[&'a str]]) -> Vec<Vec<&'a str>> {
    std::iter::once(header).chain(rows.iter().copied()).map(<[&str]>::to_vec).collect()
}

/// A village with its branch, a committee, two members and one who is away.
fn village() -> Sheets<'static> {
    vec![
        (
            "组织",
            sheet(
                &["名称", "类别", "上级组织"],
                &[
                    &["第一党小组", "党小组", "第一党支部"],
                    &["第一党支部", "党支部", "三舍村党总支"],
                    &["三舍村党总支", "党总支", ""],
                    &["三舍村", "行政村", "三舍村党总支"],
                    &["三舍村村委会", "村委会", "三舍村"],
                ],
            ),
        ),
        (
            "人员",
            sheet(
                PEOPLE,
                &[
                    &["张\u{3000}三", "13800000001", "正式党员", "第一党支部", "第一党小组"],
                    &["李四", "13800000002", "正式党员", "第一党支部"],
                    &["王五", "", "预备党员", "第一党支部", "", "是", "2021年3月1日", "张三"],
                    &["赵六", "13800000004", "群众", ""],
                ],
            ),
        ),
        (
            "职务",
            sheet(
                POSTS,
                &[
                    &["张三", "", "党支部书记", "三舍村党总支/第一党支部", "2021/01/15"],
                    &["李四", "", "支部委员", "第一党支部", "2021-01-15"],
                    &["赵六", "", "村干部", "三舍村"],
                    &["李四", "0002", "党建办", "镇党委"],
                ],
            ),
        ),
        (
            "支部情况",
            sheet(
                &["党支部", "起始日期", "设支委会", "设党小组", "正式党员数"],
                &[&["第一党支部", "2021-10-01", "是", "是"]],
            ),
        ),
    ]
}

/// A town with nothing below it.
fn empty_town() -> Known {
    let town = KnownUnit {
        id: UnitId::new(),
        kind: UnitKind::Town,
        name: "图河镇".into(),
        parent: None,
        is_closed: false,
    };
    Known { units: vec![town], ..Known::default() }
}

fn index(phone: &str) -> Vec<u8> {
    phone.as_bytes().to_vec()
}

fn plan_on(known: &Known, bytes: Vec<u8>) -> Result<Plan, ApiError> {
    let roster = parse(bytes, today())?;
    plan::build(&roster.book, known, index, today(), roster.findings)
}

fn plan(sheets: &Sheets<'_>) -> Result<Plan, ApiError> {
    plan_on(&empty_town(), workbook(sheets))
}

/// `sheet row column` and the sentence of every problem.
fn problems(result: Result<Plan, ApiError>) -> Vec<(String, String)> {
    let error = result.expect_err("refused");
    assert_eq!(error.code, "org.roster_invalid", "{}", error.message);
    let details = error.details.expect("details");
    let listed = details["problems"].as_array().expect("a list").clone();
    let text = |problem: &serde_json::Value, key: &str| problem[key].as_str().unwrap_or("?").to_owned();
    listed
        .iter()
        .map(|problem| {
            let place = format!("{} {} {}", text(problem, "sheet"), problem["row"], text(problem, "column"));
            (place, text(problem, "problem"))
        })
        .collect()
}

/// One problem, there, saying that.
fn only(result: Result<Plan, ApiError>, place: &str, says: &str) {
    let found = problems(result);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, place, "{found:?}");
    assert!(found[0].1.contains(says), "{found:?}");
}

/// The register after a plan was written, as `apply` would.
fn written(known: &Known, plan: &Plan) -> Known {
    let mut after = known.clone();
    let nodes = &plan.tree.nodes;
    after.units.extend(nodes.iter().filter(|node| node.is_new).map(|node| KnownUnit {
        id: node.id,
        kind: node.kind,
        name: node.name.clone(),
        parent: node.parent.map(|parent| nodes[parent].id),
        is_closed: false,
    }));
    for person in plan.people.all.iter().filter(|person| person.row.is_some()) {
        let before = after.people.iter().position(|known| known.id == person.id);
        let kept = before.map(|at| after.people.remove(at)).and_then(|known| known.phone_index);
        after.people.push(KnownPerson {
            id: person.id,
            name: person.name.clone(),
            phone_index: person.phone.as_deref().map(index).or(kept),
            membership: person.membership.clone(),
            branch: person.branch,
            group: person.group,
            has_left: person.leaves,
        });
    }
    after.posts.extend(plan.posts.added.iter().map(|post| KnownPost {
        id: post.id,
        person: post.person,
        role: post.role,
        units: post.units.clone(),
        area: post.area.clone(),
        from_on: post.from_on,
        to_on: post.to_on,
    }));
    for change in &plan.posts.changed {
        let post = after.posts.iter_mut().find(|post| post.id == change.id).expect("post");
        (post.from_on, post.to_on) = (change.from_on, change.to_on);
    }
    after.away.retain(|away| !plan.away.returned.contains(&away.id));
    after.away.extend(plan.away.added.iter().map(|away| KnownAway {
        id: away.id,
        person: away.person,
        branch: away.branch,
        contact: away.contact,
        place: away.place.clone(),
        away_since: away.since,
    }));
    after.facts.extend(plan.facts.stated.iter().map(|stated| KnownFacts {
        unit: stated.unit,
        from_on: stated.from_on,
        facts: stated.facts.clone(),
    }));
    after
}

fn person(known: &Known, name: &str) -> PersonId {
    known.people.iter().find(|person| person.name == name).expect("person").id
}

mod matching;
mod reading;
mod refusing;
