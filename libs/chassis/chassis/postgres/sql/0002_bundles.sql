-- Several events that differ in nothing but their id and their subject as one row: a warning tells the same of many.
-- The value holds `outbox.EVENT` and `outbox.SUBJECT` where those of each event go.
alter table outbox add column event_ids uuid[], add column subjects uuid[];
alter table outbox alter column subject drop not null;
alter table outbox alter column event_id drop not null;
alter table outbox add constraint one_or_bundle check (
    num_nulls(subject, event_id) = case when event_ids is null then 0 else 2 end
    and cardinality(event_ids) is not distinct from cardinality(subjects)
);
