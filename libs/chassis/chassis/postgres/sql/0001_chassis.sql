-- What every service's database holds besides its own tables.

-- Events already done. Not partitioned: a unique event id must hold over all time, and a partitioned table can only
-- promise it within a partition. Old rows are deleted in slices (Inbox.forget), found by the small BRIN index.
create table inbox (
    event_id uuid not null,
    consumer int  not null,  -- hash of the consumer's name: one database may serve several
    at timestamptz not null,
    primary key (event_id, consumer)
);
create index inbox_at on inbox using brin (at) with (pages_per_range = 32);

-- Messages to send, in the order of seq; deleted once Kafka has acknowledged them.
create table outbox (
    seq bigint generated always as identity primary key,
    topic text not null,
    key bytea,
    type text not null,
    subject text not null,
    value bytea not null,
    event_id uuid not null,
    headers bytea,  -- JSON list of [name, value as Latin-1 text]
    occurred_at timestamptz not null,
    traceparent text
) with (
    -- Rows live for milliseconds: sweep early and without pauses, or the relay reads through the dead.
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_vacuum_cost_delay = 0
);

-- Things due at a time. fire_at is due, or later after a failure.
create table timer (
    id text primary key,
    due timestamptz not null,
    fire_at timestamptz not null,
    kind text not null,
    subject uuid not null,
    data jsonb not null,
    failures int not null default 0
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index timer_fire_at on timer (fire_at, id);

-- First answers of creating commands.
create table idempotency (
    key text not null,
    method text not null,
    digest bytea not null,
    answer bytea not null,
    at timestamptz not null,
    primary key (key, method)
);
create index idempotency_at on idempotency using brin (at) with (pages_per_range = 32);

-- Records of keys whose head could not be done yet: they wait in order, other keys flow.
create table parked (
    seq bigint generated always as identity primary key,
    consumer text not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key bytea,
    value bytea,
    headers bytea not null,
    failures int not null default 0,
    retry_at timestamptz not null,
    reason text not null,
    at timestamptz not null,
    unique (consumer, topic, partition, "offset")
);
create index parked_key on parked (consumer, topic, key, seq);
