-- The WhatsApp account as it told us: one row. `counted` is the number of rows of whatsapp_person and changes with them,
-- under this row's lock.
create table whatsapp_account (
    id boolean primary key default true check (id),
    tier int not null default 250,        -- people that templates may reach in 24 hours
    tier_told boolean not null default false, -- by the account; else by a setting
    counted int not null default 0,
    quality text not null default '',     -- GREEN, YELLOW, RED as the account says
    templates_at timestamptz,             -- when all templates were last read from the account
    problem text not null default ''      -- why the last reading failed
) with (fillfactor = 50);
insert into whatsapp_account default values;

-- People reached by a template in the last 24 hours.
create table whatsapp_person (
    contact uuid primary key,
    at timestamptz not null
);
create index whatsapp_person_at on whatsapp_person (at);

-- Those of `wanted`, in that order, whom templates may reach now; `spare` places are left for others. A function, because
-- each of its statements sees what was committed before the lock was given: one statement alone would count what it
-- saw before it waited.
create function whatsapp_reserve(wanted uuid[], moment timestamptz, spare int) returns setof uuid language plpgsql as $$
declare
    room int;
    gone int;
    taken int;
begin
    select tier - counted into room from whatsapp_account for no key update;
    delete from whatsapp_person where at <= moment - interval '24 hours';
    get diagnostics gone = row_count;
    update whatsapp_person set at = greatest(at, moment) where contact = any(wanted);
    insert into whatsapp_person (contact, at)
        select given.contact, moment
        from (select w.contact, min(w.n) as n from unnest(wanted) with ordinality as w(contact, n) group by w.contact) given
        where not exists (select from whatsapp_person p where p.contact = given.contact)
        order by given.n limit greatest(room + gone - spare, 0);
    get diagnostics taken = row_count;
    update whatsapp_account set counted = counted + taken - gone where taken <> gone;
    return query select p.contact from whatsapp_person p where p.contact = any(wanted);
end
$$;

-- The account's message templates.
create table whatsapp_template (
    name text not null,
    language text not null,
    account_id text not null default '',  -- the account's own id of it
    status text not null,                 -- APPROVED, PENDING, REJECTED, PAUSED, DISABLED, ... as the account says
    category text not null default '',
    quality text not null default '',
    reason text not null default '',      -- why it is rejected or paused
    components jsonb,                     -- null: only news of it came, never the template itself
    synced_at timestamptz not null,
    primary key (name, language)
);

-- Photos, documents and recordings that people sent; the reference on the bus is media/<id>. The bytes lie in the media
-- store, encrypted. carrier_id and sha256 are the carrier's, encrypted.
create table media (
    id uuid primary key,
    message uuid not null,
    carrier text not null,
    carrier_sealed bytea not null,
    kind text not null,                   -- image, document, audio, video, sticker
    media_type text not null default '',  -- as the carrier said; of a kept photo what it is
    state text not null,                  -- waiting, kept, gone, recorded (not a photo: never fetched)
    reason text not null default '',      -- why the last try failed, or why it is gone
    tries int not null default 0,
    due timestamptz,                      -- when to try next; a try under way is repeated after this
    size int not null default 0,          -- bytes kept
    received_at timestamptz not null,
    at timestamptz not null
) with (fillfactor = 80);
create index media_due on media (due) where due is not null;
