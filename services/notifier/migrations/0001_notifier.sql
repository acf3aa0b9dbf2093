-- People and desks that can be reached. Names, phones and WhatsApp ids are encrypted (AES-256-GCM); the hashes are
-- keyed (HMAC-SHA256), for look-up. `inside` holds every grant once for each place around it, so that "all residents
-- of a district" is one key in an index.
create table contact (
    id uuid primary key,
    version int not null,
    phone_hash bytea,
    phone_sealed bytea,
    whatsapp_hash bytea,
    whatsapp_sealed bytea,
    name_sealed bytea,
    held text[] not null,
    inside text[] not null,
    preferred text not null,
    on_duty boolean not null,
    opted_out boolean not null,
    applied_for text
);
create unique index contact_phone on contact (phone_hash);
create unique index contact_whatsapp on contact (whatsapp_hash);
create index contact_held on contact using gin (held);
create index contact_inside on contact using gin (inside);

-- What was last said with a contact; the id is the contact's.
create table conversation (
    id uuid primary key,
    version int not null,
    service text not null default '',
    service_at timestamptz,
    offered text not null default '',
    whatsapp_at timestamptz,
    fingerprint text not null default '',
    fingerprint_at timestamptz
);

-- What came in, without what it said. carrier_id is the carrier's own, for answering to it.
create table message (
    id uuid primary key,
    version int not null,
    contact uuid not null,
    channel text not null,
    carrier_id text not null,
    service text not null,
    route text not null,
    received_at timestamptz not null
);
create index message_contact on message (contact, received_at desc);

-- Parts of long messages, until the last one is there. Encrypted; source_hash is keyed.
create table message_part (
    source_hash bytea not null,  -- of sender and recipient
    reference int not null,
    total int not null,
    number int not null,
    coding text not null,
    sealed bytea not null,
    source_sealed bytea not null,
    at timestamptz not null,
    primary key (source_hash, reference, total, number)
);

-- Alerts as raised; the values stay sealed for the notifier.
create table alert (
    id uuid primary key,
    version int not null,
    subject uuid not null,
    template text not null,
    sealed_values bytea not null,
    audience jsonb not null,
    lane smallint not null,
    expires_at timestamptz not null,
    accepted_at timestamptz not null,
    acknowledge_by timestamptz,
    deduplication_key text not null,
    in_reply_to uuid,
    channel text,
    state text not null,
    reason text not null,
    cursor uuid,
    planned int not null,
    traceparent text not null
);
create index alert_deduplication on alert (deduplication_key);
create index alert_to_do on alert (lane, accepted_at, id) where state in ('planning', 'cancelling');

-- One row per lane and channel: the last number given out, and one below which everything is done.
-- Whoever plans locks the row, so numbers become visible in their order and none is missing.
create table queue (
    queue smallint primary key,
    head bigint not null default 0,
    tail bigint not null default 0
) with (fillfactor = 50);
insert into queue (queue) values (2), (3), (4), (5), (6), (7);

-- One contact's copy of an alert. seq is its place in its queue; a message that changes channel gets a new place.
-- state is in no index, so that its changes stay on the page (HOT).
create table delivery (
    queue smallint not null,
    seq bigint not null,
    alert uuid not null,
    contact uuid not null,
    state smallint not null default 0,
    tried smallint not null default 0,   -- queues of channels that failed: 1 SMS, 2 WhatsApp
    tries smallint not null default 0,   -- on this channel
    accepted text[],                     -- ids of parts taken before a failure
    reason text not null default '',
    due timestamptz,                     -- when to try again, or the other channel
    at timestamptz not null,
    primary key (queue, seq)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
create unique index delivery_alert_contact on delivery (alert, contact);
create index delivery_due on delivery (queue, due) where due is not null;

-- What carriers call our messages, one row per part, for receipts and replies.
create table carrier_message (
    carrier text not null,
    carrier_id text not null,
    alert uuid not null,
    contact uuid not null,
    channel text not null,
    delivered boolean not null default false,
    at timestamptz not null,
    primary key (carrier, carrier_id, alert, contact)
);
create index carrier_message_delivery on carrier_message (alert, contact);

-- Receipts that came before the carrier's answer was stored; tried again for a while.
create table early_receipt (
    id bigint generated always as identity primary key,
    carrier text not null,
    candidates text[] not null,
    recipient_hash bytea,
    state text not null,
    reason text not null,
    again boolean not null,
    at timestamptz not null
);

-- What could not be understood, encrypted, for the operator.
create table quarantine (
    id uuid primary key,
    carrier text not null,
    reason text not null,
    detail text not null,
    sealed bytea not null,
    at timestamptz not null
);

-- News about the accounts at the carriers.
create table notice (
    id uuid primary key,
    carrier text not null,
    kind text not null,
    sealed bytea not null,
    at timestamptz not null
);
