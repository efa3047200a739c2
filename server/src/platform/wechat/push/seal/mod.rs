//! The seal of secure and compatible mode (§1.8): AES-256-CBC under the EncodingAESKey.
//!
//! Sealed is `16 random bytes · length (4 bytes, big-endian) · message · appid`, padded by PKCS#7 to blocks of 32 bytes,
//! not of 16: an ordinary unpad fails on every second message. The seal alone proves nothing (whoever may flip a bit of it
//! flips one of the message); the signature over it does, and is looked at first.

use aes::Aes256;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use secrecy::{ExposeSecret as _, SecretBox};
use subtle::{Choice, ConstantTimeEq as _, ConstantTimeLess as _};

/// 43 characters carry two bits more than a key has; WeChat's generator does not clear them, and strict decoders refuse.
const ENCODING_AES_KEY: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// WeChat pads to this, not to the cipher's 16.
const BLOCK: usize = 32;
/// Random bytes and the length.
const HEAD: usize = 20;

/// An EncodingAESKey. `Debug` prints no key.
#[derive(Debug)]
pub struct Key(SecretBox<[u8; 32]>);

impl Key {
    /// Reads the 43 characters of WeChat's settings page; none if that is not what they are.
    pub fn read(encoding_aes_key: &str) -> Option<Self> {
        let bytes = ENCODING_AES_KEY.decode(encoding_aes_key).ok()?;
        Some(Self(SecretBox::new(Box::new(<[u8; 32]>::try_from(bytes).ok()?))))
    }

    /// The message inside, if it is sealed with this key and for this appid. Padding, length and appid are looked at all
    /// together, whichever is wrong, so that not even time tells them apart.
    pub fn open(&self, encrypt: &str, appid: &str) -> Option<Vec<u8>> {
        let mut sealed = STANDARD.decode(encrypt).ok()?;
        if sealed.len() < BLOCK || !sealed.len().is_multiple_of(BLOCK) {
            return None;
        }
        let key = self.0.expose_secret();
        let cipher = cbc::Decryptor::<Aes256>::new(key.into(), key.first_chunk::<16>()?.into());
        let plain = cipher.decrypt_padded::<NoPadding>(&mut sealed).ok()?;
        let (pad, padded) = padding(plain);
        // A wrong pad is read as none: the answer is no in any case.
        let content = &plain[..plain.len() - pad];
        let length = content.get(16..HEAD).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes)?;
        let wanted = content.len().checked_sub(HEAD + appid.len());
        let fits = wanted.is_some_and(|wanted| usize::try_from(length).is_ok_and(|length| length == wanted));
        let tail = &content[content.len().saturating_sub(appid.len())..];
        let ours = tail.ct_eq(appid.as_bytes()) & Choice::from(u8::from(fits)) & padded;
        bool::from(ours).then(|| content[HEAD..content.len() - appid.len()].to_vec())
    }
}

/// How many bytes the last block is padded by, from 1 to 32 and each saying so; 0 and "no" if it is not.
fn padding(plain: &[u8]) -> (usize, Choice) {
    let last = plain.last().copied().unwrap_or_default();
    let block = plain.iter().rev().take(BLOCK);
    let wrong = block
        .zip(0_u8..)
        .fold(Choice::from(0), |wrong, (byte, place)| wrong | (place.ct_lt(&last) & !byte.ct_eq(&last)));
    let right = !wrong & !last.ct_eq(&0) & last.ct_lt(&33);
    (if bool::from(right) { usize::from(last) } else { 0 }, right)
}

#[cfg(test)]
mod tests;
