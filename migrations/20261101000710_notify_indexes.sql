-- What the outbox's gauges, the call list and WeChat's final word on a send look up, however many rows lie behind them.
create index message_unknown on message (finished_at) where state = 'unknown';
-- Not led by town_id on purpose: WeChat names the person and its own id of the message, never the town.
create index message_by_openid on message (appid, openid, created_at desc) where state <> 'queued';
create index send_attempt_by_message on send_attempt (town_id, message_id);
create index call_item_open on call_item (town_id, created_at, id) where done_at is null;
