//! Starting and stopping.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::{Arc, PoisonError};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::control;
use crate::http;
use crate::levers::Levers;
use crate::options::Options;
use crate::platform;
use crate::push::Pusher;
use crate::state::Shared;

/// A running stand-in; it stops when dropped. Its [`Levers`] are reached through it.
pub struct StandIn {
    levers: Levers,
    control: JoinHandle<()>,
}

impl StandIn {
    /// Bind both ports on the loopback address and serve them on the caller's runtime.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let platform = listen(options.port).await?;
        let control = listen(options.control_port).await?;
        let pusher = Pusher::new(Handle::current())?;
        let shared = Shared::new(options, pusher, platform.local_addr()?, control.local_addr()?);
        let levers = Levers(Arc::new(shared));
        levers.serve_platform(platform);
        let control = tokio::spawn(http::accept(control, levers.clone(), control::serve));
        Ok(Self { levers, control })
    }

    /// Stop serving. Dropping does the same.
    pub fn stop(self) {}

    /// A handle that outlives a borrow, for tasks of the caller's own.
    pub fn levers(&self) -> Levers {
        self.levers.clone()
    }
}

impl Deref for StandIn {
    type Target = Levers;

    fn deref(&self) -> &Levers {
        &self.levers
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.control.abort();
        self.levers.0.pusher.stop();
        if let Some(task) = self.levers.take_platform_task() {
            task.abort();
        }
    }
}

/// The sockets.
impl Levers {
    /// What the client under test takes for `https://api.weixin.qq.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.0.platform_address)
    }

    /// The control API's address.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.0.control_address)
    }

    /// Refuse connections, and drop those there are, until [`Levers::accept_connections`].
    pub async fn refuse_connections(&self) {
        if let Some(task) = self.take_platform_task() {
            task.abort();
            // It ends cancelled; waiting makes sure that the port is closed.
            let _ = task.await;
        }
    }

    /// Listen again at the same address.
    pub async fn accept_connections(&self) -> anyhow::Result<()> {
        let listener = listen(self.0.platform_address.port()).await?;
        self.serve_platform(listener);
        Ok(())
    }

    fn serve_platform(&self, listener: TcpListener) {
        // The task holds the state, and the state the task: `StandIn` breaks the ring when it stops.
        let task = tokio::spawn(http::accept(listener, Arc::clone(&self.0), platform::serve));
        let former = self.0.platform_task.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        if let Some(former) = former {
            former.abort();
        }
    }

    fn take_platform_task(&self) -> Option<JoinHandle<()>> {
        self.0.platform_task.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))
}
