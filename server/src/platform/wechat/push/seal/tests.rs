use cbc::cipher::BlockModeEncrypt as _;

use super::*;

const APPID: &str = "wxba5fad812f8e6fb9";
/// The published push (§1.8), whose padding is 19.
const PUBLISHED: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";

fn key() -> Key {
    Key::read(&"A".repeat(43)).expect("a key")
}

/// Seals plain text as it stands, padding and all.
fn seal(plain: &[u8]) -> String {
    let (key, mut sealed) = ([0; 32], plain.to_vec());
    let cipher = cbc::Encryptor::<Aes256>::new((&key).into(), key.first_chunk::<16>().expect("16").into());
    let length = sealed.len();
    cipher.encrypt_padded::<NoPadding>(&mut sealed, length).expect("whole blocks");
    STANDARD.encode(sealed)
}

/// The parts of a seal before padding.
fn parts(length: u32, message: &[u8], appid: &str) -> Vec<u8> {
    [b"0123456789abcdef", &length.to_be_bytes()[..], message, appid.as_bytes()].concat()
}

fn padded(mut plain: Vec<u8>) -> Vec<u8> {
    let pad = BLOCK - plain.len() % BLOCK;
    plain.extend(std::iter::repeat_n(u8::try_from(pad).expect("small"), pad));
    plain
}

#[test]
fn published_vectors() {
    let message = key().open(PUBLISHED, APPID).expect("opens");
    assert_eq!(
        String::from_utf8(message).expect("text"),
        r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#
    );
    let reply = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
    assert_eq!(key().open(reply, APPID).expect("opens"), br#"{"demo_resp":"good luck"}"#);
    assert_eq!(key().open(PUBLISHED, "wxba5fad812f8e6fb8"), None, "another's");
    assert_eq!(Key::read(&"B".repeat(43)).expect("a key").open(PUBLISHED, APPID), None, "another key");
}

#[test]
fn a_key_is_43_characters_whatever_the_two_bits_too_many_say() {
    let of = |last: &str| Key::read(&("A".repeat(42) + last)).expect("a key").open(PUBLISHED, APPID);
    assert!(of("A").is_some() && of("B").is_some() && of("D").is_some());
    assert!(of("E").is_none(), "a bit of the key itself");
    for bad in ["", "A", &"A".repeat(42), &"A".repeat(44), &("A".repeat(42) + "="), &"é".repeat(43)] {
        assert!(Key::read(bad).is_none(), "{bad}");
    }
    assert!(!format!("{:?}", key()).contains('0'));
}

#[test]
fn every_length_of_padding_opens() {
    let mut pads = std::collections::BTreeSet::new();
    for length in 0..64_u32 {
        let message = vec![b'x'; usize::try_from(length).expect("small")];
        let plain = padded(parts(length, &message, APPID));
        pads.insert(plain[plain.len() - 1]);
        assert_eq!(key().open(&seal(&plain), APPID), Some(message), "{length}");
    }
    assert_eq!(pads, (1..=32).collect());
}

#[test]
fn what_is_not_a_seal_of_ours_does_not_open() {
    let good = padded(parts(5, b"hello", APPID));
    assert!(key().open(&seal(&good), APPID).is_some());
    let end = |bytes: &[u8]| [&good[..good.len() - bytes.len()], bytes].concat();
    // 5 + 20 + 18 = 43: padded by 21 to 64.
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("padding 0", end(&[0])),
        ("padding 1", end(&[1])),
        ("padding 33", end(&[33])),
        ("padding 255", end(&[255])),
        ("one byte of padding wrong", end(&[&[20_u8][..], &[21; 20]].concat())),
        ("nothing but padding", vec![32; 32]),
        ("all padding", vec![32; 64]),
        ("length one less", padded(parts(4, b"hello", APPID))),
        ("length one more", padded(parts(6, b"hello", APPID))),
        ("length 0", padded(parts(0, b"hello", APPID))),
        ("the longest length", padded(parts(u32::MAX, b"hello", APPID))),
        ("no appid", padded(parts(5, b"hello", ""))),
        ("another appid", padded(parts(5, b"hello", "wxba5fad812f8e6fb8"))),
        ("a longer appid", padded(parts(5, b"hello", "wxba5fad812f8e6fb90"))),
        ("appid in front", padded(parts(5, b"hello", &format!("{APPID}x")))),
        ("head cut short", padded(b"0123456789abcdef\0\0".to_vec())),
        ("zeros", vec![0; 64]),
    ];
    for (what, plain) in table {
        assert_eq!(key().open(&seal(&plain), APPID), None, "{what}");
    }
    let sealed = seal(&good);
    for text in [
        "",
        "=",
        "not base64!",
        &sealed[..sealed.len() - 4],
        &sealed[4..],
        &format!("{sealed} "),
        &STANDARD.encode([7; 48]),
    ] {
        assert_eq!(key().open(text, APPID), None, "{text}");
    }
}

#[test]
fn a_flipped_bit_anywhere_is_survived() {
    let good = STANDARD.decode(PUBLISHED).expect("base64");
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        // Some still open: it is the signature that keeps them out.
        let _ = key().open(&STANDARD.encode(bad), APPID);
    }
}
