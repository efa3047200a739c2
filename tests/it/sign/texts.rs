//! Texts read before, so that nobody types.

use serde_json::{Value, json};

use crate::flow::{case, village};
use crate::world::{Person, Town};

async fn texts(by: &Person, village: &str) -> Value {
    by.get(&format!("/api/v1/signs/texts?village={village}")).await.is(200).body
}

#[tokio::test]
async fn what_was_read_before_comes_back_most_frequent_first_with_its_usual_finding() {
    let (world, town, _, cadre) = village().await;
    let (here, next) = (town.unit("石桥村"), town.unit("柳荫村"));
    assert_eq!(texts(&cadre, &here).await, json!([]), "nothing is invented");
    let neighbour = town.neighbour().await;
    for (by, village, text, finding) in [
        (&cadre, &here, "某某工作站", "off_list"),
        (&neighbour, &next, "农家乐", "advertisement"),
        (&neighbour, &next, "农家乐", "advertisement"),
        (&cadre, &here, "农家乐", "unsure"),
    ] {
        let mut sent = case(by, village, "2021-10-12", "outside", finding).await;
        sent["text"] = json!(text);
        by.post("/api/v1/signs", sent).await.is(200);
    }
    let read = texts(&cadre, &here).await;
    let expected = json!([
        { "text": "农家乐", "finding": "advertisement", "times": 3 },
        { "text": "某某工作站", "finding": "off_list", "times": 1 },
    ]);
    assert_eq!(read, expected);
    let path = format!("/api/v1/signs/texts?village={next}");
    cadre.get(&path).await.refuses(404, "access.not_found");
    let there = Town::empty(&world, "bitown").await.cadre().await;
    there.get(&path).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn no_more_than_a_person_looks_through() {
    let (_, town, _, cadre) = village().await;
    let here = town.unit("石桥村");
    for n in 0..32 {
        let mut sent = case(&cadre, &here, "2021-10-12", "inside", "unsure").await;
        sent["text"] = json!(format!("牌子{n:02}"));
        cadre.post("/api/v1/signs", sent).await.is(200);
    }
    assert_eq!(texts(&cadre, &here).await.as_array().map(Vec::len), Some(30));
}
