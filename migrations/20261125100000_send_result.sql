-- expand
-- What came of a send is committed with the message, at once, because its place is taken by the next one. What follows
-- from it is booked a moment later, for many sends together: the list of attempts, what the send cost, where its notices
-- go. Until then the result stands here, and nothing else is sent to the same WeChat identity.
create table send_result (
    town_id uuid not null,
    message_id uuid not null,
    attempt integer not null,
    appid text not null,
    openid text not null,
    template text not null,
    at timestamptz not null,
    outcome text not null,
    errcode integer,
    note text,
    -- What it cost, if anything; as in grant_event.
    why text,
    -- Where its notices go, if it is over.
    notices text,
    primary key (appid, openid)
);

-- Until when nothing but a change of the person's hours makes the hour of a message wrong: the beginning of the person's
-- next quiet hours, or the end of the day it is for. A message without it is looked at more closely when it is sent.
alter table message add column awake_until timestamptz;
