//! Keys, and what is done with them: sealing a column, the blind index that finds it again, signing links.
//!
//! The keys live in one file outside the database and its backup (design D11).

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const NONCE: usize = 12;

/// The file as it stands on disk; all keys are 32 bytes in hex.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    /// The id of the field key that seals new values.
    current: String,
    /// Field keys by id; old ones stay until every value has been sealed again.
    field: BTreeMap<String, String>,
    index: String,
    link: String,
    code: String,
}

/// The keys of this deployment. Never printed.
pub struct Keys {
    current: String,
    field: BTreeMap<String, [u8; 32]>,
    index: [u8; 32],
    link: [u8; 32],
    code: [u8; 32],
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("密钥文件 {0} 无法读写:{1}")]
    File(String, std::io::Error),
    #[error("密钥文件 {0} 内容不完整:{1}")]
    Content(String, String),
}

/// A sealed value that does not open: wrong key, wrong row, or damage.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a sealed value does not open")]
pub struct Unopenable;

impl Keys {
    /// Reads the key file, or makes one (mode 0600) where none is.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let fresh = KeyFile {
                    current: "k1".into(),
                    field: BTreeMap::from([("k1".into(), hex::encode(random()))]),
                    index: hex::encode(random()),
                    link: hex::encode(random()),
                    code: hex::encode(random()),
                };
                let text =
                    toml::to_string(&fresh).map_err(|e| KeyError::Content(name.clone(), e.to_string()))?;
                write_private(path, &text).map_err(|error| KeyError::File(name.clone(), error))?;
                Self::parse(&name, &text)
            }
            Err(error) => Err(KeyError::File(name, error)),
        }
    }

    fn parse(name: &str, text: &str) -> Result<Self, KeyError> {
        let bad = |what: String| KeyError::Content(name.to_owned(), what);
        let file: KeyFile = toml::from_str(text).map_err(|error| bad(error.message().to_owned()))?;
        let key = |label: &str, value: &str| {
            hex::decode(value)
                .ok()
                .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
                .ok_or_else(|| bad(format!("{label} 不是 32 字节的十六进制")))
        };
        let field = file
            .field
            .iter()
            .map(|(id, value)| Ok((id.clone(), key(id, value)?)))
            .collect::<Result<BTreeMap<_, _>, KeyError>>()?;
        if !field.contains_key(&file.current) {
            return Err(bad(format!("current 指向的密钥 {} 不存在", file.current)));
        }
        Ok(Self {
            index: key("index", &file.index)?,
            link: key("link", &file.link)?,
            code: key("code", &file.code)?,
            current: file.current,
            field,
        })
    }

    /// Seals `plain` for one cell: key id, nonce, ciphertext; bound to table, column, town and row.
    pub fn seal(&self, cell: Cell<'_>, plain: &str) -> Result<Vec<u8>, Unopenable> {
        let key = self.field.get(&self.current).ok_or(Unopenable)?;
        let nonce: [u8; NONCE] = rand::random();
        let label = cell.label();
        let payload = Payload { msg: plain.as_bytes(), aad: label.as_bytes() };
        let sealed =
            Aes256Gcm::new(&(*key).into()).encrypt(&Nonce::from(nonce), payload).map_err(|_| Unopenable)?;
        let id_length = u8::try_from(self.current.len()).map_err(|_| Unopenable)?;
        Ok([&[id_length], self.current.as_bytes(), &nonce, &sealed].concat())
    }

    /// Opens what `seal` made for the same cell.
    pub fn open(&self, cell: Cell<'_>, sealed: &[u8]) -> Result<String, Unopenable> {
        let (length, rest) = sealed.split_first().ok_or(Unopenable)?;
        let (id, rest) = rest.split_at_checked(usize::from(*length)).ok_or(Unopenable)?;
        let (nonce, body) = rest.split_at_checked(NONCE).ok_or(Unopenable)?;
        let id = std::str::from_utf8(id).map_err(|_| Unopenable)?;
        let key = self.field.get(id).ok_or(Unopenable)?;
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| Unopenable)?;
        let label = cell.label();
        let payload = Payload { msg: body, aad: label.as_bytes() };
        let plain =
            Aes256Gcm::new(&(*key).into()).decrypt(&Nonce::from(nonce), payload).map_err(|_| Unopenable)?;
        String::from_utf8(plain).map_err(|_| Unopenable)
    }

    /// The blind index of a value: equal values of one town meet, nothing can be read back.
    pub fn blind_index(&self, town: Uuid, value: &str) -> Vec<u8> {
        mac(&self.index, &[town.as_bytes(), value.as_bytes()])
    }

    /// The stored form of a one-time code.
    pub fn code_hash(&self, code: &str) -> Vec<u8> {
        mac(&self.code, &[code.as_bytes()])
    }

    /// The signature of a link.
    pub fn link_signature(&self, what: &str) -> Vec<u8> {
        mac(&self.link, &[what.as_bytes()])
    }

    /// A digest of a personal value for the audit log: salted, so that it cannot be guessed back.
    pub fn salted_digest(&self, value: &str) -> String {
        hex::encode(&mac(&self.index, &[b"audit", value.as_bytes()])[..8])
    }
}

/// Which cell a sealed value belongs to.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    pub table: &'a str,
    pub column: &'a str,
    pub town: Uuid,
    pub row: Uuid,
}

impl Cell<'_> {
    fn label(&self) -> String {
        format!("{}/{}/{}/{}", self.table, self.column, self.town, self.row)
    }
}

/// SHA-256, the name of photos and tokens.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// 32 random bytes from the system.
pub fn random() -> [u8; 32] {
    rand::random()
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else {
        return Vec::new(); // never: HMAC takes keys of any length
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_own_cell() {
        let folder = tempfile::tempdir().expect("folder");
        let keys = Keys::load_or_create(&folder.path().join("keys.toml")).expect("keys");
        let again = Keys::load_or_create(&folder.path().join("keys.toml")).expect("keys");
        let cell = Cell { table: "person", column: "phone", town: Uuid::nil(), row: Uuid::max() };
        let sealed = keys.seal(cell, "13800000000").expect("sealed");
        assert_eq!(again.open(cell, &sealed).expect("opened"), "13800000000");
        assert!(again.open(Cell { row: Uuid::nil(), ..cell }, &sealed).is_err());
        assert!(again.open(cell, &sealed[..sealed.len() - 1]).is_err());
        assert_ne!(sealed, keys.seal(cell, "13800000000").expect("sealed"));
    }
}
