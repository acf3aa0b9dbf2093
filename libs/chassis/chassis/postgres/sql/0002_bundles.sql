-- Several events of one key, kind, time and trace as one row: a warning to many tells the same of each of them.
-- Each item is what `outbox.part` made: the event's id, its subject, its value.
alter table outbox add column bundle bytea[];
alter table outbox alter column bundle set storage external;  -- read once, milliseconds later: packing it costs more
alter table outbox alter column subject drop not null;
alter table outbox alter column value drop not null;
alter table outbox alter column event_id drop not null;
alter table outbox add constraint one_or_bundle check
    (num_nulls(subject, value, event_id) = case when bundle is null then 0 else 3 end);
