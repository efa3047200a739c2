//! Golden requests (design D17): what a phone of schema 1 sends, as it was released, is understood for twelve months.
//! Only additions are made: a request once released is pinned by its hash.
//!
//! `$unit:石桥村` and the like stand for what differs from world to world; ids made by the phone stand as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::flow::owed;
use crate::house::root;
use crate::world::{Answer, Person, TEMPLATE, Town, World, jpeg, sha256_hex};

/// Every request of schema 1 and the SHA-256 of its file.
const SCHEMA_1: [(&str, &str); 15] = [
    ("01-photo", "ed7d385aecb81d9dad84aede2df64ec93758da64eecb8f84f9fef1c74919e250"),
    ("02-meeting", "e77453954042ab3f586f7f44206e7ed653e98dc83c841ecc8cfaf3a5d3007fdb"),
    ("03-sign-open", "664c98a10c72d83ba0b639996e097c91484c6d42852ef0ca5e930b3891118540"),
    ("04-sign-finish", "3e8f48e18647c72048022d493a52497b9f796c7b31284ca9815c4a823e00bd27"),
    ("05-survey", "81aec0baf7558f2b132b332fad907a632862abc3275ecc53d82da0e2c99c8267"),
    ("06-statement", "6a52460d3bcbcd38ae262c13f6d99acb5dd50d6f393feaf12cdc3c439787e308"),
    ("07-report", "06bc76f340746f904e95eb8e33b5c227824b6eed10e284f40d4f01c3d716eed4"),
    ("08-contact", "5ad786db20ca5a00e6ab79898b33638922f9e67373c56c7c180943a54c9c9dcc"),
    ("09-grants", "8da56b27a2c3dc91a4fce03115ddbea8d1f3c59703a9dce623d11633354c130d"),
    ("10-feedback", "29ba7be4c5f2cfacbb5c2b9e1733c48f975bebd24ee4aeed43c03b3dee29b9ef"),
    ("11-clerk-request", "450ff739aff090124b526c3ac8d04af153f081bb6714e4e52d20bd1ed030204b"),
    ("12-notices-read", "7b199b9ed99b6f14d8da390c48e8ab519ed1a3d5684920d9e7a3dd13b28dbf02"),
    ("13-quiet-hours", "49cf8ab6ce3e3e53f82231b7fc24a5202a5a2ad337ed67d1cb724b25f18b5c8f"),
    ("14-return", "102d328190614a9933607712a3149d2682f42132747140fe2a702ef83bfd0f25"),
    ("15-accept", "51d3fb75b6f46c4e0f53bc7b777e07aff675057858913fd704d5fb1082ee61d8"),
];

fn folder() -> PathBuf {
    root().join("tests/golden/schema-1")
}

#[test]
fn a_released_request_is_never_edited() {
    let entries = std::fs::read_dir(folder()).expect("the folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let stored: BTreeSet<String> = names.collect();
    let pinned: BTreeSet<String> = SCHEMA_1.iter().map(|(name, _)| format!("{name}.json")).collect();
    assert_eq!(stored, pinned, "a new request is pinned here, and none is taken away");
    for (name, hash) in SCHEMA_1 {
        let bytes = std::fs::read(folder().join(format!("{name}.json"))).expect("the request");
        assert_eq!(
            sha256_hex(&bytes),
            hash,
            "{name} was edited: phones that send it as it was are out there. Add a request instead"
        );
    }
}

/// One request, and what its answer must hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    r#as: String,
    method: String,
    path: String,
    client: String,
    body: Option<Value>,
    form: Option<Map<String, Value>>,
    answers: BTreeMap<String, Value>,
}

/// What the placeholders stand for.
struct Scene {
    town: Town,
    office: Person,
    people: BTreeMap<&'static str, Person>,
    photos: BTreeMap<String, Vec<u8>>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::on("2021-10-12").await;
        let town = Town::with_plan(&world).await;
        let office = town.office().await;
        let people = [
            ("cadre", town.cadre().await),
            ("secretary", town.secretary().await),
            ("committee_member", town.committee_member().await),
            ("away", town.away().await),
            ("office", office.clone()),
        ];
        Self { town, office, people: people.into(), photos: BTreeMap::new() }
    }

    fn photo(&mut self, name: &str) -> Vec<u8> {
        self.photos.entry(name.to_owned()).or_insert_with(jpeg).clone()
    }

    /// The text with what a placeholder stands for; a photo named has arrived before.
    async fn fill(&mut self, text: &str, by: &Person) -> String {
        let Some((kind, name)) =
            text.strip_prefix('$').map(|rest| rest.split_once(':').unwrap_or((rest, "")))
        else {
            return text.to_owned();
        };
        match kind {
            "unit" => self.town.unit(name),
            "person" => self.people[name].id.to_string(),
            "duty" => owed(&self.office, &self.town.unit("石桥村"), name, "2021-10-31").await,
            "template" => TEMPLATE.to_owned(),
            "photo" => by.uploads(&self.photo(name)).await,
            other => panic!("nothing is called ${other}"),
        }
    }

    /// The value with every placeholder filled in.
    async fn filled(&mut self, value: &Value, by: &Person) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text, by).await),
            Value::Array(items) => {
                let mut filled = Vec::new();
                for item in items {
                    filled.push(Box::pin(self.filled(item, by)).await);
                }
                Value::Array(filled)
            }
            Value::Object(fields) => {
                let mut filled = Map::new();
                for (name, field) in fields {
                    filled.insert(name.clone(), Box::pin(self.filled(field, by)).await);
                }
                Value::Object(filled)
            }
            plain => plain.clone(),
        }
    }

    async fn send(&mut self, golden: &Golden) -> Answer {
        let by = self.people[golden.r#as.as_str()].clone();
        let (world, method) = (&by.world, golden.method.parse().expect("a method"));
        let request = world.http.request(method, format!("{}{}", world.base, golden.path));
        let request = request.bearer_auth(&by.token).header("X-Client", &golden.client);
        let request = match (&golden.body, &golden.form) {
            (Some(body), None) => request.json(&self.filled(body, &by).await),
            (None, Some(fields)) => {
                let mut form = reqwest::multipart::Form::new();
                for (name, value) in fields {
                    let value = value.as_str().expect("a text");
                    form = if let Some(photo) = value.strip_prefix("$bytes:") {
                        let part = reqwest::multipart::Part::bytes(self.photo(photo)).file_name("photo.jpg");
                        form.part(name.clone(), part)
                    } else {
                        let photo = value.strip_prefix("$photo:").expect("a photo's hash");
                        form.text(name.clone(), sha256_hex(&self.photo(photo)))
                    };
                }
                request.multipart(form)
            }
            _ => panic!("{} has a body or a form", golden.path),
        };
        let what = format!("{} {} {}", golden.r#as, golden.method, golden.path);
        Answer::of(what, request.send().await.expect("an answer")).await
    }
}

#[tokio::test]
async fn what_a_released_phone_sends_is_understood_as_it_was_meant() {
    let mut scene = Scene::new().await;
    for (name, _) in SCHEMA_1 {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).expect("the request");
        let golden: Golden = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for again in [false, true] {
            let answer = scene.send(&golden).await;
            // A phone on a weak signal sends everything twice; a review names the version it has seen.
            if again && (golden.path.ends_with("/return") || golden.path.ends_with("/accept")) {
                answer.refuses(409, "review.not_waiting");
                continue;
            }
            let answer = answer.is(200);
            for (pointer, expected) in &golden.answers {
                let expected = if let Some(photo) = expected.as_str().and_then(|t| t.strip_prefix("$photo:"))
                {
                    Value::String(sha256_hex(&scene.photo(photo)))
                } else {
                    expected.clone()
                };
                let differs = again && pointer == "/existed";
                let found = answer.body.pointer(pointer);
                assert!(differs || found == Some(&expected), "{name}: {pointer} in {}", answer.body);
            }
        }
    }
}
