//! The seal of secure and compatible push mode (wechat.md §1.8, §4 H2), from the platform's side: sealing, and nothing of
//! opening, written out over the bare block cipher so that it shares nothing with whoever opens.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use anyhow::ensure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// PKCS#7 to 32 bytes, not to the cipher's 16.
const BLOCK: usize = 32;

/// The settings that seal and sign: an attacker who lacks one of them makes a `Seal` with another in its place.
#[derive(Clone, Debug)]
pub struct Seal {
    pub token: String,
    pub appid: String,
    key: [u8; 32],
}

impl Seal {
    /// `encoding_aes_key` is the 43 characters of the settings page.
    pub fn new(token: &str, encoding_aes_key: &str, appid: &str) -> anyhow::Result<Self> {
        ensure!(encoding_aes_key.len() == 43, "an EncodingAESKey has 43 characters");
        Ok(Self { token: token.to_owned(), appid: appid.to_owned(), key: key_of(encoding_aes_key)? })
    }

    /// `Encrypt` of a message.
    pub fn seal(&self, message: &[u8]) -> String {
        let random: [u8; 16] = rand::random();
        self.encrypt(&padded(&self.inside(random, message)))
    }

    /// What is sealed, before padding: 16 bytes, the length, the message, the appid.
    pub fn inside(&self, random: [u8; 16], message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        [&random[..], &length.to_be_bytes(), message, self.appid.as_bytes()].concat()
    }

    /// Cipher block chaining under the key, from the key's own first half on; whole blocks only, the rest is left out.
    pub fn encrypt(&self, plain: &[u8]) -> String {
        let cipher = Aes256::new(&self.key.into());
        let mut previous = [0; 16];
        previous.copy_from_slice(&self.key[..16]);
        let mut sealed = Vec::with_capacity(plain.len());
        for block in plain.chunks_exact(16) {
            for (before, byte) in previous.iter_mut().zip(block) {
                *before ^= byte;
            }
            let mut block = previous.into();
            cipher.encrypt_block(&mut block);
            previous = block.into();
            sealed.extend_from_slice(&previous);
        }
        STANDARD.encode(sealed)
    }

    /// `msg_signature`: the four, sorted and joined.
    pub fn signature(&self, timestamp: &str, nonce: &str, encrypt: &str) -> String {
        let mut parts = [self.token.as_str(), timestamp, nonce, encrypt];
        parts.sort_unstable();
        hex::encode(Sha1::digest(parts.concat().as_bytes()))
    }
}

/// With its padding: 1 to 32 bytes that say how many they are.
pub fn padded(plain: &[u8]) -> Vec<u8> {
    let pad = BLOCK - plain.len() % BLOCK;
    let mut plain = plain.to_vec();
    plain.resize(plain.len() + pad, u8::try_from(pad).unwrap_or_default());
    plain
}

/// 43 characters are 258 bits: the last two are nobody's. By hand, because a strict decoder refuses them.
fn key_of(text: &str) -> anyhow::Result<[u8; 32]> {
    let (mut bits, mut held, mut key) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => anyhow::bail!("an EncodingAESKey has letters and digits only"),
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            key.push(u8::try_from(bits >> held & 0xff)?);
        }
    }
    key.try_into().map_err(|_| anyhow::anyhow!("an EncodingAESKey is 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Seal {
        Seal::new("AAAAA", &"A".repeat(43), "wxba5fad812f8e6fb9").expect("settings")
    }

    /// The vectors of wechat.md §1.8, in the direction the platform seals.
    #[test]
    fn published_vectors() {
        let push = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;
        let inside = published().inside(*b"a8eedb185eb2fecf", push.as_bytes());
        assert_eq!(inside.len(), 205);
        let sealed = published().encrypt(&padded(&inside));
        assert_eq!(
            sealed,
            "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
        );
        assert_eq!(
            published().signature("1714112445", "415670741", &sealed),
            "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
        );
        let reply = published().inside(*b"707722b803182950", br#"{"demo_resp":"good luck"}"#);
        let sealed = published().encrypt(&padded(&reply));
        assert_eq!(
            sealed,
            "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
        );
        assert_eq!(
            published().signature("1713424427", "415670741", &sealed),
            "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
        );
    }

    #[test]
    fn a_key_is_read_whatever_its_two_bits_too_many_say() {
        let key = |last: &str| Seal::new("T", &("A".repeat(42) + last), "wx").map(|seal| seal.key);
        assert_eq!(key("D").expect("a key"), [0; 32]);
        assert_eq!(key("E").expect("a key")[31], 1);
        assert!(key("").is_err() && key("-").is_err());
    }

    #[test]
    fn padding_is_1_to_32() {
        for length in 0..64 {
            let plain = padded(&vec![0; length]);
            let pad = plain.len() - length;
            assert!(
                plain.len().is_multiple_of(32)
                    && (1..=32).contains(&pad)
                    && usize::from(plain[length]) == pad
            );
        }
    }
}
