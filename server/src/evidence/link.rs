//! Signed links: the phone's `<image>` sends no header, so the link itself is the permission, for a short while.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use subtle::ConstantTimeEq;

use super::{Hash, Size};
use crate::ids::TownId;
use crate::platform::keys::Keys;

/// A link lives one to two of these; within one it does not change, so that a phone's cache can keep the picture.
const STEP: i64 = 15 * 60;

/// Where a photo can be seen, for the next quarter of an hour at least.
#[derive(Debug, Clone, Object)]
pub struct Links {
    /// 1600 px.
    pub display: String,
    /// 320 px.
    pub thumb: String,
}

/// Links to both copies of a photo.
pub fn links(keys: &Keys, town: TownId, hash: Hash, now: DateTime<Utc>) -> Links {
    Links {
        display: link(keys, town, hash, Size::Display, now),
        thumb: link(keys, town, hash, Size::Thumb, now),
    }
}

fn link(keys: &Keys, town: TownId, hash: Hash, size: Size, now: DateTime<Utc>) -> String {
    let until = (now.timestamp() / STEP + 2) * STEP;
    let path = path(town, hash, size);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(keys.link_signature(&format!("{path}?{until}")));
    format!("{path}?until={until}&sig={signature}")
}

fn path(town: TownId, hash: Hash, size: Size) -> String {
    let size = if size == Size::Thumb { "320" } else { "1600" };
    format!("/photos/{town}/{hash}/{size}")
}

/// Whether a link is ours and still holds.
pub(super) fn holds(
    keys: &Keys,
    (town, hash, size): (TownId, Hash, Size),
    until: i64,
    signature: &str,
    now: DateTime<Utc>,
) -> bool {
    let expected = keys.link_signature(&format!("{}?{until}", path(town, hash, size)));
    let given = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    bool::from(expected.ct_eq(&given)) && now.timestamp() < until
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_link_is_stable_for_a_while_and_then_dies() {
        let folder = tempfile::tempdir().expect("folder");
        let keys = Keys::load_or_create(&folder.path().join("k.toml")).expect("keys");
        let (town, hash) = (TownId(Uuid::nil()), Hash([7; 32]));
        let at = |seconds| DateTime::from_timestamp(1_700_000_100_i64 + seconds, 0).expect("time");
        let url = link(&keys, town, hash, Size::Thumb, at(0));
        assert_eq!(url, link(&keys, town, hash, Size::Thumb, at(60)));
        let (_, query) = url.split_once("?until=").expect("until");
        let (until, signature) = query.split_once("&sig=").expect("sig");
        let until: i64 = until.parse().expect("number");
        assert!(holds(&keys, (town, hash, Size::Thumb), until, signature, at(14 * 60)));
        assert!(!holds(&keys, (town, hash, Size::Thumb), until, signature, at(31 * 60)));
        assert!(!holds(&keys, (town, hash, Size::Display), until, signature, at(0)));
        assert!(!holds(&keys, (town, Hash([8; 32]), Size::Thumb), until, signature, at(0)));
        assert!(!holds(&keys, (town, hash, Size::Thumb), until + 900, signature, at(0)));
    }
}
