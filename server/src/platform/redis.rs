//! Redis: live sessions, rate limits, the notification stream, the WeChat token. Speed, never truth (design D1).
//!
//! Commands share one self-reconnecting manager. A blocking reader must own its connection: behind a shared one a
//! `PING` would wait for the whole block, and the client's response limit would cut the block itself.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, RedisResult};

/// How long an ordinary command may take before the caller goes on without Redis.
const RESPONSE: Duration = Duration::from_millis(800);

#[derive(Clone)]
pub struct Redis {
    client: Client,
    manager: ConnectionManager,
    prefix: String,
}

impl Redis {
    /// Prepares a connection that is made at the first command, so that the server starts while Redis is away.
    /// `prefix` leads every key.
    pub fn open(url: &str, prefix: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(RESPONSE))
            // Whoever asks while Redis is away goes on without it at once; the next command tries to connect again.
            .set_number_of_retries(0);
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self { client, manager, prefix: prefix.to_owned() })
    }

    /// The shared connection, for commands that do not block.
    pub fn commands(&self) -> ConnectionManager {
        self.manager.clone()
    }

    /// A connection of one's own for `XREADGROUP BLOCK`: its limit is the block plus two seconds.
    pub async fn blocking(&self, block: Duration) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(block + Duration::from_secs(2)));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    /// `name` under this deployment's prefix.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Whether Redis answers now.
    pub async fn alive(&self) -> bool {
        redis::cmd("PING").query_async::<String>(&mut self.commands()).await.is_ok()
    }
}
