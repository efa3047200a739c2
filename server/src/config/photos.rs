//! Where photos are kept, and how much of them a town may have.

use secrecy::SecretString;

use super::Reader;

/// What a bucket cannot do without.
const NEEDED: [&str; 4] = ["TUHE_S3_BUCKET", "TUHE_S3_REGION", "TUHE_S3_KEY_ID", "TUHE_S3_SECRET"];

/// The photo store, and its measure.
#[derive(Debug, Clone)]
pub struct Photos {
    /// None: in the data folder.
    pub s3: Option<S3>,
    /// Of one town, all three forms of every photo together; a town may be given its own.
    pub town_bytes: i64,
}

/// A bucket of an S3-compatible store.
#[derive(Debug, Clone)]
pub struct S3 {
    /// None: AWS.
    pub endpoint: Option<String>,
    pub bucket: String,
    pub region: String,
    pub key_id: String,
    pub secret: SecretString,
    /// The bucket stands in the host's name rather than in the path.
    pub in_host: bool,
}

impl Reader<'_> {
    pub(super) fn photos(&mut self) -> Photos {
        Photos {
            s3: self.s3(),
            town_bytes: self.number::<i64>("TUHE_TOWN_PHOTO_GB", 1, 1_000_000) * 1_000_000_000,
        }
    }

    fn s3(&mut self) -> Option<S3> {
        let wanted = self.one_of("TUHE_PHOTO_STORE", &["local", "s3"]) == "s3";
        let endpoint = self.url("TUHE_S3_ENDPOINT", &["https://", "http://127.0.0.1:"]);
        let in_host = self.one_of("TUHE_S3_STYLE", &["path", "host"]) == "host";
        if !wanted {
            return None;
        }
        let [bucket, region, key_id, secret] = NEEDED.map(|key| {
            let text = self.text(key);
            if text.is_empty() {
                self.problems.push(format!("TUHE_PHOTO_STORE=s3 时要填 {key}"));
            }
            text
        });
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if !bucket.chars().all(fine) {
            self.problems.push(format!("TUHE_S3_BUCKET 只能有小写字母、数字、“-”和“.”,现在是“{bucket}”"));
        }
        let endpoint = endpoint.map(|url| url.trim_end_matches('/').to_owned());
        Some(S3 { endpoint, bucket, region, key_id, secret: SecretString::from(secret), in_host })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Config;

    const S3: [(&str, &str); 5] = [
        ("TUHE_PHOTO_STORE", "s3"),
        ("TUHE_S3_ENDPOINT", "https://s3.example.cn/"),
        ("TUHE_S3_BUCKET", "tuhe-photos"),
        ("TUHE_S3_KEY_ID", "tuhe"),
        ("TUHE_S3_SECRET", "hunter2"),
    ];

    fn read(pairs: impl IntoIterator<Item = (&'static str, &'static str)>) -> Result<Config, String> {
        let values: BTreeMap<String, String> =
            pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Config::from_values(&values).map_err(|error| error.to_string())
    }

    #[test]
    fn photos_lie_in_the_data_folder_unless_a_bucket_is_chosen() {
        let config = read([]).expect("valid");
        assert!(config.photos.s3.is_none());
        assert_eq!(config.photos.town_bytes, 200_000_000_000);
        let config = read(S3).expect("valid");
        assert!(!format!("{config:?}").contains("hunter2"), "a secret is printed");
        let s3 = config.photos.s3.expect("a bucket");
        assert_eq!(
            (s3.endpoint.as_deref(), s3.bucket.as_str()),
            (Some("https://s3.example.cn"), "tuhe-photos")
        );
        assert!(!s3.in_host);
    }

    #[test]
    fn what_is_missing_or_wrong_of_a_bucket_is_told_by_its_key_and_no_secret_is_repeated() {
        for gone in ["TUHE_S3_BUCKET", "TUHE_S3_KEY_ID", "TUHE_S3_SECRET"] {
            let told = read(S3.into_iter().filter(|(key, _)| *key != gone)).expect_err(gone);
            assert!(told.contains(gone) && !told.contains("hunter2"), "{told}");
        }
        for (key, wrong) in [
            ("TUHE_S3_ENDPOINT", "http://s3.example.cn"),
            ("TUHE_S3_BUCKET", "照片"),
            ("TUHE_S3_STYLE", "old"),
            ("TUHE_PHOTO_STORE", "ftp"),
            ("TUHE_TOWN_PHOTO_GB", "0"),
        ] {
            let told = read(S3.into_iter().filter(|(k, _)| *k != key).chain([(key, wrong)])).expect_err(key);
            assert!(told.contains(key), "{told}");
        }
    }
}
