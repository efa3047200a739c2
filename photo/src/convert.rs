//! HEIC, an iPhone's format, made into a JPEG by the system's `heif-convert`: no decoder of ours reads it.
//!
//! The tool wants names of files. It gets names that lead to memory: its input is a file without a name that is its
//! standard input, its output a link whose name ends as the tool likes it and which leads to its standard output. So the
//! picture touches no disk, and the tool may write nowhere. The process that becomes the tool closes itself in first.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{MemfdFlags, memfd_create};
use tempfile::TempDir;

use super::{Format, MAX_BYTES, Refusal, WorkerCommand, header, sandbox};

/// The word after `photo-worker` for a process that becomes the tool.
pub(super) const WORD: &str = "heic";

/// Longest JPEG that is taken from the tool: 64 megapixels of foliage stay under it.
pub(super) const MAX_PICTURE: usize = 64 * 1024 * 1024;

/// How much of the tool's pictures is lost on the way; what is left is far above the copies' own quality.
const QUALITY: &str = "92";

/// Of a file with several pictures the tool writes each, its number before the ending: the first is the photo.
const MOST_PICTURES: usize = 16;

/// Exit codes by which the process says why it did not become the tool.
const TOO_MANY_PIXELS: i32 = 101;
const UNREADABLE: i32 = 102;
const OPEN_WALLS: i32 = 103;

/// Where the tool is, if it is installed.
pub(super) fn find_tool() -> Option<PathBuf> {
    ["/usr/bin", "/usr/local/bin"]
        .map(|folder| Path::new(folder).join("heif-convert"))
        .into_iter()
        .find(|path| path.is_file())
}

/// Turns HEIC into JPEG.
pub(super) struct Converter {
    tool: PathBuf,
    /// The links that give standard output and error a name.
    links: TempDir,
}

impl Converter {
    pub fn new(tool: PathBuf) -> io::Result<Self> {
        let links = tempfile::Builder::new().prefix("tuhe-heic.").tempdir()?;
        symlink("/proc/self/fd/1", links.path().join("photo.jpg"))?;
        symlink("/proc/self/fd/1", links.path().join("photo-1.jpg"))?;
        for number in 2..=MOST_PICTURES {
            symlink("/proc/self/fd/2", links.path().join(format!("photo-{number}.jpg")))?;
        }
        Ok(Self { tool, links })
    }

    /// The photo as an upright JPEG with its colour profile. An error is the server's. If this future is dropped, the
    /// tool is killed.
    pub async fn to_jpeg(
        &self,
        worker: &WorkerCommand,
        photo: &[u8],
    ) -> io::Result<Result<Vec<u8>, Refusal>> {
        let (mut input, mut output, waste) = (memory("photo")?, memory("picture")?, memory("waste")?);
        input.write_all(photo)?;
        input.rewind()?;
        let mut command = worker.command();
        command.args([OsStr::new(WORD), self.tool.as_os_str(), self.links.path().as_os_str()]);
        // Threads of the tool would each reserve an arena, and the ceiling counts what is reserved.
        command.env("MALLOC_ARENA_MAX", "1");
        command.stdin(input).stdout(output.try_clone()?).stderr(waste.try_clone()?);
        let status = command.spawn()?.wait().await?;
        match status.code() {
            Some(TOO_MANY_PIXELS) => return Ok(Err(Refusal::TooManyPixels)),
            Some(OPEN_WALLS) => return Ok(Err(Refusal::HeicUnavailable)),
            _ => {}
        }
        // What the tool wrote counts, not how it ended: the second picture of a file may be one it cannot read.
        output.rewind()?;
        let mut picture = Vec::new();
        output.take(MAX_PICTURE as u64).read_to_end(&mut picture)?;
        if picture.starts_with(b"\xff\xd8\xff") {
            return Ok(Ok(picture));
        }
        tracing::info!(%status, words = words(waste), "no picture came of a HEIC");
        Ok(Err(Refusal::Unreadable))
    }
}

/// A file that lies in memory and has no name.
fn memory(name: &str) -> io::Result<File> {
    Ok(memfd_create(name, MemfdFlags::CLOEXEC)?.into())
}

/// The first of what the tool said, for the log.
fn words(mut waste: File) -> String {
    let mut words = vec![0; 200];
    let length = waste.rewind().and_then(|()| waste.read(&mut words)).unwrap_or_default();
    words[..length].escape_ascii().to_string()
}

/// Closes the process in, looks at the photo's sizes, and becomes the tool. Comes back only with the exit code that says
/// why not.
pub(super) fn become_tool(tool: &Path, links: &Path) -> i32 {
    match sandbox::enter_for_tool(tool) {
        Ok(true) => {}
        Ok(false) | Err(_) => return OPEN_WALLS,
    }
    let mut photo = Vec::new();
    if io::stdin().lock().take(MAX_BYTES as u64).read_to_end(&mut photo).is_err() {
        return UNREADABLE;
    }
    match header::check(&photo, Format::Heic) {
        Ok(_) => {}
        Err(Refusal::TooManyPixels) => return TOO_MANY_PIXELS,
        Err(_) => return UNREADABLE,
    }
    let output = links.join("photo.jpg");
    let error = Command::new(tool)
        .args(["--quiet", "-q", QUALITY, "/proc/self/fd/0"])
        .arg(output)
        .stdin(Stdio::inherit())
        .exec();
    eprintln!("{}: {error}", tool.display());
    UNREADABLE
}
