create table watch (
    id uuid primary key,
    version int not null,
    hazard text not null unique,
    sightings jsonb not null
) with (fillfactor = 70);

create table incident (
    id uuid primary key,
    version int not null,
    code text not null unique,
    hazard text not null,
    confirmed_at timestamptz not null,
    last_seen timestamptz not null,
    villages text[] not null,
    reporters uuid[] not null,
    depth_cm int not null,
    asked jsonb not null,
    asked_ids uuid[] not null,
    closed boolean not null
) with (fillfactor = 70);
create index incident_open_asked on incident using gin (asked_ids) where not closed;
create index incident_open_villages on incident using gin (villages) where not closed;

create table draft (
    id uuid primary key,
    version int not null,
    word text not null,
    fields jsonb not null,
    asked text not null,
    choices text[] not null,
    expires_at timestamptz
) with (fillfactor = 70);
