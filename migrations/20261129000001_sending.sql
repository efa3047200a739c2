-- expand
-- A send under way, and what came of it until that is booked: one narrow row for each WeChat identity, which is also what
-- keeps a second send to it waiting. The message itself says only by whom and when it was marked, in columns no index
-- mentions: so neither a mark nor a result makes new entries in the indexes of the wide row, and the message is written
-- once, by the books, with hundreds of others.
create table sending (
    appid text not null,
    openid text not null,
    town_id uuid not null,
    message_id uuid not null,
    attempt integer not null,
    template text not null,
    worker_id uuid not null,
    -- What came of it; null while it is under way.
    at timestamptz,
    outcome text,
    -- What becomes of the message, and when it is tried again, if it is.
    state text,
    next_at timestamptz,
    errcode integer,
    msgid numeric(20, 0),
    note text,
    -- What it cost, if anything; as in grant_event.
    why text,
    -- Where its notices go, if it is over.
    notices text,
    primary key (appid, openid)
) with (fillfactor = 50);

alter table message add column marked_by uuid, add column marked_at timestamptz;

-- The release before marks by a state of its own. What is marked here it cannot mark again: its batch is refused and left.
-- A constraint and no trigger, which would lock every row a second time.
alter table message add constraint message_marked_once check (marked_by is null or state <> 'sending') not valid;

-- What is due is handed out town by town, so that one town's wave does not hold up another's handful.
drop index message_due;
create index message_due on message (town_id, next_at) where waits;
