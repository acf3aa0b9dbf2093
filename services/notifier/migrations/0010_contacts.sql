-- Language of the texts a contact gets; `available` is what an operator said of duty, `on_duty` what holds: the same,
-- until a roster decides (`rostered`). A deleted contact is a row without name, numbers and roles, for the counts.
alter table contact add column language text not null default 'id';
alter table contact add column whatsapp_opted_in boolean not null default false;
alter table contact add column available boolean not null default true;
alter table contact add column rostered boolean not null default false;
alter table contact add column applied_at timestamptz;
alter table contact add column deleted boolean not null default false;
update contact set available = on_duty where not on_duty;
update contact set applied_at = now() where applied_for is not null;
create index contact_applied on contact (applied_at, id) where applied_for is not null;
create index contact_rostered on contact (id) where rostered;

-- Further phones; the first one stays in the contact's row, which the sending path reads. The id follows from the keyed
-- hash of the number, so that a number has one holder. `contact` is null once it was taken away, until it is swept.
create table further_phone (
    id uuid primary key,
    version int not null,
    contact uuid,
    phone_sealed bytea,
    since timestamptz not null
);
create index further_phone_contact on further_phone (contact);

-- What people agreed to and took back: `routine` messages, being written to by `whatsapp`.
create table consent (
    id uuid primary key,
    version int not null,
    contact uuid not null,
    what text not null,
    given boolean not null,
    at timestamptz not null,
    source text not null  -- message, import, operator and who; empty once the contact is deleted
);
create index consent_contact on consent (contact, at);

-- Who stands by in a role at a place, from when until when; `turn` 1 is asked first.
create table roster_shift (
    id uuid primary key,
    version int not null,
    duty text not null,  -- role@place
    contact uuid not null,
    turn smallint not null,
    begins timestamptz not null,
    ends timestamptz not null,
    removed boolean not null default false  -- until it is swept
);
create index roster_shift_duty on roster_shift (duty, ends);
create index roster_shift_contact on roster_shift (contact);
create index roster_shift_ends on roster_shift (ends, begins);

-- A file on its way in, known by the hash of its bytes: which row comes next, and what became of those before.
create table contact_import (
    id uuid primary key,
    version int not null,
    next_row int not null,
    created int not null,
    changed int not null,
    unchanged int not null,
    refused int not null,
    errors jsonb not null,  -- the first ones: row, column, rule, what is allowed
    done boolean not null,
    at timestamptz not null
);

-- Deletions asked for; what is not done yet is done by whoever looks next. The numbers go with the work.
create table erasure (
    id uuid primary key,  -- the contact's
    version int not null,
    asked_at timestamptz not null,
    numbers_sealed bytea,
    done_at timestamptz
);
create index erasure_to_do on erasure (asked_at) where done_at is null;

-- Who took people's data out, let them in or deleted them, and why.
create table contact_audit (
    id uuid primary key,
    version int not null,
    at timestamptz not null,
    by_contact uuid not null,
    what text not null,
    about uuid,
    reason_sealed bytea
);
create index contact_audit_at on contact_audit (at);
