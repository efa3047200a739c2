-- What the outbox's gauges, the call list and WeChat's final word on a send look up, however many rows lie behind them.
-- The first two are not led by town_id on purpose: WeChat names the person and its own id of a message, never the town.
create index message_unknown on message (appid, openid) where state = 'unknown';
create index message_by_msgid on message (msgid) where msgid is not null;
create index call_item_open on call_item (town_id, created_at, id) where done_at is null;
