//! Under which user the two programs run: ourselves, or `postgres` when we are root (PostgreSQL refuses root).

use std::io;
use std::os::unix::fs::lchown;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::{LocalError, LocalResult};

const USER: &str = "postgres";
const STEP: &str = "选择运行数据库的用户";

pub(super) struct Account {
    /// User and group to change to; none when we already are an ordinary user.
    change: Option<(u32, u32)>,
}

impl Account {
    pub fn choose() -> LocalResult<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { change: None });
        }
        let entry = Command::new("getent")
            .args(["passwd", USER])
            .output()
            .map_err(|error| LocalError::io(STEP, Path::new("getent"), &error))?;
        let line = String::from_utf8_lossy(&entry.stdout);
        let mut numbers = line.split(':').skip(2).map_while(|field| field.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(uid), Some(gid)) => Ok(Self { change: Some((uid, gid)) }),
            _ => Err(LocalError::new(
                STEP,
                format!(
                    "以 root 启动时数据库以用户 {USER} 运行,但本机没有这个用户。请安装 postgresql 软件包。"
                ),
            )),
        }
    }

    /// The owner of everything the two programs write.
    pub fn uid(&self) -> u32 {
        self.change.map_or_else(|| rustix::process::geteuid().as_raw(), |(uid, _)| uid)
    }

    pub fn name(&self) -> &'static str {
        if self.change.is_some() { USER } else { "当前用户" }
    }

    /// Mode of a folder of ours that this user only has to pass through.
    pub fn passage_mode(&self) -> u32 {
        if self.change.is_some() { 0o711 } else { 0o700 }
    }

    pub fn give(&self, path: &Path) -> io::Result<()> {
        self.change.map_or(Ok(()), |(uid, gid)| lchown(path, Some(uid), Some(gid)))
    }

    /// Whether this user can pass through `folder`: asked of the system itself, which knows of ACLs and the like.
    pub fn enters(&self, folder: &Path) -> bool {
        self.change.is_none()
            || self
                .command(Path::new("test"), Path::new("/"))
                .arg("-x")
                .arg(folder)
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
    }

    /// A command that runs `program` as this user, with nothing of our environment (it holds secrets, and `PG*`
    /// would change the meaning of options), and that gets SIGINT when the thread that started it dies.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Some((uid, gid)) = self.change {
            command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}"));
            command.args(["--init-groups", "--no-new-privs"]);
        }
        command.arg("--").arg(program).current_dir(folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()));
        command.env("LC_ALL", "C.UTF-8");
        command
    }
}
