-- An answer that took so long that the carrier may have given it up: the same bytes, sent before the answer came or after,
-- are its repeat.
alter table sms_seen add column slow boolean not null default false;
