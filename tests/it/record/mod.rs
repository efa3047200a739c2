//! Records whatever their kind: repeats, versions, photos that come later, extras.

mod extra;
mod late_photos;
mod merge;
mod repeat;
mod versions;
mod view;
