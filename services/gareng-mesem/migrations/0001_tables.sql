create table report (
    id uuid primary key,
    version int not null,
    code text not null unique,
    reporter uuid not null,
    channel text not null,
    category text not null,
    size text not null,
    village text not null,
    latitude float8,
    longitude float8,
    pickup uuid not null,
    made_at timestamptz not null,
    photo text not null,
    merged boolean not null,
    state text not null,
    disputes int not null
) with (fillfactor = 70);
create index report_reporter on report (reporter);

create table pickup (
    id uuid primary key,
    version int not null,
    code text not null unique,
    category text not null,
    size text not null,
    village text not null,
    heap text not null,
    latitude float8,
    longitude float8,
    target_at timestamptz not null,
    reports uuid[] not null,
    state text not null,
    collector uuid,
    asked uuid[] not null,
    offered_until timestamptz,
    volume_m3 float8,
    reopened int not null
) with (fillfactor = 70);
create index pickup_open_heap on pickup (heap) where state <> 'done';
create index pickup_open_collector on pickup (collector) where state <> 'done';
create index pickup_open_target on pickup (target_at) where state <> 'done';

create table collector (
    id uuid primary key,
    version int not null,
    region text not null,
    places text[] not null,
    on_duty boolean not null
);

create table draft (
    id uuid primary key,
    version int not null,
    word text not null,
    fields jsonb not null,
    asked text not null,
    choices text[] not null,
    expires_at timestamptz
) with (fillfactor = 70);
