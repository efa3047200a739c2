//! The first version of a record, which most submissions are. Everything about it is known before it is written: it is
//! judged first, then written whole.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::complete::Standing;
use super::fulfil::{self, Sorted};
use super::photos::Named;
use super::receipt::{Receipt, State};
use super::sql_first::{self, First};
use super::submit::{id_reused, log, receipt};
use super::{Submission, complete, sql};
use crate::error::{ApiResult, OnConstraint};
use crate::identity::Caller;
use crate::platform::clock;

/// Keeps the first version of a record nobody else is making, and says what it counts for. `former`: written under a post just left, so it waits for the secretary's word.
pub(super) async fn keep(
    tx: &mut PgConnection,
    caller: &Caller,
    sent: &Submission,
    hash: &[u8],
    former: bool,
    now: DateTime<Utc>,
) -> ApiResult<Receipt> {
    let Sorted { counted, not_counted } = fulfil::sort(tx, caller, sent, clock::today(now)).await?;
    let photos = Named::of(tx, caller.town, sent).await?;
    let record = sql::Stands {
        version_id: sent.version.0,
        state: State::AwaitingPhotos.name().into(),
        received_at: now,
        completed_at: None,
        needs_confirmation: former,
        unfinished: sent.unfinished,
        missing: photos.missing(),
        short: photos.short(sent.photos_needed, counted.iter().map(|link| link.photos)),
    };
    let (state, completed_at) = complete::moved_on(&record, now);
    let first = First { hash, state, completed_at, former, photos: &photos, links: &counted };
    sql_first::insert(tx, caller, sent, &first, now).await.on_constraint("record_version_pkey", id_reused)?;
    if complete::counts(state, completed_at, former) {
        let links: Vec<_> =
            counted.iter().filter(|link| !link.extra).map(|link| (link.duty, link.verdict)).collect();
        complete::fulfil(tx, caller.town, sent.id, &links, now, now).await?;
    }
    log(tx, caller, sent, "record.submitted", json!({ "version": 1, "duties": sent.duties.len() }), now)
        .await?;
    // What another record is to an extra is told by its row.
    let duties = if counted.iter().any(|link| link.extra) {
        sql::record_duties(tx, caller.town, sent.id).await?
    } else {
        counted
            .into_iter()
            .map(|link| sql::RecordDuty {
                duty: link.duty,
                verdict: link.verdict,
                extra: false,
                extra_of: None,
            })
            .collect()
    };
    Ok(receipt(sent, Standing { record, state, duties }, not_counted))
}
