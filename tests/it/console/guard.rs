//! No form does anything without the key of the login its page was made for: every page of the table is tried.

use tuhe::console::{Needs, PAGES};

use super::Desk;
use super::rights::address;
use crate::flow::village;
use crate::world::World;

/// Everything the database holds, as one digest a table.
async fn everything(world: &World) -> Vec<(String, Option<String>)> {
    let tables: Vec<String> =
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public' order by 1")
            .fetch_all(&world.app.db)
            .await
            .expect("the tables");
    let mut all = Vec::new();
    for table in tables {
        let query = format!("select md5(string_agg(t::text, '/' order by t::text)) from \"{table}\" t");
        let digest: Option<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&world.app.db).await.expect("a digest");
        all.push((table, digest));
    }
    all
}

#[tokio::test]
async fn no_page_takes_a_form_without_its_logins_key() {
    let (world, town, office, _) = village().await;
    let (mut desk, mut older) = (Desk::of(&office).await, Desk::of(&office).await);
    let mut neighbour = Desk::of(&town.neighbour().await).await;
    let own = desk.get("/console/").await.value("form_key");
    let other_login = older.get("/console/").await.value("form_key");
    let foreign = neighbour.get("/console/").await.value("form_key");
    let before = everything(&world).await;
    let may = office.get("/api/v1/me").await.is(200).body["may"].clone();
    let may = |action| may.as_array().expect("a list").contains(&super::rights::name(action).into());
    let mut tried = 0;
    for page in PAGES.iter().filter(|page| page.needs != Needs::Nothing) {
        let opens = match page.needs {
            Needs::May(action) => may(action),
            Needs::Any(actions) => actions.iter().any(|action| may(*action)),
            Needs::Nothing | Needs::Login => true,
        };
        assert!(opens, "{} is tried by somebody who may open it", page.path);
        let path = address(page);
        for (key, words) in [
            (None, "页面已过期"),
            (Some(""), "页面已过期"),
            (Some("x"), "页面已过期"),
            (Some(foreign.as_str()), "页面已过期"),
            (Some(other_login.as_str()), "还没有保存"),
        ] {
            // Who leaves by a page of the login before leaves all the same: see below.
            if page.path == "/logout" && key == Some(other_login.as_str()) {
                continue;
            }
            let key: Vec<(&str, &str)> = key.iter().map(|key| ("form_key", *key)).collect();
            desk.post(&path, &key).await.refuses(403, words);
            // A page that reads files must ask for the key itself.
            let fields: Vec<(String, String)> =
                key.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let words = if page.uploads { words } else { "页面已过期" };
            let file = [("new-sheet", "签到.jpg", crate::world::jpeg())];
            desk.sends(&path, &fields, &file).await.refuses(403, words);
            tried += 1;
        }
        // A key that comes too late, behind what it should have let in.
        let late = [("deed".to_owned(), "import".to_owned()), ("form_key".to_owned(), own.clone())];
        desk.sends(&path, &late, &[]).await.refuses(403, "页面已过期");
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(before, everything(&world).await);
    // With its own key no form is refused for the key.
    for page in PAGES.iter().filter(|page| page.needs != Needs::Nothing && page.path != "/logout") {
        let answer = if page.uploads {
            desk.sends(&address(page), &[("form_key".to_owned(), own.clone())], &[]).await
        } else {
            desk.post(&address(page), &[("form_key", &own)]).await
        };
        assert!(!answer.text.contains("页面已过期"), "{}: {}", page.path, answer.text);
    }
}
