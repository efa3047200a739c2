//! Originals read again: a disk may change what it holds without a word. Each one about once a month, slowly, by whichever
//! process has the turn; or all at once by `tuhe photos scrub`.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use super::super::{Hash, Size, key};
use super::remake::{is_whole, remade};
use super::sql::{self, Kept};
use crate::App;
use crate::ids::TownId;
use crate::platform::keys::sha256;
use crate::platform::{metrics, objects};

/// How long a photo is trusted after it was read.
const TRUST: TimeDelta = TimeDelta::days(30);
/// How long before one that was not right is looked at again: somebody may have put it back from the backup.
const DOUBT: TimeDelta = TimeDelta::days(1);
/// Photos read in one turn, every five seconds: two million a month, and no disk notices.
const TURN: i64 = 4;
/// Photos looked at together by the command.
const PAGE: i64 = 200;

/// An original that is not what was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rot {
    pub town: TownId,
    pub hash: Hash,
    /// Otherwise its bytes have changed, or cannot be read.
    pub is_missing: bool,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    pub read: usize,
    /// Whose copies were missing or broken, and are made anew.
    pub remade: usize,
    pub rotten: Vec<Rot>,
}

/// A turn of the background: what has not been read for longest, if it is a month; nothing where another process has the
/// turn.
pub async fn scrub_some(app: &App, now: DateTime<Utc>) -> anyhow::Result<Scrubbed> {
    let mut scrubbed = Scrubbed::default();
    let mut turn = app.db.begin().await?;
    if sql::take_turn(&mut turn).await? {
        let mut photos = sql::due(&mut turn, now - TRUST, TURN).await?;
        photos.append(&mut sql::rotten_due(&mut turn, now - DOUBT, TURN).await?);
        for photo in photos {
            look(app, &photo, now, &mut scrubbed).await?;
        }
    }
    turn.commit().await?;
    metrics::rotten_photos(sql::count_rotten(&app.db).await?);
    Ok(scrubbed)
}

/// Reads every original of a town, or of all.
pub async fn scrub(app: &App, town: Option<TownId>) -> anyhow::Result<Scrubbed> {
    let mut scrubbed = Scrubbed::default();
    let mut after = (uuid::Uuid::nil(), Vec::new());
    loop {
        let page = sql::all(&app.db, town.map(|town| town.0), (after.0, &after.1), PAGE).await?;
        let Some(last) = page.last() else { return Ok(scrubbed) };
        after = (last.town_id, last.hash.clone());
        for photo in &page {
            look(app, photo, app.clock.now(), &mut scrubbed).await?;
        }
    }
}

/// Reads one original and its copies, mends what can be mended and notes the rest.
async fn look(app: &App, photo: &Kept, now: DateTime<Utc>, scrubbed: &mut Scrubbed) -> anyhow::Result<()> {
    let Some(hash) = Hash::from_slice(&photo.hash) else { return Ok(()) };
    let town = TownId(photo.town_id);
    let state = read(app, town, hash).await?;
    scrubbed.read += 1;
    let is_rotten = state != State::Fine;
    if is_rotten {
        let rot = Rot { town, hash, is_missing: state == State::Missing };
        tracing::error!(%town, %hash, missing = rot.is_missing, "an original is not what was received");
        scrubbed.rotten.push(rot);
    } else if !copies_are_fine(app, town, hash, photo).await? {
        match remade(app, town, hash).await {
            Ok(_) => scrubbed.remade += 1,
            Err(error) => tracing::warn!(%error, %town, %hash, "copies could not be made anew"),
        }
    }
    sql::note_checked(&app.db, photo.town_id, &photo.hash, is_rotten, now).await?;
    Ok(())
}

#[derive(PartialEq, Eq)]
enum State {
    Fine,
    Missing,
    Changed,
}

/// A store that is away is an error; a disk that cannot read is rot.
async fn read(app: &App, town: TownId, hash: Hash) -> anyhow::Result<State> {
    match hashed(app, &key(town, hash, Size::Original)).await {
        Ok(None) => Ok(State::Missing),
        Ok(Some(found)) if found == hash.0 => Ok(State::Fine),
        Ok(Some(_)) => Ok(State::Changed),
        Err(error) if objects::is_away(&error) => Err(error.into()),
        Err(error) => {
            tracing::error!(%error, %town, %hash, "an original cannot be read");
            Ok(State::Changed)
        }
    }
}

/// The hash of an object, read piece by piece.
async fn hashed(app: &App, key: &str) -> std::io::Result<Option<[u8; 32]>> {
    let Some(length) = app.photos.len(key).await? else { return Ok(None) };
    let Some(mut reader) = app.photos.open_range(key, 0, length).await? else { return Ok(None) };
    let (mut digest, mut piece) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match reader.read(&mut piece).await? {
            0 => return Ok(Some(digest.finalize().into())),
            n => digest.update(&piece[..n]),
        }
    }
}

async fn copies_are_fine(app: &App, town: TownId, hash: Hash, photo: &Kept) -> anyhow::Result<bool> {
    for (size, known) in [(Size::Display, &photo.display_hash), (Size::Thumb, &photo.thumb_hash)] {
        let copy = app.photos.get(&key(town, hash, size)).await?;
        // Of one made before copies were noted, its shape has to do.
        let as_known = |copy: &[u8]| known.as_ref().is_none_or(|known| sha256(copy)[..] == known[..]);
        if !copy.is_some_and(|copy| is_whole(&copy) && as_known(&copy)) {
            return Ok(false);
        }
    }
    Ok(true)
}
