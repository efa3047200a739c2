//! A browser on a desk: keeps cookies, follows nothing by itself, sends forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::json;

use crate::world::{Person, World};

/// A page as it came.
pub struct Page {
    pub status: u16,
    pub text: String,
    pub bytes: Vec<u8>,
    /// Where it leads on.
    pub to: String,
    pub headers: reqwest::header::HeaderMap,
}

impl Page {
    #[track_caller]
    pub fn shows(self, words: &str) -> Self {
        assert!(self.status == 200 && self.text.contains(words), "{words}: {} {}", self.status, self.text);
        self
    }

    #[track_caller]
    pub fn hides(self, words: &str) -> Self {
        assert!(!self.text.contains(words), "{words} is shown: {}", self.text);
        self
    }

    #[track_caller]
    pub fn leads(self, to: &str) -> Self {
        assert_eq!((self.status, self.to.as_str()), (303, to), "{}", self.text);
        self
    }

    #[track_caller]
    pub fn refuses(self, status: u16, words: &str) -> Self {
        assert!(self.status == status && self.text.contains(words), "{words}: {} {}", self.status, self.text);
        self
    }

    /// The page's form as a browser would send it back untouched: names and values.
    #[track_caller]
    pub fn form(&self) -> Vec<(String, String)> {
        self.form_with("enctype=\"multipart/form-data\"")
    }

    /// The same of the form whose tag has these words.
    #[track_caller]
    pub fn form_with(&self, words: &str) -> Vec<(String, String)> {
        let start = self.text.find(words).expect("a form");
        let form = self.text[start..].split("</form>").next().expect("its end");
        let (mut fields, mut chosen) = (Vec::new(), String::new());
        for tag in form.split('<').skip(1) {
            let (head, rest) = tag.split_once('>').unwrap_or((tag, ""));
            let of = |name: &str| {
                head.split(&format!(" {name}=\""))
                    .nth(1)
                    .and_then(|rest| rest.split('"').next())
                    .unwrap_or("")
                    .to_owned()
            };
            match head.split(' ').next().expect("a name") {
                "input" if of("type") == "file" => {}
                "input" if of("type") == "checkbox" && !head.ends_with(" checked") => {}
                "input" => fields.push((of("name"), of("value"))),
                "textarea" => fields.push((of("name"), rest.to_owned())),
                "select" => {
                    chosen = of("name");
                    fields.push((chosen.clone(), String::new()));
                }
                "option" if head.ends_with(" selected") => {
                    fields.retain(|(name, _)| *name != chosen);
                    fields.push((chosen.clone(), of("value")));
                }
                _ => {}
            }
        }
        fields
    }

    /// The value of the first field of this name.
    #[track_caller]
    pub fn value(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split(&start).nth(1).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        rest.split('"').next().expect("a value").to_owned()
    }
}

pub struct Desk {
    world: Arc<World>,
    http: reqwest::Client,
    pub cookies: BTreeMap<String, String>,
}

impl Desk {
    pub fn new(world: &Arc<World>) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { world: Arc::clone(world), http, cookies: BTreeMap::new() }
    }

    /// A desk at which this person sits, by the code on its screen.
    pub async fn of(person: &Person) -> Self {
        let mut desk = Self::new(&person.world);
        let code = desk.code().await;
        person.post("/api/v1/me/desk", json!({ "code": code })).await.is(200);
        desk.get("/console/pair").await.leads("/console/");
        desk
    }

    /// Asks for a code and reads it off the screen.
    pub async fn code(&mut self) -> String {
        self.post("/console/login", &[]).await.leads("/console/pair");
        let page = self.get("/console/pair").await.shows("配对码");
        let shown = page.text.split("aria-label=\"配对码\">").nth(1).expect("a code");
        shown.split('<').next().expect("digits").to_owned()
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.world.base));
        self.send(request).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(form).expect("a form");
        let request = self.http.post(format!("{}{path}", self.world.base)).body(body);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request).await
    }

    /// Sends the roster's form.
    pub async fn uploads(&mut self, path: &str, form_key: &str, deed: &str, file: Vec<u8>) -> Page {
        let form = reqwest::multipart::Form::new()
            .text("form_key", form_key.to_owned())
            .text("deed", deed.to_owned())
            .part("file", reqwest::multipart::Part::bytes(file).file_name("名册.xlsx"));
        let request = self.http.post(format!("{}{path}", self.world.base)).multipart(form);
        self.send(request).await
    }

    /// Sends a form with its files: for each its field, its name and its bytes.
    pub async fn sends(
        &mut self,
        path: &str,
        fields: &[(String, String)],
        files: &[(&'static str, &'static str, Vec<u8>)],
    ) -> Page {
        let mut form = reqwest::multipart::Form::new();
        for (name, value) in fields {
            form = form.text(name.clone(), value.clone());
        }
        for (name, file, bytes) in files {
            form = form.part(*name, reqwest::multipart::Part::bytes(bytes.clone()).file_name(*file));
        }
        let request = self.http.post(format!("{}{path}", self.world.base)).multipart(form);
        self.send(request).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let kept: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, kept.join("; ")).send().await.expect("an answer");
        for set in response.headers().get_all(SET_COOKIE) {
            let set = set.to_str().expect("text");
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let headers = response.headers().clone();
        let to = headers.get(LOCATION).map(|to| to.to_str().expect("text").to_owned());
        let status = response.status().as_u16();
        let bytes = response.bytes().await.expect("a body").to_vec();
        Page {
            status,
            to: to.unwrap_or_default(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
            headers,
        }
    }
}
