use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::fulfil::Link;
use super::photos::Named;
use super::receipt::State;
use super::{PhotoClaim, Submission};
use crate::identity::Caller;

/// What a first version brings beside what was sent.
pub struct First<'a> {
    pub hash: &'a [u8],
    pub state: State,
    pub completed_at: Option<DateTime<Utc>>,
    pub former: bool,
    pub photos: &'a Named,
    pub links: &'a [Link],
}

/// The record, its first version, the photos it names and the duties it is for, at once.
pub async fn insert(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    first: &First<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let of = |field: fn(&PhotoClaim) -> String| sent.photos.iter().map(field).collect::<Vec<_>>();
    let slots = of(|photo| photo.slot.to_owned());
    let hashes: Vec<Vec<u8>> = sent.photos.iter().map(|photo| photo.hash.0.to_vec()).collect();
    let claims: Vec<Value> = sent.photos.iter().map(|photo| photo.claims.clone()).collect();
    let here: Vec<bool> = sent.photos.iter().map(|photo| first.photos.has(photo.hash)).collect();
    let duties: Vec<Uuid> = first.links.iter().map(|link| link.duty.0).collect();
    let parts: Vec<String> = first.links.iter().map(|link| link.part().to_owned()).collect();
    let verdicts: Vec<String> = first.links.iter().map(|link| link.verdict.name().to_owned()).collect();
    sqlx::query!(
        "with new as (
             insert into record (town_id, id, kind, unit_id, happened_on, received_at, completed_at, state, writer_id,
                                 entered_for, entry_channel, version_id, version_no, facts, needs_confirmation,
                                 unfinished, photos_needed)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15, $16)
             returning town_id, id, version_id
         ), version as (
             insert into record_version (town_id, id, record_id, no, content_hash, content, client, writer_id, received_at)
             select town_id, version_id, id, 1, $17, $18, $19, $9, $6 from new
         ), photo as (
             insert into record_photo (town_id, record_id, slot, hash, version_id, position, claims, arrived)
             select new.town_id, new.id, t.slot, t.hash, new.version_id, t.position::integer, t.claims, t.arrived
             from new, unnest($20::text[], $21::bytea[], $22::jsonb[], $23::boolean[])
                 with ordinality as t (slot, hash, claims, arrived, position)
             on conflict do nothing
         )
         insert into record_duty (town_id, record_id, duty_id, part, verdict, judged_at)
         select new.town_id, new.id, t.duty, t.part, t.verdict, $6
         from new, unnest($24::uuid[], $25::text[], $26::text[]) as t (duty, part, verdict)",
        caller.town.0,
        sent.id.0,
        sent.kind.name(),
        sent.unit.id.0,
        sent.happened_on,
        now,
        first.completed_at,
        first.state.name(),
        caller.person.0,
        sent.entered_for.map(|person| person.0),
        sent.channel.name(),
        sent.version.0,
        sent.facts,
        first.former,
        sent.unfinished,
        i32::try_from(sent.photos_needed).unwrap_or(i32::MAX),
        first.hash,
        sent.content,
        sent.client.text,
        &slots,
        &hashes,
        &claims,
        &here,
        &duties,
        &parts,
        &verdicts,
    )
    .execute(tx)
    .await?;
    Ok(())
}
