-- expand
-- WeChat's final word on a send, while the message it is about has no result of its own yet: the word may overtake the
-- answer to the send, or the process that sent may be dead. It waits here, for minutes, and is then dropped.
create table send_event (
    appid text not null,
    openid text not null,
    -- Made from the push itself, so that a repeated one is stored once.
    id uuid not null,
    template text not null,
    msgid numeric(20, 0) not null,
    errcode integer not null,
    -- WeChat's time of the event, in whole seconds.
    at timestamptz not null,
    received_at timestamptz not null,
    primary key (appid, openid, id)
);
create index send_event_by_age on send_event (received_at);

-- Sent once with the person's last consent, outcome unknown, and made again: it is paid for already, and a refusal says
-- that the first one arrived.
alter table message add column resend boolean not null default false;
-- What may be made again, among all that is held.
create index message_unknown_since on message (sending_at) where state = 'unknown';

-- For the gauge of what WeChat will never take.
create index message_dead on message (template) where state = 'dead';
