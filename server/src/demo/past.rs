//! What the demo's people have done before anybody looks: an accepted meeting, one returned, a sign found and not
//! cleared yet. Entered over HTTP, as their phones would, once per data folder.

use std::io::Cursor;

use anyhow::Context;
use chrono::{NaiveDate, TimeDelta};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use uuid::Uuid;

use super::people::Login;
use super::tour::post;
use crate::platform::keys::sha256;

/// A demo person's phone.
struct Phone<'a> {
    http: &'a reqwest::Client,
    base: &'a str,
    token: &'a str,
}

impl Phone<'_> {
    async fn sends(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        post(self.http, &format!("{}/api/v1/{path}", self.base), Some(self.token), body).await
    }

    async fn reads(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.http.get(format!("{}/api/v1/{path}", self.base)).bearer_auth(self.token);
        let text = request.send().await?.error_for_status()?.text().await?;
        serde_json::from_str(&text).with_context(|| format!("{path}: {text}"))
    }

    /// Uploads a picture of one colour; gives its hash.
    async fn uploads(&self, colour: [u8; 3]) -> anyhow::Result<String> {
        let bytes = picture(colour)?;
        let hash = hex::encode(sha256(&bytes));
        let part = reqwest::multipart::Part::bytes(bytes).file_name("photo.jpg");
        let form = reqwest::multipart::Form::new().part("file", part).text("sha256", hash.clone());
        let request = self.http.post(format!("{}/api/v1/photos", self.base)).bearer_auth(self.token);
        request.multipart(form).send().await?.error_for_status()?;
        Ok(hash)
    }

    /// The id of a unit of theirs, by its name.
    async fn unit(&self, name: &str) -> anyhow::Result<Value> {
        let units = self.reads("units").await?;
        let found = units.as_array().and_then(|units| units.iter().find(|unit| unit["name"] == name));
        Ok(found.with_context(|| format!("the demo town has no {name}"))?["id"].clone())
    }

    /// The common part of a record with one photo.
    async fn record(
        &self,
        unit: &Value,
        day: NaiveDate,
        slot: &str,
        colour: [u8; 3],
    ) -> anyhow::Result<Value> {
        Ok(json!({
            "id": Uuid::now_v7(), "version_id": Uuid::now_v7(), "unit_id": unit, "happened_on": day,
            "entry_channel": "phone", "photos": [{ "slot": slot, "hash": self.uploads(colour).await? }],
        }))
    }
}

/// Enters all of it, unless something has been entered before.
pub async fn enter(
    http: &reqwest::Client,
    base: &str,
    logins: &[Login],
    today: NaiveDate,
) -> anyhow::Result<()> {
    let phone = |shell: &str| {
        let login = logins.iter().find(|login| login.shell == shell).context("nobody of that name")?;
        Ok::<_, anyhow::Error>(Phone { http, base, token: &login.token })
    };
    let (office, secretary, cadre) = (phone("OFFICE")?, phone("LI")?, phone("CADRE")?);
    if office.reads("records").await?["records"] != json!([]) {
        return Ok(());
    }
    let branch = secretary.unit("石桥村第一党支部").await?;
    let held = |record: Value, kind: &str, topic: &str, minutes: &str| {
        json!({
            "record": record, "types": [kind], "place": "石桥村党群服务中心", "host": "李卫国", "recorder": "王秀英",
            "topic": topic, "expected": 4, "present": 3, "absent": [{ "name": "孙远", "reason": "流动党员外出" }],
            "minutes": minutes,
        })
    };
    let record = secretary.record(&branch, today - TimeDelta::days(6), "meeting", [150, 90, 70]).await?;
    let meeting = held(record, "committee", "商量本月工作", "商量了本月排查标牌和集中学习的安排。");
    let sent = secretary.sends("meetings", &meeting).await?;
    let id = sent["record_id"].as_str().context("no receipt")?;
    office.sends(&format!("records/{id}/accept"), &json!({ "version": sent["current_version"] })).await?;
    let record = secretary.record(&branch, today - TimeDelta::days(3), "sheet", [210, 200, 180]).await?;
    let meeting = held(record, "general", "学习和讨论", "传达学习上级文件精神,讨论困难党员帮扶名单。");
    let sent = secretary.sends("meetings", &meeting).await?;
    let id = sent["record_id"].as_str().context("no receipt")?;
    let reason = json!({ "version": sent["current_version"], "reason": "签到表拍得不全,请补拍整张" });
    office.sends(&format!("records/{id}/return"), &reason).await?;
    let village = cadre.unit("石桥村").await?;
    let record = cadre.record(&village, today - TimeDelta::days(1), "before", [60, 110, 160]).await?;
    let sign = json!({ "record": record, "place": "outside", "text": "某某服务站", "finding": "off_list" });
    cadre.sends("signs", &sign).await?;
    Ok(())
}

/// A picture with a frame, so that it is seen to be one.
fn picture(colour: [u8; 3]) -> anyhow::Result<Vec<u8>> {
    let picture = RgbImage::from_fn(800, 600, |x, y| {
        let inside = (60..740).contains(&x) && (60..540).contains(&y);
        if inside { Rgb(colour) } else { Rgb([235, 235, 230]) }
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
