-- How each process stands with each carrier, written by it once a second; small and changed in place.
create table carrier_health (
    carrier text not null,
    process text not null,           -- host and number of the process
    channel text not null,
    up boolean not null,
    since timestamptz not null,      -- when it came up or went down
    reason text not null,            -- why it is down or rests; empty while all is well
    rests_until timestamptz,
    slots int not null,              -- messages that may be unanswered at a time; 0: no limit of ours
    used int not null,
    accepted bigint not null,        -- messages since the process began, as are the next two
    failed bigint not null,
    throttled bigint not null,
    last_error text not null,
    last_error_at timestamptz,
    at timestamptz not null,
    primary key (carrier, process)
) with (fillfactor = 50);

-- Who looked at a person, or at what a person wrote, and when. What was typed is encrypted.
create table audit_read (
    id uuid primary key,
    reader uuid not null,
    what text not null,
    about uuid[] not null,
    asked_sealed bytea,
    at timestamptz not null
);
create index audit_read_at on audit_read (at);

-- Keyed hashes of a name's words and of their beginnings, 8 bytes each: people are found by name, and nobody without
-- the key reads one. Null where the name was stored before there were any.
alter table contact add column name_keys bigint[];
create index contact_name_keys on contact using gin (name_keys);
create index contact_without_name_keys on contact (id) where name_keys is null;

-- When the receipt came; delivery.at is that of the last change only.
alter table carrier_message add column arrived_at timestamptz;

create index alert_recent on alert (accepted_at, id);
create index quarantine_recent on quarantine (at, id);
