//! Was it WeChat who called (§1.8)?

use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// Does `signature` sign these parts with our Token? `signature` signs timestamp and nonce: for the URL check (then answer
/// with `echostr` as it came) and for plain pushes alike; it signs no body, so the URL must be HTTPS and a repeated push
/// must do no harm. `msg_signature` signs the sealed body as well. Takes the same time wherever a wrong one differs.
pub fn verify(token: &SecretString, signature: &str, parts: &[&str]) -> bool {
    // An empty Token would let anyone sign.
    if token.expose_secret().is_empty() {
        return false;
    }
    let mut parts = [&[token.expose_secret()], parts].concat();
    parts.sort_unstable();
    let expected = hex::encode(Sha1::digest(parts.concat()));
    expected.as_bytes().ct_eq(signature.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        let token = SecretString::from("AAAAA");
        let table = [
            ("f464b24fc39322e44b38aa78f5edd27bd1441696", "1714036504", "1514711492"),
            ("899cf89e464efb63f54ddac96b0a0a235f53aa78", "1714037059", "486452656"),
            ("6c5c811b55cc85e0e1b54100749188c20beb3f5d", "1714112445", "415670741"),
        ];
        for (signature, timestamp, nonce) in table {
            assert!(verify(&token, signature, &[timestamp, nonce]), "{timestamp}");
            assert!(!verify(&"AAAAB".into(), signature, &[timestamp, nonce]), "{timestamp}");
            assert!(!verify(&token, signature, &[timestamp, "1"]), "{timestamp}");
            assert!(!verify(&token, signature, &["1", nonce]), "{timestamp}");
            assert!(!verify(&token, &signature[1..], &[timestamp, nonce]), "{timestamp}");
            assert!(!verify(&token, "", &[timestamp, nonce]), "{timestamp}");
        }
    }

    #[test]
    fn an_empty_token_verifies_nothing() {
        let signed = hex::encode(Sha1::digest("12"));
        assert!(!verify(&"".into(), &signed, &["1", "2"]));
    }
}
