-- An alert may follow others: an update in their place, or word that they are over.
alter table alert add column successor uuid;                       -- the newest update of this alert
alter table alert add column follows uuid[] not null default '{}'; -- the first raised first
alter table alert add column tells text not null default '';       -- update, end or digest; empty: nothing of another alert
alter table alert add column walked int not null default 0;        -- of `follows`, those whose recipients are planned
alter table alert add column rest boolean not null default false;  -- an update: whether its audience goes on after `resume`
alter table alert add column resume uuid;

-- What the planner and the keeper remember: the last contact whose copy a sweep looked at, and copies that were on
-- their way then, to be looked at again.
alter table alert add column swept uuid;
alter table alert add column unsettled uuid[] not null default '{}';
-- Expired, and nothing of it waits any more.
alter table alert add column settled boolean not null default false;
create index alert_to_settle on alert (expires_at) where not settled;

-- To groups or to several people: progress and result are told.
alter table alert add column broad boolean not null default false;
alter table alert add column completed_at timestamptz;
create index alert_running on alert (accepted_at)
    where broad and completed_at is null and state not in ('rejected', 'duplicate');

-- How many messages that nobody asked for a person got on a day of the region. A row for each lane: a lane never waits
-- for a row of another.
create table attention (
    contact uuid not null,
    day date not null,
    lane smallint not null,
    taken int not null,
    primary key (contact, day, lane)
) with (fillfactor = 70);

-- A copy that waits for the day's digest: over the person's budget. `digest` is the alert that brings it.
create table digest_item (
    contact uuid not null,
    alert uuid not null,
    at timestamptz not null,
    digest uuid,
    primary key (contact, alert)
);
create index digest_item_waiting on digest_item (at) where digest is null;
create index digest_item_brought on digest_item (digest, contact) where digest is not null;
