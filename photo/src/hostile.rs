//! Damaged and hostile files, and whatever chance makes of files: each becomes a photo or a refusal, never a panic.
//!
//! The targets run their stored corpus and some thousand inputs of chance with every test run;
//! `BOLERO_RANDOM_ITERATIONS` asks for more.

use std::sync::LazyLock;

use hostile::{Fate, Sample, corpus};

use super::{Format, MAX_BYTES, derive, exif, header, sniff};

#[test]
fn every_hostile_file_is_a_photo_or_a_refusal_as_it_should_be() {
    let mut wrong = Vec::new();
    for Sample { name, bytes, fate } in corpus() {
        let made = std::panic::catch_unwind(|| derive(&bytes));
        let Ok(made) = made else {
            wrong.push(format!("{name}: a panic"));
            continue;
        };
        match (fate, &made) {
            (Fate::Taken, Err(refusal)) => wrong.push(format!("{name}: {refusal}")),
            (Fate::Refused, Ok(_)) => wrong.push(format!("{name}: taken")),
            _ => {}
        }
        if let Ok(derived) = made {
            for copy in [derived.display, derived.thumb] {
                assert!(image::load_from_memory(&copy).is_ok(), "{name}: the copy cannot be read");
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

static SOUND: LazyLock<[Vec<u8>; 3]> = LazyLock::new(hostile::sound);

/// Bytes of chance behind the beginning of a sound file, or of nothing, so that chance gets past the first look.
fn start(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let start = match kind % 8 {
        0 => &SOUND[0][..20],
        1 => &SOUND[1][..33],
        2 => &SOUND[2][..20],
        3 => b"\xff\xd8\xff\xe1\xff\xffExif\0\0II*\0\x08\0\0\0",
        4 => b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        _ => b"",
    };
    [start, bytes].concat()
}

#[test]
fn exif_of_chance() {
    bolero::check!().with_type::<(u8, Vec<u8>)>().for_each(|(kind, bytes)| {
        exif::read(&start(*kind, bytes));
    });
}

#[test]
fn first_bytes_of_chance() {
    bolero::check!().with_type::<(u8, Vec<u8>)>().for_each(|(kind, bytes)| {
        let bytes = start(*kind, bytes);
        if let Ok(format) = sniff(&bytes) {
            // What the header walk lets through is within the limits, whatever it was made of.
            if let Ok(header) = header::check(&bytes, format) {
                assert!(header.width > 0 && header.height > 0);
            }
        }
    });
}

/// A sound file with changes of chance: where, and what stands there now.
fn changed((kind, changes): &(u8, Vec<(u16, u8)>)) -> Vec<u8> {
    let mut bytes = SOUND[usize::from(kind % 3)].clone();
    for (at, value) in changes.iter().take(24) {
        let at = usize::from(*at) % bytes.len();
        bytes[at] = *value;
    }
    bytes
}

#[test]
fn pictures_changed_by_chance() {
    bolero::check!().with_type::<(u8, Vec<(u16, u8)>)>().for_each(|input| {
        let bytes = changed(input);
        assert!(bytes.len() < MAX_BYTES);
        if let Ok(derived) = derive(&bytes) {
            assert!(derived.display.starts_with(b"\xff\xd8") && derived.thumb.starts_with(b"\xff\xd8"));
            assert!(matches!(derived.format, Format::Jpeg | Format::Png | Format::Webp));
        }
    });
}
