//! Files that are something else, that only say they are a photo, or that are two things at once.

use crate::{Fate, Sample, sound};

/// An ISO media file that begins with these brands.
fn media(major: [u8; 4], brands: &[u8], rest: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + brands.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], b"ftyp", &major, &[0; 4], brands, rest].concat()
}

pub fn samples() -> Vec<Sample> {
    [others(), boxes(), both()].concat()
}

fn others() -> Vec<Sample> {
    let filled = |start: &[u8]| [start, &[b' '; 600]].concat();
    let many = |what: &str| what.repeat(400).into_bytes();
    [
        ("nothing", Vec::new()),
        ("one byte", vec![0xff]),
        ("zeros", vec![0; 5_000]),
        ("ones", vec![0xff; 100_000]),
        ("a web page", many("<!doctype html><script>alert(1)</script>")),
        ("a drawing", many("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><image href='file:///etc/passwd'/></svg>")),
        ("an XML bomb", many("<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><svg>&d;</svg>")),
        ("a program for ImageMagick", many("push graphic-context\nimage over 0,0 0,0 'https://example.invalid/x.jpg\"|ls\"'\n")),
        ("PostScript", many("%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (r) file\n")),
        ("a document", filled(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3")),
        ("an archive", filled(b"PK\x03\x04\x14\0\0\0\x08\0")),
        ("a compressed file", filled(b"\x1f\x8b\x08\0\0\0\0\0\0\x03")),
        ("a program", filled(b"\x7fELF\x02\x01\x01")),
        ("a program for Windows", filled(b"MZ\x90\0\x03\0\0\0")),
        ("GIF", filled(b"GIF89a\x01\0\x01\0\x80\0\0")),
        ("GIF of 65,535 a side", filled(b"GIF87a\xff\xff\xff\xff\xf7\0\0")),
        ("a bitmap", filled(b"BM\x36\x58\x02\0\0\0\0\0\x36\0\0\0")),
        ("TIFF", filled(b"II*\0\x08\0\0\0\x01\0")),
        ("TIFF, the other way round", filled(b"MM\0*\0\0\0\x08\0\x01")),
        ("a camera's raw file", filled(b"II*\0\x10\0\0\0CR\x02\0")),
        ("Photoshop", filled(b"8BPS\0\x01\0\0\0\0\0\0\0\x03")),
        ("an icon", filled(b"\0\0\x01\0\x01\0\x10\x10")),
        ("JPEG 2000", filled(b"\0\0\0\x0cjP  \r\n\x87\n")),
        ("JPEG XL", filled(b"\0\0\0\x0cJXL \r\n\x87\n")),
        ("JPEG XL, bare", filled(b"\xff\x0a\xfa\x7f\x01\x90")),
        ("a sound", filled(b"RIFF\xff\xff\0\0WAVEfmt ")),
        ("a film", filled(b"RIFF\xff\xff\0\0AVI LIST")),
        ("Matroska", filled(b"\x1a\x45\xdf\xa3\xa3B\x86\x81")),
        ("OpenEXR", filled(b"\x76\x2f\x31\x01\x02\0\0\0")),
        ("radiance", filled(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n")),
        ("a farbfeld", filled(b"farbfeld\0\0\xff\xff\0\0\xff\xff")),
        ("a bitmap in letters", filled(b"P3\n99999 99999\n255\n")),
        ("a name for a photo", b"photo.jpg photo.jpg photo.jpg".to_vec()),
        ("a photo in letters", many("data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ")),
    ]
    .into_iter()
    .map(|(name, bytes)| Sample::new(format!("other: {name}"), bytes, Fate::Refused))
    .collect()
}

/// HEIC and its kin, made of nothing but boxes: none holds a picture.
fn boxes() -> Vec<Sample> {
    let boxed = |name: &[u8; 4], payload: &[u8]| {
        [&u32::try_from(payload.len() + 8).unwrap_or(u32::MAX).to_be_bytes()[..], name, payload].concat()
    };
    let mut samples = Vec::new();
    let mut add =
        |name: &str, bytes| samples.push(Sample::new(format!("boxes: {name}"), bytes, Fate::Refused));
    for major in [
        b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"avif", b"avis", b"isom", b"mp42", b"qt  ",
        b"crx ", b"jxl ",
    ] {
        let name = String::from_utf8_lossy(major).into_owned();
        add(&format!("{name}, and nothing more"), media(*major, b"", &[0; 64]));
        add(
            &format!("{name}, and empty boxes"),
            media(*major, b"mif1heic", &boxed(b"meta", &[0; 4]).repeat(50)),
        );
    }
    let deep = (0..2_000).fold(Vec::new(), |inner, _| boxed(b"meta", &[&[0; 4][..], &inner].concat()));
    add("two thousand boxes deep", media(*b"heic", b"mif1heic", &deep));
    add("a box of no length", media(*b"heic", b"mif1heic", b"\0\0\0\0meta\0\0\0\0"));
    add(
        "a box longer than the world",
        media(*b"heic", b"mif1heic", b"\0\0\0\x01meta\xff\xff\xff\xff\xff\xff\xff\xff"),
    );
    add("a box shorter than itself", media(*b"heic", b"mif1heic", b"\0\0\0\x04meta\0\0\0\0"));
    add(
        "the first box longer than the file",
        [b"\xff\xff\xff\xffftypheic\0\0\0\0mif1", &[0; 64][..]].concat(),
    );
    add("the first box of no length", [b"\0\0\0\0ftypheic\0\0\0\0mif1", &[0; 64][..]].concat());
    let places = boxed(b"iloc", &[&[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..], &[0xff; 400]].concat());
    add(
        "places of sixty-five thousand items",
        media(*b"heic", b"mif1heic", &boxed(b"meta", &[&[0; 4][..], &places].concat())),
    );
    samples
}

/// A photo to whom it may concern, and something else to others: the photo is taken, and its copies carry nothing of it.
fn both() -> Vec<Sample> {
    let [jpeg, png, webp] = sound();
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0 and so on PK\x05\x06\0\0\0\0";
    let page = b"<script>alert(document.cookie)</script>";
    let comment = crate::jpeg::segment(0xfe, page);
    let megabyte = vec![0; 1 << 20];
    let mut samples = Vec::new();
    for (name, file) in [("jpeg", &jpeg), ("png", &png), ("webp", &webp)] {
        for (what, tail) in [
            ("an archive", &zip[..]),
            ("a page", page),
            ("a megabyte of zeros", &megabyte[..]),
            ("a document", b"%PDF-1.7\n"),
        ] {
            let bytes = [file, tail].concat();
            samples.push(Sample::new(format!("both: {name} and {what}"), bytes, Fate::Taken));
            let bytes = [tail, file].concat();
            samples.push(Sample::new(format!("both: {what}, then {name}"), bytes, Fate::Refused));
        }
    }
    let bytes = [&jpeg[..2], &comment, &jpeg[2..]].concat();
    samples.push(Sample::new("both: a page in a comment", bytes, Fate::Taken));
    for (name, start, rest) in [
        ("jpeg as png", &png[..8], &jpeg),
        ("png as jpeg", &jpeg[..4], &png),
        ("webp as jpeg", &jpeg[..4], &webp),
    ] {
        samples.push(Sample::new(format!("both: {name}"), [start, rest].concat(), Fate::Refused));
    }
    samples
}
