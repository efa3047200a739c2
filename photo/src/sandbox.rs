//! The walls around a worker. Each is set by the worker itself before it reads a single byte of a photo.

use std::io;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetError, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};

use super::protocol::Files;

/// Address space of a worker. Measured peaks at the pixel limit: baseline JPEG 256 MB, WebP 259, progressive JPEG
/// 323, RGBA PNG 343, and the dearest, grey with alpha in 16 bits, 543; a file of full length adds 34.
const MAX_ADDRESS_SPACE: u64 = 640 * 1024 * 1024;

/// Lower priority than the server and the database on the same cores.
const NICENESS: i32 = 10;

/// The larger, the sooner the kernel picks the worker, not the server, when the machine is out of memory.
const OOM_SCORE: &str = "500";

/// Closes the process in for good. Call it while there is one thread only: landlock holds for the calling one.
pub(super) fn enter() -> io::Result<Files> {
    // Not in every container may this be written, and the worker is no less safe without it.
    if let Err(error) = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE) {
        tracing::debug!(%error, "no preference for the out-of-memory killer");
    }
    set_parent_process_death_signal(Some(Signal::KILL))?;
    nice(NICENESS)?;
    limit(Resource::As, MAX_ADDRESS_SPACE)?;
    // A core dump would hold the photo.
    limit(Resource::Core, 0)?;
    limit(Resource::Nproc, 0)?;
    // A landlock failure other than its absence counts as absence: the next limit still keeps all files shut.
    let files = close_files().unwrap_or(Files::Open);
    // No new descriptor at all: neither file nor socket, with or without landlock.
    limit(Resource::Nofile, 0)?;
    Ok(files)
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// Takes every right to files, TCP ports and foreign processes from the calling thread, as far as the kernel can.
fn close_files() -> Result<Files, RulesetError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Files::Closed,
        RulesetStatus::PartiallyEnforced => Files::PartlyClosed,
        RulesetStatus::NotEnforced => Files::Open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_landlock_no_file_opens() {
        let file = tempfile::NamedTempFile::new().expect("file");
        let path = file.path().to_owned();
        // The restriction holds for the thread that asks for it, so the other tests keep their files.
        std::thread::spawn(move || {
            assert!(std::fs::read(&path).is_ok());
            match close_files().expect("landlock") {
                Files::Open => eprintln!("this kernel has no landlock; nothing to check"),
                Files::Closed | Files::PartlyClosed => {
                    let refused = std::fs::read(&path).expect_err("closed");
                    assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
                    assert!(std::fs::write(path.with_extension("new"), b"x").is_err());
                }
            }
        })
        .join()
        .expect("thread");
    }
}
