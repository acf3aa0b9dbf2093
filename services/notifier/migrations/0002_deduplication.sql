-- Which alert told last under a deduplication key; the id follows from the key, so that two alerts that come at the same
-- time meet here, whatever their subjects.
create table deduplication (
    id uuid primary key,
    version int not null,
    alert uuid not null
);
drop index alert_deduplication;
