//! EXIF that runs in circles, points outside, counts to four thousand million. The picture around it is sound, and stays a
//! photo whatever its EXIF says.

use crate::jpeg::segment;
use crate::{Fate, Sample, picture};

/// An entry of a TIFF directory: tag, kind, count, value or offset.
type Entry = (u16, u16, u32, u32);

fn directory(entries: &[Entry], next: u32) -> Vec<u8> {
    let mut bytes = u16::try_from(entries.len()).unwrap_or(u16::MAX).to_le_bytes().to_vec();
    for (tag, kind, count, value) in entries {
        bytes.extend(
            [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()]
                .concat(),
        );
    }
    bytes.extend(next.to_le_bytes());
    bytes
}

fn tiff(rest: &[u8]) -> Vec<u8> {
    [b"II*\0\x08\0\0\0", rest].concat()
}

const ORIENTATION: u16 = 0x0112;
const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;
const TAKEN: u16 = 0x9003;

pub fn samples() -> Vec<Sample> {
    let sound = picture(image::ImageFormat::Jpeg);
    files()
        .into_iter()
        .map(|(name, exif)| {
            // As long as a segment may be, and no longer.
            let exif = &exif[..exif.len().min(65_000)];
            let segment = segment(0xe1, &[b"Exif\0\0", exif].concat());
            let bytes = [&sound[..2], &segment, &sound[2..]].concat();
            Sample::new(format!("exif: {name}"), bytes, Fate::Taken)
        })
        .collect()
}

fn files() -> Vec<(String, Vec<u8>)> {
    let one = |entry: Entry, next| tiff(&directory(&[entry], next));
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("a directory after itself".into(), one((ORIENTATION, 3, 1, 6), 8)),
        ("a directory within itself".into(), one((EXIF, 4, 1, 8), 0)),
        ("positions within positions".into(), one((GPS, 4, 1, 8), 8)),
        ("two directories in a circle".into(), {
            let first = directory(&[(EXIF, 4, 1, 26)], 26);
            tiff(&[first, directory(&[(EXIF, 4, 1, 8)], 8)].concat())
        }),
        ("a chain of four thousand".into(), {
            let links = (1_u32..4_000).flat_map(|n| directory(&[], 8 + 6 * n));
            tiff(&links.collect::<Vec<_>>())
        }),
        (
            "sixty-five thousand entries".into(),
            tiff(&[&[0xff; 2][..], &[0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0].repeat(5_000)].concat()),
        ),
        (
            "big-endian letters, little-endian numbers".into(),
            [b"MM*\0", &one((ORIENTATION, 3, 1, 6), 0)[4..]].concat(),
        ),
        ("of no known order".into(), [b"XX*\0", &one((ORIENTATION, 3, 1, 6), 0)[4..]].concat()),
        ("nothing".into(), Vec::new()),
        (
            "a time of sixty thousand letters".into(),
            [one((TAKEN, 2, 60_000, 26), 0), vec![b'2'; 60_000]].concat(),
        ),
    ];
    for offset in [0, 1, 7, 9, 25, 1_000, 65_535, 0x7fff_ffff, 0xffff_fff0, u32::MAX] {
        files.push((
            format!("first directory at {offset}"),
            [b"II*\0", &u32::to_le_bytes(offset)[..], &[0; 40]].concat(),
        ));
        files.push((format!("next directory at {offset}"), one((ORIENTATION, 3, 1, 6), offset)));
        files.push((format!("the time at {offset}"), one((TAKEN, 2, 20, offset), 0)));
    }
    for kind in (0..=16).chain([255, 65_535]) {
        for count in [0, 1, 0x4000_0000, u32::MAX] {
            files.push((
                format!("{count} orientations of kind {kind}"),
                one((ORIENTATION, kind, count, 6), 0),
            ));
        }
    }
    for value in [0, 9, 255, 65_535] {
        files.push((format!("orientation {value}"), one((ORIENTATION, 3, 1, value), 0)));
    }
    for time in [
        "0000:00:00 00:00:00",
        "9999:99:99 99:99:99",
        "2021:02:30 25:61:61",
        "    :  :     :  :  ",
        "\u{0}\u{0}\u{0}\u{0}2021-10-10 08:0",
        "二〇二一年十",
    ] {
        let text = [time.as_bytes(), &[0; 24]].concat();
        files.push((
            format!("taken at {}", time.escape_default()),
            [one((TAKEN, 2, 20, 26), 0), text].concat(),
        ));
    }
    files
}
