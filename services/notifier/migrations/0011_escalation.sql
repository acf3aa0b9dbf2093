-- The code that people know an alert by (B2K7P): a public id, in clear.
alter table alert add column code text not null default '';

-- Of whom an alert asks an acknowledgement, and who gave it: a row for each person told by an alert that asks. The id is
-- the delivery's, the row another: what is written when somebody answers stays away from what the lanes write.
create table acknowledgement (
    id uuid primary key,
    version int not null,
    alert uuid not null,
    contact uuid not null,
    subject uuid not null,
    template text not null,
    code text not null,
    role text not null,            -- for which the person was asked; empty for somebody without any
    place text not null,
    asked_at timestamptz not null,
    expires_at timestamptz not null,
    step smallint not null,        -- of the escalation that brought the person in; 0: the alert's audience
    stands_for uuid[] not null,    -- whose silence brought the person in
    open boolean not null,         -- an answer is awaited: not given yet, the alert neither expired nor called off
    at timestamptz,
    via text not null,
    noted_by uuid                  -- the operator, where one noted it
);
create unique index acknowledgement_alert_contact on acknowledgement (alert, contact);
create index acknowledgement_open on acknowledgement (contact) where open;
create index acknowledgement_template on acknowledgement (template, asked_at);
create index acknowledgement_at on acknowledgement (at) where at is not null;

-- One row for each alert that asks: the next step of its chain and when it is due; due is null when nothing more can
-- happen (it expired or was called off). taken counts the steps that were taken. cursor and people are how far a step has
-- come that acts on more people than one transaction takes.
create table escalation (
    alert uuid primary key,
    planned_at timestamptz not null,
    step smallint not null default 0,  -- 0: planned, its chain not looked at yet
    taken smallint not null default 0,
    due timestamptz,
    cursor uuid,
    people int not null default 0
);
create index escalation_due on escalation (due) where due is not null;
