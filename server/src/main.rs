//! The one binary: `tuhe serve`, the office's commands, and the child that looks at photos.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tuhe::cli;
use tuhe::platform::clock::Clock;

#[derive(Parser)]
#[command(name = "tuhe", version, about = "图河六项:待办、佐证、审核、提醒")]
struct Args {
    /// TOML 配置文件;环境变量优先
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 运行服务
    Serve {
        /// (仅测试用)允许连接本机的模拟微信
        #[arg(long, hide = true)]
        stand_in: bool,
    },
    /// 演示:自带示例镇、模拟微信和自己的时钟
    Demo(cli::DemoArgs),
    /// 只启动自带的 PostgreSQL 和 Redis,打印地址,直到标准输入关闭
    Services {
        #[arg(long, default_value = "var")]
        dir: PathBuf,
    },
    /// 建立或升级数据库结构
    Migrate,
    /// 打印 OpenAPI 文档
    Openapi,
    /// 镇
    Town {
        #[command(subcommand)]
        command: cli::TownCommand,
    },
    /// 党建办
    Office {
        #[command(subcommand)]
        command: cli::OfficeCommand,
    },
    /// 县级账号
    Operator {
        #[command(subcommand)]
        command: cli::OperatorCommand,
    },
    /// 操作日志
    Audit {
        #[command(subcommand)]
        command: cli::AuditCommand,
    },
    /// 照片的维护
    Photos {
        #[command(subcommand)]
        command: cli::PhotosCommand,
    },
    /// (仅测试用)把一个文件存进照片目录
    #[command(hide = true)]
    KeepFile { folder: PathBuf, file: PathBuf },
    /// (内部)照片处理子进程
    #[command(hide = true)]
    PhotoWorker,
}

fn main() -> ExitCode {
    // Before anything else: the photo worker must close itself in while it has a single thread.
    if std::env::args().nth(1).as_deref() == Some("photo-worker") {
        tuhe::platform::photo::worker::main();
    }
    let args = Args::parse();
    let done = match args.command {
        Command::Serve { stand_in } => cli::serve(args.config.as_deref(), &Clock::system(), stand_in),
        Command::Demo(demo) => cli::demo(args.config.as_deref(), &demo),
        Command::Services { dir } => cli::services(&dir),
        Command::Migrate => cli::migrate(args.config.as_deref()),
        Command::Openapi => {
            println!("{}", tuhe::server::document());
            Ok(())
        }
        Command::Town { command } => cli::town(args.config.as_deref(), &command),
        Command::Office { command } => cli::office(args.config.as_deref(), &command),
        Command::Operator { command } => cli::operator(args.config.as_deref(), &command),
        Command::Audit { command } => cli::audit(args.config.as_deref(), &command),
        Command::Photos { command } => cli::photos(args.config.as_deref(), &command),
        Command::KeepFile { folder, file } => cli::keep_file(&folder, &file),
        Command::PhotoWorker => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
