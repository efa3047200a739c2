//! Photos in pieces: what has been acknowledged is there, what was cut off goes on, and in the end it is a photo like any.

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tuhe::evidence;
use tuhe::org::Role;

use super::tus::{Tus, header, metadata, sha256_of, tries_to_begin};
use crate::flow::village;
use crate::world::{Person, Town, World, common, jpeg, sha256_hex};

async fn count(world: &World, table: &str) -> i64 {
    let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(query).fetch_one(&world.app.db).await.expect("counted")
}

/// Pieces that lie in the store of a folder.
fn pieces(world: &World, town: &Town) -> usize {
    let folder = world.app.config.var.join("photos").join(town.id.to_string()).join("uploads");
    let Ok(uploads) = std::fs::read_dir(folder) else { return 0 };
    uploads.map(|upload| std::fs::read_dir(upload.expect("a folder").path()).expect("pieces").count()).sum()
}

/// A record may name it: it has arrived.
async fn has_arrived(person: &Person, town: &Town, photo: &[u8]) {
    let record = common(&town.unit("石桥村"), "2021-10-12", &[], &[("before", &sha256_hex(photo))]);
    let sign = serde_json::json!({
        "record": record, "place": "outside", "text": "某某工作站", "finding": "off_list"
    });
    person.post("/api/v1/signs", sign).await.is(200).field("/missing", serde_json::json!([]));
}

#[tokio::test]
async fn a_photo_comes_in_pieces_and_goes_on_where_it_was_cut_off() {
    let (world, town, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    let first = tus.sends(0, &photo[..1000]).await.is(204);
    assert_eq!(header(&first, "upload-offset"), "1000");
    assert_eq!(header(&first, "tus-resumable"), "1.0.0");
    assert_eq!(count(&world, "photo").await, 0);
    // The phone was put away, and asks how far it was.
    let standing = tus.head().await.is(200);
    assert_eq!(header(&standing, "upload-offset"), "1000");
    assert_eq!(header(&standing, "upload-length"), photo.len().to_string());
    assert_eq!(header(&standing, "cache-control"), "no-store");
    assert_eq!(header(&standing, "upload-expires"), "Tue, 19 Oct 2021 01:00:00 GMT");
    let last = tus.goes_on(&photo, 700).await.is(204);
    assert_eq!(header(&last, "upload-offset"), photo.len().to_string());
    has_arrived(&cadre, &town, &photo).await;
    assert_eq!(pieces(&world, &town), 0);
    assert_eq!(count(&world, "upload_part").await, 0);
    cadre.tries_to_upload(&photo, &sha256_hex(&photo)).await.is(200).field("/existed", true);
}

#[tokio::test]
async fn a_phone_without_patch_and_head_says_what_it_means() {
    let (_, town, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    let post = |meant: &'static str| tus.request(Method::POST).header("X-HTTP-Method-Override", meant);
    let typed = |offset: usize| {
        let piece = post("PATCH").header("Upload-Offset", offset);
        piece.header("Content-Type", "application/offset+octet-stream")
    };
    tus.send(typed(0).body(photo[..500].to_vec())).await.is(204);
    assert_eq!(header(&tus.send(post("HEAD")).await.is(200), "upload-offset"), "500");
    tus.send(typed(500).body(photo[500..].to_vec())).await.is(204);
    has_arrived(&cadre, &town, &photo).await;
    let other = Tus::begins(&cadre, &jpeg()).await;
    let delete = other.request(Method::POST).header("X-HTTP-Method-Override", "DELETE");
    other.send(delete).await.is(204);
    other.head().await.is(404);
    tus.send(tus.request(Method::POST)).await.refuses(405, "request.method");
}

#[tokio::test]
async fn the_last_answer_may_be_lost_and_is_given_again() {
    let (world, _, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    tus.goes_on(&photo, photo.len()).await.is(204);
    for _ in 0..2 {
        assert_eq!(tus.offset().await, photo.len());
        tus.sends(photo.len(), &[]).await.is(204);
    }
    tus.sends(0, &photo).await.refuses(409, "upload.offset").field("/details/offset", photo.len());
    assert_eq!(count(&world, "photo").await, 1);
    assert_eq!(count(&world, "audit_entry where action = 'photo.received'").await, 1);
}

#[tokio::test]
async fn two_phones_with_the_same_upload_do_not_mix_their_pieces() {
    let (world, town, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    let other = tus.with(&cadre);
    for step in photo.chunks(photo.len() / 5 + 1) {
        let at = tus.offset().await;
        let (one, two) = tokio::join!(tus.sends(at, step), other.sends(at, step));
        let mut codes = [one.status, two.status];
        codes.sort_unstable();
        assert_eq!(codes, [204, 409], "{} {}", one.body, two.body);
    }
    has_arrived(&cadre, &town, &photo).await;
    assert_eq!(count(&world, "photo").await, 1);
    // And both may say at once that it is all there.
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    tus.sends(0, &photo[..10]).await.is(204);
    let again = Tus::begins(&cadre, &photo).await;
    assert_eq!(again.path, tus.path, "begun twice, and still one");
    let ends = (tus.sends(10, &photo[10..]), again.sends(10, &photo[10..]));
    let (one, two) = tokio::join!(ends.0, ends.1);
    assert!(one.status == 204 || two.status == 204, "{} {}", one.body, two.body);
    assert_eq!(count(&world, "photo").await, 2);
}

#[tokio::test]
async fn a_piece_that_was_spoilt_or_does_not_fit_moves_nothing() {
    let (_, _, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    let spoilt = tus.piece(0, &photo[..100]).header("Upload-Checksum", sha256_of(b"another"));
    tus.send(spoilt).await.refuses(460, "upload.checksum");
    let sha1 = tus.piece(0, b"abc").header("Upload-Checksum", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    let unknown = tus.piece(0, b"abc").header("Upload-Checksum", "md5 kAFQmDzST7DWlj99KOF/cg==");
    tus.send(unknown).await.refuses(400, "upload.checksum_algorithm");
    tus.sends(1, &photo[1..100]).await.refuses(409, "upload.offset");
    tus.sends(0, &[&photo[..], b"!"].concat()).await.refuses(400, "upload.too_long");
    let form = tus.request(Method::PATCH).header("Upload-Offset", 0).header("Content-Type", "image/jpeg");
    tus.send(form.body("x")).await.refuses(415, "upload.media_type");
    let nowhere = tus.request(Method::PATCH).header("Content-Type", "application/offset+octet-stream");
    tus.send(nowhere.body("x")).await.refuses(400, "upload.header");
    let large = tus.piece(0, &vec![7; evidence::upload::PIECE + 1]);
    tus.send(large).await.refuses(413, "limit.too_large");
    assert_eq!(tus.offset().await, 0);
    tus.send(sha1).await.is(204);
    assert_eq!(tus.offset().await, 3);
}

#[tokio::test]
async fn what_the_whole_turns_out_to_be_is_judged_as_in_one_request_and_ends_the_upload() {
    let (world, town, _, cadre) = village().await;
    let text = "会议记录:今天学习了文件。".repeat(20).into_bytes();
    let tus = Tus::begins(&cadre, &text).await;
    tus.goes_on(&text, 100).await.refuses(422, "photo.not_a_photo");
    tus.head().await.is(404);
    let (declared, sent) = (jpeg(), jpeg());
    let length = sent.len().to_string();
    let begun = tries_to_begin(&cadre, &world.base, &length, &metadata(&declared)).await.is(201);
    let tus = Tus { person: &cadre, base: world.base.clone(), path: header(&begun, "location") };
    tus.goes_on(&sent, 1000).await.refuses(422, "photo.hash_mismatch");
    tus.head().await.is(404);
    assert_eq!((count(&world, "upload").await, pieces(&world, &town)), (0, 0));
    assert_eq!(count(&world, "photo").await, 0);
}

#[tokio::test]
async fn a_beginning_says_what_will_come() {
    let (world, town, _, cadre) = village().await;
    let photo = jpeg();
    let begin =
        async |length: &str, metadata: &str| tries_to_begin(&cadre, &world.base, length, metadata).await;
    begin("many", &metadata(&photo)).await.refuses(400, "upload.header");
    begin("10", "").await.refuses(400, "photo.hash_malformed");
    let most = world.app.config.photo_max_bytes + 1;
    begin(&most.to_string(), &metadata(&photo)).await.refuses(413, "limit.too_large");
    begin("99999999999999", &metadata(&photo)).await.refuses(413, "limit.too_large");
    let old = world.http.post(format!("{}/api/v1/uploads", world.base)).bearer_auth(&cadre.token);
    let old = crate::world::Answer::of("old".into(), old.send().await.expect("an answer")).await;
    assert_eq!(header(&old.refuses(412, "upload.version"), "tus-version"), "1.0.0");
    let able = world.http.request(Method::OPTIONS, format!("{}/api/v1/uploads", world.base));
    let able =
        crate::world::Answer::of("options".into(), able.send().await.expect("an answer")).await.is(204);
    assert_eq!(header(&able, "tus-extension"), "creation,checksum,expiration,termination");
    assert_eq!(header(&able, "tus-checksum-algorithm"), "sha1,sha256");
    assert_eq!(header(&able, "tus-max-size"), world.app.config.photo_max_bytes.to_string());
    // A town without room says so before a byte is sent.
    let mut db = world.app.db.acquire().await.expect("a connection");
    evidence::set_limit(&mut db, town.id, Some(1)).await.expect("set");
    begin("10", &metadata(&photo)).await.refuses(507, "photo.quota");
    evidence::set_limit(&mut db, town.id, None).await.expect("set");
    for _ in 0..20 {
        Tus::begins(&cadre, &jpeg()).await;
    }
    let many = begin("10", &metadata(&photo)).await.refuses(429, "upload.too_many");
    assert_eq!(header(&many, "retry-after"), "60");
}

#[tokio::test]
async fn it_is_for_who_may_upload_and_each_has_their_own() {
    let (world, town, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    let inspector = town.person("督导员", Role::Inspector, &["图河镇"]).await;
    let begun = tries_to_begin(&inspector, &world.base, "10", &metadata(&photo)).await;
    begun.refuses(403, "access.forbidden");
    let east = Town::empty(&world, "east").await;
    for other in [town.secretary().await, town.neighbour().await, east.cadre().await, inspector] {
        let theirs = tus.with(&other);
        theirs.head().await.is(404);
        let piece = theirs.sends(0, &photo).await;
        assert!(piece.status == 404 || piece.status == 403, "{} answered {}", piece.what, piece.body);
        theirs.send(theirs.request(Method::DELETE)).await.refuses(404, "access.not_found");
    }
    let mut stranger = cadre.clone();
    stranger.token = "nobody".into();
    tus.with(&stranger).head().await.is(401);
    tus.with(&stranger).sends(0, &photo).await.refuses(401, "identity.login_required");
    tries_to_begin(&stranger, &world.base, "10", &metadata(&photo))
        .await
        .refuses(401, "identity.login_required");
    for id in ["x", "0190b1f4-0000-7000-8000-000000000000"] {
        let nothing = Tus { person: &cadre, base: world.base.clone(), path: format!("/api/v1/uploads/{id}") };
        nothing.sends(0, &photo).await.refuses(404, "access.not_found");
    }
    assert_eq!(tus.offset().await, 0);
    // The same photo on its way from two people is two uploads, and one photo.
    let secretary = town.secretary().await;
    let theirs = Tus::begins(&secretary, &photo).await;
    assert_ne!(theirs.path, tus.path);
    tus.goes_on(&photo, photo.len()).await.is(204);
    theirs.goes_on(&photo, photo.len()).await.is(204);
    assert_eq!(count(&world, "photo").await, 1);
}

#[tokio::test]
async fn an_upload_left_lying_ends_after_a_week_and_leaves_nothing() {
    let (world, town, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    tus.sends(0, &photo[..100]).await.is(204);
    world.move_to("2021-10-19 08:59");
    assert_eq!(evidence::sweep(&world.app, world.now()).await.expect("swept").uploads, 0);
    tus.sends(100, &photo[100..200]).await.is(204);
    assert_eq!(pieces(&world, &town), 2);
    world.move_to("2021-10-19 09:00");
    tus.head().await.is(410);
    tus.sends(200, &photo[200..]).await.refuses(410, "upload.expired");
    assert_eq!(evidence::sweep(&world.app, world.now()).await.expect("swept").uploads, 1);
    assert_eq!((count(&world, "upload").await, pieces(&world, &town)), (0, 0));
    tus.head().await.is(404);
    // The phone begins anew.
    Tus::begins(&cadre, &photo).await.goes_on(&photo, photo.len()).await.is(204);
}

#[tokio::test]
async fn a_line_that_breaks_in_a_piece_keeps_what_came_before() {
    let (world, town, _, cadre) = village().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    let address = world.base.strip_prefix("http://").expect("an address");
    let mut line = tokio::net::TcpStream::connect(address).await.expect("connected");
    let head = format!(
        "PATCH {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        tus.path,
        cadre.token,
        photo.len(),
    );
    line.write_all(head.as_bytes()).await.expect("written");
    line.write_all(&photo[..photo.len() / 2]).await.expect("written");
    line.shutdown().await.expect("hung up");
    let _ = line.read_to_end(&mut Vec::new()).await;
    let mut offset = 0;
    for _ in 0..200 {
        offset = tus.offset().await;
        if offset > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(offset, photo.len() / 2);
    tus.goes_on(&photo, photo.len()).await.is(204);
    has_arrived(&cadre, &town, &photo).await;
}

#[tokio::test]
async fn a_bucket_holds_the_pieces_as_a_folder_does() {
    let (world, bucket) = World::with_bucket("2021-10-12 09:00").await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let photo = jpeg();
    let tus = Tus::begins(&cadre, &photo).await;
    tus.sends(0, &photo[..1000]).await.is(204);
    let folder = bucket.path_of(&format!("{}/uploads", town.id));
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1);
    tus.goes_on(&photo, 900).await.is(204);
    has_arrived(&cadre, &town, &photo).await;
    assert_eq!(count(&world, "upload_part").await, 0);
}
