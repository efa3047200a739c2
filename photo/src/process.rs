//! One worker process, seen from the server.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::protocol::{Answer, Files, Hello, MAX_COPY, MAX_JSON, checked, length};
use super::{Derived, Refusal};

/// A worker that has not said hello by then will not.
const START: Duration = Duration::from_secs(10);

/// How a worker is started.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// The tool that reads HEIC, if it is installed.
    pub heif_convert: Option<PathBuf>,
}

impl WorkerCommand {
    /// The program with the `photo-worker` subcommand. `/proc/self/exe` names the running program even after
    /// an update has replaced its file.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: vec!["photo-worker".into()],
            heif_convert: super::convert::find_tool(),
        }
    }

    /// A process that dies with what waits for it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // No secret of the server's is within reach of a photo.
        command.args(&self.args).env_clear().current_dir("/").kill_on_drop(true);
        command
    }
}

/// A running worker. Dropping it kills the process.
pub(super) struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a process and waits until it has closed itself in. An error here is the server's, not the photo's.
    pub async fn start(command: &WorkerCommand) -> io::Result<Self> {
        let mut child = command.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a worker without pipes"));
        };
        let mut worker = Self { child, input, output: BufReader::new(output) };
        let hello = timeout(START, worker.receive(MAX_JSON)).await.map_err(|_| io::ErrorKind::TimedOut)??;
        let hello: Hello = serde_json::from_slice(&hello)?;
        match hello.files {
            Files::Closed => tracing::debug!("photo worker started"),
            files => {
                tracing::warn!(?files, "photo worker started, but this kernel's landlock is missing or old");
            }
        }
        Ok(worker)
    }

    /// Still running, as far as one can tell without waiting.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// One photo; of a HEIC also its `picture` as a JPEG. After an error the worker must not be asked again.
    pub async fn ask(
        &mut self,
        photo: &[u8],
        picture: Option<&[u8]>,
    ) -> io::Result<Result<Derived, Refusal>> {
        for frame in [Some(photo), picture].into_iter().flatten() {
            self.input.write_all(&length(frame)?).await?;
            self.input.write_all(frame).await?;
        }
        self.input.flush().await?;
        let answer = self.receive(MAX_JSON).await?;
        let mut derived = match serde_json::from_slice(&answer)? {
            Answer::Refused(refusal) => return Ok(Err(refusal)),
            Answer::Derived(derived) => derived,
        };
        derived.display = self.receive_copy().await?;
        derived.thumb = self.receive_copy().await?;
        Ok(Ok(derived))
    }

    /// Ends the process and waits for its end, so that its memory is free again.
    pub async fn kill(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "photo worker not killed");
        }
    }

    async fn receive(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.output.read_exact(&mut length).await?;
        let mut bytes = vec![0; checked(length, limit)?];
        self.output.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    /// A copy is served as a JPEG later, so it must at least begin as one.
    async fn receive_copy(&mut self) -> io::Result<Vec<u8>> {
        let copy = self.receive(MAX_COPY).await?;
        if copy.starts_with(b"\xff\xd8\xff") { Ok(copy) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}
