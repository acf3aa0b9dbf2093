-- A part that a carrier gave no name, or the name of another, is a part too: nothing is compared when one is stored,
-- which costs a third of it.
alter table carrier_message drop constraint carrier_message_pkey;
create index carrier_message_copy on carrier_message (alert, contact);
