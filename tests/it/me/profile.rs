//! Who I am, and what the product says of itself.

use serde_json::json;
use tuhe::config::Config;

use crate::flow::village;
use crate::world::{World, client, serve, settings};

#[tokio::test]
async fn a_cadre_reads_the_posts_the_units_and_what_may_be_done() {
    let (_, town, _, cadre) = village().await;
    let me = cadre.get("/api/v1/me").await.is(200);
    let me = me.field("/name", "李小禾").field("/town_name", "图河镇").field("/membership", "none");
    let unit = json!([{ "id": town.unit("石桥村"), "kind": "village", "name": "石桥村" }]);
    let post = json!([{ "role": "village_cadre", "label": "村干部", "units": unit }]);
    let me = me.field("/posts", post);
    assert!(me["branch"].is_null() && me["away"].is_null(), "{}", me.body);
    let may: Vec<&str> =
        me["may"].as_array().expect("a list").iter().filter_map(|one| one.as_str()).collect();
    assert!(may.contains(&"write_meeting") && may.contains(&"write_sign"), "{may:?}");
    for never in ["read_feedback", "write_org", "read_town_counts", "write_report"] {
        assert!(!may.contains(&never), "{may:?}");
    }
}

#[tokio::test]
async fn a_mobile_member_reads_the_branch_and_who_keeps_in_touch() {
    let (_, town, ..) = village().await;
    let away = town.away().await;
    let branch = json!({ "id": town.unit("石桥支部"), "name": "石桥支部" });
    let me =
        away.get("/api/v1/me").await.is(200).field("/membership", "full").field("/branch", branch.clone());
    let me = me.field("/away/contact_name", "王秀英").field("/away/branch", branch);
    let roles: Vec<_> = me["posts"].as_array().expect("posts").iter().map(|post| &post["role"]).collect();
    assert_eq!(roles, ["party_member", "mobile_member"]);
    assert_eq!(me["posts"][0]["units"][0]["name"], "石桥支部");
    assert!(me["may"].as_array().expect("a list").contains(&json!("write_report")));
}

#[tokio::test]
async fn the_product_says_who_answers_for_it_or_that_it_is_on_trial() {
    let world = World::on("2021-10-12").await;
    let about = async |base: &str| {
        let answer = client().get(format!("{base}/api/v1/about")).send().await.expect("an answer");
        answer.json::<serde_json::Value>().await.expect("JSON")
    };
    let told = about(&world.base).await;
    assert_eq!((&told["product"], &told["trial"]), (&json!("图河六项"), &json!(true)), "{told}");
    assert!(told["sponsor"].is_null() && told["version"].is_string(), "{told}");

    let folder = tempfile::tempdir().expect("a folder");
    let mut values = settings(&world.database, &world.wx.base_url(), folder.path());
    for (key, value) in [
        ("TUHE_SPONSOR", "图河镇党委"),
        ("TUHE_FILING_NUMBER", "某ICP备00000000号-1X"),
        ("TUHE_HELP_PHONE", "0000-1234567"),
    ] {
        values.insert(key.into(), value.into());
    }
    let mut app = world.app.clone();
    app.config = std::sync::Arc::new(Config::from_values(&values).expect("valid"));
    let (base, _stop) = serve(app).await;
    let told = about(&base).await;
    assert_eq!(
        told,
        json!({
            "product": "图河六项", "version": told["version"], "sponsor": "图河镇党委",
            "filing_number": "某ICP备00000000号-1X", "help_phone": "0000-1234567", "trial": false,
        })
    );
}
