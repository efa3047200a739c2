//! The operations of the API document, and asking one.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::table::Row;
use crate::world::{Answer, CLIENT, Person, World, sha256_hex};

/// One operation: `accept_record` is `POST /api/v1/records/{record}/accept`.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: Method,
    pub template: String,
}

/// What one call adds to its operation: the values of the path, and a body.
pub struct Ask {
    args: Vec<String>,
    query: String,
    body: Body,
}

enum Body {
    None,
    Json(Value),
    Photo(Vec<u8>),
    Sheet(Vec<u8>),
}

impl Ask {
    pub fn plain() -> Self {
        Self { args: Vec::new(), query: String::new(), body: Body::None }
    }

    /// The value of the path's only parameter.
    pub fn at(arg: &impl ToString) -> Self {
        Self { args: vec![arg.to_string()], ..Self::plain() }
    }

    /// One value after the path.
    pub fn query(name: &str, value: &str) -> Self {
        Self { query: format!("?{name}={value}"), ..Self::plain() }
    }

    /// Beside the value of the path.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.query = format!("?{name}={value}");
        self
    }

    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub fn sheet(bytes: &[u8]) -> Self {
        Self { body: Body::Sheet(bytes.to_vec()), ..Self::plain() }
    }

    pub fn photo(bytes: &[u8]) -> Self {
        Self { body: Body::Photo(bytes.to_vec()), ..Self::plain() }
    }
}

/// Every operation of the document, by its id.
pub fn operations() -> BTreeMap<String, Operation> {
    let document: Value = serde_json::from_str(&tuhe::server::document()).expect("the document is JSON");
    let mut found = BTreeMap::new();
    for (template, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str();
            let id = id.unwrap_or_else(|| panic!("{method} {template} has no operation id"));
            let method = method.to_uppercase().parse().expect("a method");
            let twice = found.insert(id.to_owned(), Operation { method, template: template.clone() });
            assert!(twice.is_none(), "two operations are called {id}");
        }
    }
    found
}

impl Operation {
    /// The operation of a row.
    pub fn of(row: &Row) -> Self {
        let found = operations().remove(row.id);
        found.unwrap_or_else(|| panic!("the API has no operation {}", row.id))
    }

    /// A GET changes nothing, and neither does a look at what a form would do.
    pub fn is_reading(&self) -> bool {
        self.method == Method::GET || self.template.ends_with("/preview")
    }

    fn path(&self, args: &[String]) -> String {
        let mut args = args.iter();
        let parts = self.template.split('/').map(|part| {
            if part.starts_with('{') {
                args.next().expect("a value for each parameter").as_str()
            } else {
                part
            }
        });
        let path = parts.collect::<Vec<_>>().join("/");
        assert!(args.next().is_none(), "{path} takes fewer values");
        path
    }

    /// Asks with whatever stands in the header `Authorization`.
    pub async fn ask(&self, world: &World, authorization: Option<&str>, ask: &Ask) -> Answer {
        let path = self.path(&ask.args) + &ask.query;
        let mut request = world.http.request(self.method.clone(), format!("{}{path}", world.base));
        request = request.header("X-Client", CLIENT);
        if let Some(value) = authorization {
            request = request.header("Authorization", value);
        }
        request = match &ask.body {
            Body::None => request,
            Body::Json(body) => request.json(body),
            Body::Photo(bytes) => {
                request.multipart(file(bytes, "photo.jpg").text("sha256", sha256_hex(bytes)))
            }
            Body::Sheet(bytes) => request.multipart(file(bytes, "roster.xlsx")),
        };
        Answer::of(format!("{} {path}", self.method), request.send().await.expect("an answer")).await
    }

    /// Asks as a person.
    pub async fn by(&self, person: &Person, ask: &Ask) -> Answer {
        let mut answer = self.ask(&person.world, Some(&format!("Bearer {}", person.token)), ask).await;
        answer.what = format!("{}: {}", person.name, answer.what);
        answer
    }
}

fn file(bytes: &[u8], name: &'static str) -> Form {
    Form::new().part("file", Part::bytes(bytes.to_vec()).file_name(name))
}
