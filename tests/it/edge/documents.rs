//! The OpenAPI document and its page come from the binary and from nowhere else.

use serde_json::Value;

use super::send;
use crate::world::World;

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods");
            methods.iter().map(move |(method, operation)| (path.clone(), method.clone(), operation.clone()))
        })
        .collect()
}

#[tokio::test]
async fn the_document_is_served_to_anybody_and_names_every_operation() {
    let world = World::on("2021-10-12").await;
    let answer = send(world.http.get(format!("{}/api/v1/openapi.json", world.base))).await.is(200);
    assert_eq!(answer.body, serde_json::from_str::<Value>(&tuhe::server::document()).expect("JSON"));
    let operations = operations(&answer.body);
    assert!(operations.len() > 30, "{}", operations.len());
    let mut names = std::collections::BTreeSet::new();
    for (path, method, operation) in &operations {
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
        assert!(names.insert(name.to_owned()), "two operations are called {name}");
        assert!(operation["summary"].is_string(), "{method} {path} says nothing of itself");
        assert_ne!(method, "patch", "phones have no PATCH");
    }
}

/// poem-openapi binds path parameters by position: two of one type could be swapped and nobody would see. No route has
/// two; the first that does needs ids of two types and a test of its own that swaps them.
#[test]
fn no_operation_has_two_path_parameters() {
    let document: Value = serde_json::from_str(&tuhe::server::document()).expect("JSON");
    let mut with_one = 0;
    for (path, method, _) in operations(&document) {
        let parameters = path.matches('{').count();
        assert!(parameters < 2, "{method} {path}");
        with_one += parameters;
    }
    assert!(with_one > 10, "the count sees parameters");
}

#[tokio::test]
async fn the_page_of_the_document_fetches_nothing_from_elsewhere() {
    let world = World::on("2021-10-12").await;
    let page = send(world.http.get(format!("{}/docs", world.base))).await.is(200);
    let page = page.body.as_str().expect("a page").to_owned();
    assert!(page.contains("SwaggerUIBundle") && page.contains("issue_bind_code"), "the page is whole");
    for outside in
        ["src=\"http", "src='http", "src=\"//", "href=\"http", "href='http", "href=\"//", "@import"]
    {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test]
async fn answers_are_compressed_for_who_asks() {
    let world = World::on("2021-10-12").await;
    let path = format!("{}/api/v1/openapi.json", world.base);
    let plain = world.http.get(&path).send().await.expect("an answer");
    assert!(!plain.headers().contains_key("content-encoding"));
    let plain = plain.bytes().await.expect("a body").len();
    let packed = world.http.get(&path).header("Accept-Encoding", "gzip").send().await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.expect("a body").len();
    assert!(packed * 4 < plain, "{packed} of {plain}");
}
