-- A place or photo that came without a word, encrypted, for the word that may follow; erased after the conversation's
-- time or with the next message.
alter table conversation add column kept_sealed bytea;
alter table conversation add column kept_service text not null default '';
alter table conversation add column kept_at timestamptz;
create index conversation_kept on conversation (kept_at) where kept_at is not null;

-- A person may be known by phone and, from before, by WhatsApp user id: two rows then hold the id.
drop index contact_whatsapp;
create index contact_whatsapp on contact (whatsapp_hash);
