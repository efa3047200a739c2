-- expand
-- Dispatching moves every message and every notice through several states within a second, so what a change of state
-- costs decides how fast reminders leave. An index that mentions a column makes every change of that column a new entry in
-- all indexes of the row; room on the page lets a change that touches none of them stay where the row is.

-- From being in a message to being told is no change for any index.
alter table notice add column waits boolean not null generated always as (state = 'waiting') stored;
drop index notice_waiting;
create index notice_waiting on notice (town_id, release_at) where waits;
drop index notice_by_subject;
create index notice_by_subject on notice (town_id, subject_kind, subject_id);
alter table notice set (fillfactor = 75);
alter table grant_balance set (fillfactor = 75);

-- The indexes of what is due and of what is under way are for those who look for that, and have columns of their own to be
-- asked by. Who has a message's key tests its state as well; and where the statistics say that hardly any message is
-- queued, as they do before a wave of them, the planner would read the whole wave by message_due to find a few keys in it.
alter table message
    add column waits boolean not null generated always as (state = 'queued') stored,
    add column under_way boolean not null generated always as (state = 'sending') stored;
drop index message_due;
create index message_due on message (next_at) where waits;
drop index message_sending_once;
create unique index message_sending_once on message (appid, openid) where under_way;
-- What a worker has under way is a handful of rows among the handful of message_sending_once.
drop index message_by_worker;
alter table message set (fillfactor = 60);

-- The list of attempts is written by who holds the message's key from the message itself, and messages are never deleted:
-- looking up message and town once more for every send buys nothing.
alter table send_attempt
    drop constraint send_attempt_message,
    drop constraint send_attempt_town_id_fkey;
