//! The program is killed at every system call of the way a photo goes to the disk. Afterwards the original is not there, or
//! it is the very bytes its name says; what was acknowledged is there; and the next try brings it to its place.
//!
//! `strace` lets the signal come exactly at the n-th call. Where the machine has none, or forbids tracing, this says so and
//! tests nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tuhe::evidence::{self, Hash, Size};
use tuhe::ids::TownId;

use crate::world::{jpeg, program, sha256_hex};

/// What the way to the disk is made of. Others (memory, signals) change nothing outside the process.
const CALLS: [&str; 13] = [
    "open",
    "openat",
    "mkdir",
    "mkdirat",
    "write",
    "fsync",
    "fdatasync",
    "link",
    "linkat",
    "rename",
    "renameat2",
    "unlink",
    "close",
];

struct Ground {
    folder: tempfile::TempDir,
    file: PathBuf,
    key: String,
    photo: Vec<u8>,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, photo) = (folder.path().join("photo.jpg"), jpeg());
        std::fs::write(&file, &photo).expect("written");
        let hash = Hash::parse(&sha256_hex(&photo)).expect("a hash");
        let key = evidence::key(TownId(uuid::Uuid::nil()), hash, Size::Original);
        Self { folder, file, key, photo }
    }

    fn store(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Keeps the file under `strace`, with more of its options.
    fn traced(&self, store: &Path, log: &Path, options: &[String]) -> Option<Output> {
        let mut command = Command::new("strace");
        command.arg("-qq").arg("-o").arg(log).args(options).arg(program("tuhe")).arg("keep-file");
        command.arg(store).arg(&self.file).env_clear().output().ok()
    }

    fn kept(&self, store: &Path) -> Output {
        let mut command = Command::new(program("tuhe"));
        command.arg("keep-file").arg(store).arg(&self.file).env_clear().output().expect("runs")
    }

    fn original(&self, store: &Path) -> Option<Vec<u8>> {
        std::fs::read(store.join(&self.key)).ok()
    }

    /// How often each of the calls is made on the way.
    fn counted(&self) -> Option<BTreeMap<String, usize>> {
        let (store, log) = (self.store("counted"), self.folder.path().join("calls"));
        let known: Vec<&str> = CALLS.to_vec();
        // A `?` lets a call be one that this machine does not know.
        let traced = known.iter().map(|call| format!("?{call}")).collect::<Vec<_>>().join(",");
        let output = self.traced(&store, &log, &["-e".into(), format!("trace={traced}")])?;
        if !output.status.success() {
            return None;
        }
        let mut counted = BTreeMap::new();
        for line in std::fs::read_to_string(log).ok()?.lines() {
            let call = line.split('(').next().unwrap_or_default().trim();
            if known.contains(&call) {
                *counted.entry(call.to_owned()).or_insert(0) += 1;
            }
        }
        Some(counted)
    }
}

#[test]
fn a_kill_at_any_system_call_leaves_no_original_or_the_whole_one() {
    let ground = Ground::new();
    let Some(counted) = ground.counted() else {
        eprintln!(
            "!! strace is missing or may not trace here: the write path was NOT killed at its system calls"
        );
        return;
    };
    for must in ["fsync", "write"] {
        assert!(counted.get(must).is_some_and(|n| *n > 0), "the way to the disk has no {must}: {counted:?}");
    }
    let (mut kills, mut absent, mut whole) = (0, 0, 0);
    for (call, most) in &counted {
        for n in 1..=*most {
            let store = ground.store(&format!("{call}-{n}"));
            let inject = format!("inject={call}:signal=SIGKILL:when={n}");
            let log = ground.folder.path().join("log");
            let output = ground.traced(&store, &log, &["-e".into(), inject]).expect("traced");
            let acknowledged = String::from_utf8_lossy(&output.stdout).contains(&ground.key);
            kills += usize::from(!output.status.success());
            if let Some(bytes) = ground.original(&store) {
                assert!(bytes == ground.photo, "killed at {call} {n}: other bytes under the photo's name");
                whole += 1;
            } else {
                assert!(!acknowledged, "killed at {call} {n}: an acknowledged photo is not there");
                absent += 1;
            }
            let again = ground.kept(&store);
            assert!(
                again.status.success(),
                "killed at {call} {n}: {}",
                String::from_utf8_lossy(&again.stderr)
            );
            assert!(ground.original(&store).as_deref() == Some(&ground.photo[..]), "killed at {call} {n}");
            std::fs::remove_dir_all(&store).expect("removed");
        }
    }
    println!("{kills} kills at {counted:?}: {absent} left no original, {whole} the whole one");
    assert!(kills > 20, "only {kills} kills: the signal did not come");
    assert!(absent > 0 && whole > 0, "every kill left the same: {absent} without, {whole} with the original");
}
