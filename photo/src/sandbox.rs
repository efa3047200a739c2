//! The walls around a worker. Each is set by the worker itself before it reads a single byte of a photo.

use std::io;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};

use super::protocol::Files;

/// Address space of a worker. Measured peaks at the pixel limit: baseline JPEG 256 MB, WebP 259, progressive JPEG
/// 323, RGBA PNG 343, and the dearest, grey with alpha in 16 bits, 543; a file of full length adds 34.
const MAX_ADDRESS_SPACE: u64 = 640 * 1024 * 1024;

/// Address space of the tool that reads HEIC. Measured peaks: 139 MB at 12 megapixels, 525 at the limit.
const MAX_TOOL_ADDRESS_SPACE: u64 = 1024 * 1024 * 1024;

/// Descriptors of the tool: its libraries, one after another, and the photo.
const MAX_TOOL_FILES: u64 = 16;

/// Seconds of processor time for the tool. A 12-megapixel photo needs 0.7.
const MAX_TOOL_SECONDS: u64 = 15;

/// Where libraries lie.
const LIBRARIES: [&str; 6] =
    ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"];

/// What runs a program that uses libraries.
const LOADERS: [&str; 3] =
    ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux-riscv64-lp64d.so.1"];

/// Lower priority than the server and the database on the same cores.
const NICENESS: i32 = 10;

/// The larger, the sooner the kernel picks the worker, not the server, when the machine is out of memory.
const OOM_SCORE: &str = "500";

/// Closes the process in for good. Call it while there is one thread only: landlock holds for the calling one.
pub(super) fn enter() -> io::Result<Files> {
    step_back(MAX_ADDRESS_SPACE)?;
    limit(Resource::Nproc, 0)?;
    // A landlock failure other than its absence counts as absence: the next limit still keeps all files shut.
    let files = close_files(&[]).unwrap_or(Files::Open);
    // No new descriptor at all: neither file nor socket, with or without landlock.
    limit(Resource::Nofile, 0)?;
    Ok(files)
}

/// The same for a process that then becomes the tool: it may run that one program and read libraries, and nothing else.
/// False when the kernel has no landlock: then nothing would keep the tool from the server's files.
pub(super) fn enter_for_tool(tool: &Path) -> io::Result<bool> {
    step_back(MAX_TOOL_ADDRESS_SPACE)?;
    limit(Resource::Nofile, MAX_TOOL_FILES)?;
    limit(Resource::Cpu, MAX_TOOL_SECONDS)?;
    limit(Resource::Fsize, super::convert::MAX_PICTURE as u64)?;
    Ok(close_files(&rules(tool)).is_ok_and(|files| files != Files::Open))
}

/// What the tool may do with files.
fn rules(tool: &Path) -> Vec<(&Path, BitFlags<AccessFs>)> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run = AccessFs::ReadFile | AccessFs::Execute;
    let libraries = LIBRARIES.iter().map(|folder| (Path::new(*folder), read));
    libraries.chain(LOADERS.iter().map(Path::new).chain([tool]).map(|program| (program, run))).collect()
}

/// The limits that every child has: it makes room for the server, dies with it, and leaves no trace of a photo.
fn step_back(address_space: u64) -> io::Result<()> {
    // Not in every container may this be written, and the worker is no less safe without it.
    if let Err(error) = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE) {
        tracing::debug!(%error, "no preference for the out-of-memory killer");
    }
    set_parent_process_death_signal(Some(Signal::KILL))?;
    nice(NICENESS)?;
    limit(Resource::As, address_space)?;
    // A core dump would hold the photo.
    limit(Resource::Core, 0)
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// Takes every right to files but those `allowed`, to TCP ports and foreign processes from the calling thread, as far as
/// the kernel can.
fn close_files(allowed: &[(&Path, BitFlags<AccessFs>)]) -> Result<Files, RulesetError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .add_rules(allowed.iter().flat_map(|(path, access)| path_beneath_rules([path], *access)))?
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
            match close_files(&[]).expect("landlock") {
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

    #[test]
    fn the_tool_runs_and_reads_libraries_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        let run = |program: &str, file: &Path| {
            let mut command = std::process::Command::new(program);
            // Another standard input than ours would have to be opened.
            command.arg(file).stdin(std::process::Stdio::inherit());
            command.output().map(|output| output.status.success())
        };
        std::thread::spawn(move || {
            let secret = path.join("secret");
            std::fs::write(&secret, "x").expect("written");
            assert!(run("/bin/cat", &secret).expect("started"));
            if close_files(&rules(Path::new("/bin/cat"))).expect("landlock") == Files::Open {
                eprintln!("this kernel has no landlock; nothing to check");
                return;
            }
            assert!(run("/bin/cat", Path::new("/etc/ld.so.cache")).expect("the tool starts"));
            assert!(!run("/bin/cat", &secret).expect("the tool starts, and may not read"));
            assert!(run("/bin/ls", &secret).is_err(), "another program");
            assert!(std::fs::write(path.join("new"), b"x").is_err());
        })
        .join()
        .expect("thread");
    }
}
