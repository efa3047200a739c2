//! Everything the stand-in remembers, behind one lock held only for the length of one act.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::counter::{PerDay, PerMinute};
use crate::fault::Faults;
use crate::journal::Journal;
use crate::login::Logins;
use crate::options::{Options, PushTarget};
use crate::phone::Phones;
use crate::push::{Event, Pusher};
use crate::send::Outbox;
use crate::session::Sessions;
use crate::subscription::Subscriptions;
use crate::switches::Switches;
use crate::token::Tokens;

/// The platform's state.
#[derive(Default)]
pub(crate) struct World {
    pub options: Options,
    pub switches: Switches,
    pub push_target: Option<PushTarget>,
    pub tokens: Tokens,
    pub logins: Logins,
    pub sessions: Sessions,
    pub phones: Phones,
    pub subscriptions: Subscriptions,
    pub messages: Outbox,
    pub banned_words: Vec<String>,
    pub sends_today: PerDay,
    pub sends_this_minute: PerMinute,
    pub faults: Faults,
    pub journal: Journal,
    /// Events the last act caused, to be pushed once the lock is free.
    pub events: VecDeque<Event>,
}

/// What both ports and the in-process levers share.
pub(crate) struct Shared {
    pub clock: Clock,
    pub pusher: Pusher,
    pub platform_address: SocketAddr,
    pub control_address: SocketAddr,
    pub platform_task: Mutex<Option<JoinHandle<()>>>,
    world: Mutex<World>,
    sending: Mutex<HashSet<String>>,
}

impl Shared {
    pub fn new(options: Options, pusher: Pusher, platform: SocketAddr, control: SocketAddr) -> Self {
        let world = World {
            switches: options.switches.clone(),
            push_target: options.push.clone(),
            journal: Journal::new(options.journal_limit),
            options,
            ..World::default()
        };
        Self {
            clock: Clock::new(world.options.start_at),
            pusher,
            platform_address: platform,
            control_address: control,
            platform_task: Mutex::new(None),
            world: Mutex::new(world),
            sending: Mutex::new(HashSet::new()),
        }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        // A panic in one test's lever must not hide the state from the assertions that explain it.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enter a send to `openid`; nothing if one is still unanswered (wechat.md §1.4: 43108).
    pub fn enter_send(&self, openid: &str) -> Option<Sending<'_>> {
        let mut sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let first = sending.insert(openid.to_owned());
        first.then(|| Sending { shared: self, openid: openid.to_owned() })
    }
}

/// A send in progress; ends when dropped.
pub(crate) struct Sending<'a> {
    shared: &'a Shared,
    openid: String,
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.shared.sending.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.openid);
    }
}
