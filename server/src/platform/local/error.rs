//! What can go wrong while the private services start, told to the person who deploys.

use std::fmt::Write;
use std::io;
use std::path::Path;

use super::log::Log;

/// One finished Chinese text: the step, the reason, what to do, and the end of the log where there is one.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct LocalError {
    message: String,
}

pub type LocalResult<T> = Result<T, LocalError>;

impl LocalError {
    pub(super) fn new(step: &str, reason: impl AsRef<str>) -> Self {
        Self { message: format!("本机服务出错。步骤:{step}。原因:{}", reason.as_ref()) }
    }

    /// An operating-system refusal on one path.
    pub(super) fn io(step: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(step, format!("{}:{}", path.display(), explain(error)))
    }

    /// Adds what the program itself said since it was started.
    #[must_use]
    pub(super) fn with_log(mut self, log: &Log) -> Self {
        let tail = log.tail();
        if tail.contains("No space left on device") {
            self.message.push_str("磁盘已满,请清出空间后再启动。");
        }
        let path = log.path().display();
        // Writing into a String cannot fail.
        let _ = if tail.is_empty() {
            write!(self.message, "\n日志 {path} 里没有新的内容。")
        } else {
            write!(self.message, "\n日志 {path} 的末尾:\n{tail}")
        };
        self
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "磁盘已满,请清出空间后再启动。".into(),
        io::ErrorKind::PermissionDenied => {
            "当前用户没有权限,请换用文件夹的主人启动,或改用另一个数据文件夹。".into()
        }
        io::ErrorKind::ReadOnlyFilesystem => "所在的文件系统是只读的,请改用可写的数据文件夹。".into(),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "这里已有一个不是文件夹的东西,请移开它或改用另一个数据文件夹。".into()
        }
        io::ErrorKind::NotFound => "没有找到,请核对路径,或安装它所属的软件包。".into(),
        _ => format!("{error}。"),
    }
}
