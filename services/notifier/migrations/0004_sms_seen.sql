-- SMS has no ids: what came, by the keyed hash of its bytes, with the id it got here. While it is not answered the same
-- bytes are the carrier's repeat; afterwards they are a new message, unless the answer may have been lost on its way.
create table sms_seen (
    digest bytea primary key,
    message uuid not null,
    answered boolean not null default false,
    at timestamptz not null
);
create index sms_seen_at on sms_seen (at);
