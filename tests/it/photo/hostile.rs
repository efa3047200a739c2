//! Damaged and hostile files through the running server: each is answered with a photo or with a code, and it costs the
//! server nothing but the moment.

use futures_util::StreamExt as _;
use futures_util::stream;
use hostile::{Fate, Sample, corpus};

use crate::faults::program::{Program, present_world};
use crate::world::{Person, Town, jpeg, sha256_hex};

/// Uploads at once; fewer than are admitted, so that none is sent away.
const AT_ONCE: usize = 4;
/// What a third round of the same kinds may add to what the first two have left behind.
const GROWTH: u64 = 32 << 20;

/// Uploads; what is wrong with the answer, if anything.
async fn complaint(base: &str, person: &Person, sample: &Sample) -> Option<String> {
    let part = reqwest::multipart::Part::bytes(sample.bytes.clone()).file_name("photo.jpg");
    let form = reqwest::multipart::Form::new().part("file", part).text("sha256", sha256_hex(&sample.bytes));
    let request = person.world.http.post(format!("{base}/api/v1/photos")).bearer_auth(&person.token);
    let response = request.multipart(form).send().await.expect("an answer");
    let status = response.status().as_u16();
    let body: serde_json::Value = response.json().await.expect("JSON");
    let fine = match (status, sample.fate) {
        (200, fate) => fate != Fate::Refused,
        (422, fate) => {
            let coded = body["code"].as_str().is_some_and(|code| code.starts_with("photo."));
            let said = body["message"].as_str().is_some_and(|sentence| !sentence.is_ascii());
            fate != Fate::Taken && coded && said
        }
        _ => false,
    };
    (!fine).then(|| format!("{}: {status} {body}", sample.name))
}

async fn complaints(base: &str, person: &Person, samples: &[Sample]) -> Vec<String> {
    let answers =
        stream::iter(samples).map(|sample| complaint(base, person, sample)).buffer_unordered(AT_ONCE);
    answers.filter_map(std::future::ready).collect().await
}

#[tokio::test]
async fn five_hundred_hostile_files_are_each_answered_with_a_code_and_cost_no_memory() {
    let world = present_world().await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let program = Program::start(&world).await;
    let mut samples = corpus();
    assert!(samples.len() >= 500);
    let wrong = complaints(&program.base, &cadre, &samples).await;
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));

    // Twice more, each time as other files, which the town does not have yet: a byte more changes nothing about what they are.
    let mut memory = Vec::new();
    for _ in 0..2 {
        for sample in &mut samples {
            sample.bytes.push(0);
            sample.fate = Fate::Either;
        }
        let wrong = complaints(&program.base, &cadre, &samples).await;
        assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
        memory.push(program.memory());
    }
    let [before, after] = memory[..] else { panic!("two rounds") };
    assert!(before > 0 && after < before + GROWTH, "{before} bytes before, {after} after");

    let photo = jpeg();
    let sound = Sample { name: "sound".into(), bytes: photo, fate: Fate::Taken };
    assert_eq!(complaint(&program.base, &cadre, &sound).await, None);
    program.kill().await;
}
