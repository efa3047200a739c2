-- expand
-- A desk that shows a code and waits for a phone to say whose it is (电脑登录). Said, the row becomes a session; unsaid, it
-- is swept away minutes later.
create table pairing (
    code_hash bytea not null primary key,
    token_hash bytea not null,
    expires_at timestamptz not null,
    constraint pairing_token_once unique (token_hash)
);
