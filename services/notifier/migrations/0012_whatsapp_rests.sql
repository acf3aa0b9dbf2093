-- Until when the account wants nothing sent (131048 and the like), and why: all processes keep to it, whoever was told.
alter table whatsapp_account add column rests_until timestamptz;
alter table whatsapp_account add column rests_why text not null default '';
