//! The roster import over HTTP: all or nothing, errors by row and column, the same file twice changes nothing.

use rust_xlsxwriter::Workbook;
use serde_json::Value;

use crate::world::{Answer, Person, Town, World};

pub type Rows<'a> = &'a [&'a [&'a str]];

/// A workbook of sheets, each with its rows; the first row holds the headers.
pub fn workbook(sheets: &[(&str, Rows<'_>)]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).expect("a sheet");
        for (row, cells) in (0..).zip(rows.iter()) {
            for (column, cell) in (0..).zip(cells.iter()) {
                sheet.write_string(row, column, *cell).expect("a cell");
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

const UNITS: Rows<'_> = &[
    &["名称", "类别", "上级组织"],
    &["南岸村党总支", "党总支", ""],
    &["南岸支部", "党支部", "南岸村党总支"],
    &["南岸村", "行政村", "南岸村党总支"],
];
const PEOPLE: Rows<'_> = &[
    &["姓名", "手机号", "党员身份", "所在党支部"],
    &["张立", "13800000001", "正式党员", "南岸支部"],
    &["赵敏", "13800000002", "群众", ""],
];
const POSTS: Rows<'_> =
    &[&["姓名", "职务", "任职组织"], &["张立", "党支部书记", "南岸支部"], &["赵敏", "村干部", "南岸村"]];

fn good() -> Vec<u8> {
    workbook(&[("组织", UNITS), ("人员", PEOPLE), ("职务", POSTS)])
}

pub async fn import(person: &Person, bytes: Vec<u8>) -> Answer {
    let part = reqwest::multipart::Part::bytes(bytes).file_name("名册.xlsx");
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = person.world.http.post(format!("{}/api/v1/org/roster", person.world.base));
    let response = request.bearer_auth(&person.token).multipart(form).send().await.expect("an answer");
    Answer::of(format!("{}: import", person.name), response).await
}

async fn names(office: &Person) -> Vec<String> {
    let page = office.get("/api/v1/people").await.is(200);
    let people = page["people"].as_array().cloned().unwrap_or_default();
    people.iter().filter_map(|person| person["name"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_roster_is_imported_once_and_the_same_file_again_changes_nothing() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let first = import(&office, good()).await.is(200);
    let found = names(&office).await;
    assert!(found.contains(&"张立".to_owned()) && found.contains(&"赵敏".to_owned()), "{first:?} {found:?}");
    let again = import(&office, good()).await.is(200);
    let added: Vec<&Value> =
        again.body.as_object().expect("counts").values().filter_map(|c| c.get("added")).collect();
    assert!(!added.is_empty() && added.iter().all(|n| **n == 0), "{again:?}");
    assert_eq!(found.len(), names(&office).await.len());
}

#[tokio::test]
async fn one_bad_cell_refuses_the_whole_file_and_says_where() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let before = names(&office).await;
    let posts: Rows<'_> = &[&["姓名", "职务", "任职组织"], &["张立", "党支部书记", "没有的支部"]];
    let answer = import(&office, workbook(&[("组织", UNITS), ("人员", PEOPLE), ("职务", posts)])).await;
    let answer = answer.refuses(422, "org.roster_invalid");
    let problem = answer.body.pointer("/details/problems/0").expect("a problem").clone();
    assert_eq!((problem["sheet"].as_str(), problem["row"].as_i64()), (Some("职务"), Some(2)), "{problem}");
    assert_eq!(problem["column"].as_str(), Some("任职组织"), "{problem}");
    assert_eq!(before, names(&office).await, "nothing was written");
}

#[tokio::test]
async fn two_imports_at_once_leave_one_roster() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let (one, two) = tokio::join!(import(&office, good()), import(&office, good()));
    assert!(one.status == 200 || two.status == 200, "{one:?} {two:?}");
    for answer in [&one, &two] {
        assert!(matches!(answer.status, 200 | 409), "{answer:?}");
    }
    let found = names(&office).await;
    assert_eq!(found.iter().filter(|name| *name == "张立").count(), 1, "{found:?}");
}

#[tokio::test]
async fn only_the_office_imports_and_only_a_workbook() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (office, secretary) = (town.office().await, town.village_secretary().await);
    import(&secretary, good()).await.is(404);
    import(&office, b"not a workbook".to_vec()).await.refuses(422, "org.roster_not_xlsx");
    let request =
        world.http.get(format!("{}/api/v1/org/roster-template", world.base)).bearer_auth(&office.token);
    let template = request.send().await.expect("an answer").bytes().await.expect("bytes");
    let empty = import(&office, template.to_vec()).await;
    assert!(empty.status == 200, "the template itself is a sound workbook: {empty:?}");
}
