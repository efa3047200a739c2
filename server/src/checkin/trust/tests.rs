use serde_json::json;

use super::*;

const DEED: (i32, u32, u32) = (2021, 10, 20);

fn deed(kind: Kind) -> Deed {
    Deed { kind, happened_on: NaiveDate::from_ymd_opt(DEED.0, DEED.1, DEED.2).expect("a date") }
}

/// A photo as the database gives it, with these fields otherwise.
fn photo(slot: &str, fields: Value) -> Stored {
    let mut whole = json!({
        "slot": slot, "hash": "aa", "source": "camera", "taken_at": null, "captured_at": null, "has_exif": true,
        "format": "jpg", "width": 1200, "height": 1600, "software": null, "shrunk": null, "twins": [],
    });
    let Value::Object(fields) = fields else { panic!("fields") };
    whole.as_object_mut().expect("an object").extend(fields);
    stored(json!([whole])).pop().expect("one photo")
}

fn told(kind: Kind, photo: &Stored) -> Vec<(String, bool)> {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = Keys::load_or_create(&folder.path().join("keys.toml")).expect("keys");
    let facts = facts(deed(kind), photo, &keys, TownId(uuid::Uuid::nil()), DateTime::UNIX_EPOCH);
    assert_eq!(needs_a_look(deed(kind), std::slice::from_ref(photo)), facts.iter().any(|fact| fact.look));
    facts.into_iter().map(|fact| (fact.code, fact.look)).collect()
}

fn twin(hash: &str, detail: i16) -> Value {
    let record = json!({ "record_id": uuid::Uuid::nil(), "kind": "meeting", "unit_name": "柳荫支部",
        "happened_on": "2021-09-10", "state": "accepted" });
    json!({ "hash": hash, "detail": detail, "same_record": false, "record": record })
}

#[test]
fn a_day_far_from_the_deed_is_told_and_needs_a_look_where_it_cannot_be() {
    for (slot, captured, expected) in [
        ("meeting", "2021-10-20T09:00:00", None),
        ("meeting", "2021-10-17T09:00:00", None),
        ("meeting", "2021-10-16T23:59:59", Some(("taken_before", true))),
        ("sheet", "2021-10-03T09:00:00", Some(("taken_before", true))),
        ("before", "2021-10-03T09:00:00", Some(("taken_before", false))),
        ("after", "2021-10-03T09:00:00", Some(("taken_before", true))),
        ("meeting", "2021-10-24T00:00:00", Some(("taken_after", true))),
        ("sheet", "2021-10-30T09:00:00", Some(("taken_after", false))),
        ("meeting", "2021-10-23T23:00:00", None),
    ] {
        let photo = photo(slot, json!({ "captured_at": captured }));
        let expected: Vec<_> = expected.iter().map(|(code, look)| ((*code).to_owned(), *look)).collect();
        assert_eq!(told(Kind::Meeting, &photo), expected, "{slot} {captured}");
    }
}

#[test]
fn the_sentence_names_both_days() {
    let exif = photo("meeting", json!({ "captured_at": "2021-10-03T09:00:00" }));
    let fact = taken(deed(Kind::Meeting), &exif).expect("a fact");
    assert_eq!(fact.text, "照片记的拍摄时间是2021年10月3日,会议日期是2021年10月20日。");
    let phone = photo("after", json!({ "taken_at": "2021-10-03T09:00:00+08:00" }));
    let fact = taken(deed(Kind::Sign), &phone).expect("a fact");
    assert_eq!(fact.text, "手机记的拍摄时间是2021年10月3日,办理日期是2021年10月20日。");
}

#[test]
fn when_an_album_photo_was_picked_says_nothing_of_when_it_was_taken() {
    let picked = json!({ "taken_at": "2021-10-03T09:00:00+08:00", "source": "album" });
    assert_eq!(told(Kind::Meeting, &photo("meeting", picked)), []);
    for odd in ["", "昨天", "2021-13-40T00:00:00+08:00", "2021年10月3日上午九点零三分"] {
        assert_eq!(told(Kind::Meeting, &photo("meeting", json!({ "taken_at": odd }))), [], "{odd}");
    }
}

#[test]
fn a_copy_drawn_on_the_phone_is_not_blamed_for_what_drawing_takes_away() {
    for (shrunk, expected) in [(Some(false), vec!["no_exif"]), (Some(true), vec![]), (None, vec![])] {
        let photo = photo("meeting", json!({ "has_exif": false, "shrunk": shrunk }));
        let codes: Vec<_> = told(Kind::Meeting, &photo).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, expected, "{shrunk:?}");
    }
}

#[test]
fn the_shape_of_a_phones_screen_is_told_and_takes_nothing_out_of_what_is_accepted_at_once() {
    for (format, width, height, has_exif, screen) in [
        ("jpg", 738, 1600, false, true),
        ("jpg", 720, 1600, false, true),
        ("jpg", 738, 1600, true, false),
        ("jpg", 1200, 1600, false, false),
        ("jpg", 900, 1600, false, false),
        ("png", 1080, 1920, false, true),
        ("png", 1200, 1600, false, false),
        ("jpg", 1600, 738, false, false),
        ("jpg", 200, 1600, false, false),
    ] {
        let fields = json!({ "format": format, "width": width, "height": height, "has_exif": has_exif });
        let expected = if screen { vec![("screenshot".to_owned(), false)] } else { vec![] };
        assert_eq!(told(Kind::Statement, &photo("other", fields)), expected, "{format} {width}x{height}");
    }
}

#[test]
fn an_editor_is_told_from_a_phones_own_firmware() {
    for (software, edited) in [
        ("Adobe Photoshop CC 2015 (Windows)", true),
        ("Snapseed 2.0", true),
        ("美图秀秀", true),
        ("PicsArt", true),
        ("GIMP 2.10.30", true),
        ("Adobe Photoshop Lightroom 5.7", true),
        ("HDR+ 1.0.126161355r", false),
        ("MediaTek Camera Application", false),
        ("15.0.2", false),
        ("G9350ZHU2APJ3", false),
    ] {
        let expected = if edited { vec![("edited".to_owned(), false)] } else { vec![] };
        let found = told(Kind::Meeting, &photo("meeting", json!({ "software": software })));
        assert_eq!(found, expected, "{software}");
    }
}

#[test]
fn another_record_is_named_as_far_as_it_may_be_seen() {
    let text = |photo: &Stored| alike(photo, &photo.twins[0], None).text;
    let same = photo("meeting", json!({ "twins": [twin("aa", 0)] }));
    assert_eq!(text(&same), "同一张照片也用在柳荫支部2021年9月10日的会议记录里(已通过)。");
    let saved = photo("meeting", json!({ "twins": [twin("bb", 16)] }));
    assert_eq!(text(&saved), "像是柳荫支部2021年9月10日的会议记录里那张照片另存的(已通过),请对照着看。");
    let like = photo("meeting", json!({ "twins": [twin("bb", 17)] }));
    assert_eq!(text(&like), "和柳荫支部2021年9月10日的会议记录里的一张照片很像(已通过),请对照着看。");
    let mut hidden = twin("aa", 0);
    hidden["record"] = Value::Null;
    let hidden = photo("meeting", json!({ "twins": [hidden] }));
    assert_eq!(text(&hidden), "镇里另一条记录也用了这张照片,那条记录不在您能看的范围内,可以请党建办核对。");
    let mut itself = twin("aa", 0);
    itself["same_record"] = true.into();
    assert_eq!(text(&photo("after", json!({ "twins": [itself] }))), "清理前和清理后用的是同一张照片。");
}

#[test]
fn sheets_of_one_form_are_alike_and_only_a_copy_of_one_is_told() {
    let twins = |detail| json!({ "twins": [twin("bb", detail)] });
    assert_eq!(told(Kind::Meeting, &photo("sheet", twins(40))), []);
    assert_eq!(told(Kind::Meeting, &photo("sheet", twins(16))), [("alike".into(), true)]);
    assert_eq!(told(Kind::Meeting, &photo("meeting", twins(40))), [("alike".into(), true)]);
}

#[test]
fn of_many_twins_the_first_are_named_and_the_rest_counted() {
    let many: Vec<Value> = (0..8).map(|_| twin("aa", 0)).collect();
    let photo = photo("meeting", json!({ "twins": many }));
    let codes: Vec<String> = told(Kind::Meeting, &photo).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes.iter().filter(|code| *code == "alike").count(), 1);
    assert_eq!(codes.len(), MOST + 1);
}
