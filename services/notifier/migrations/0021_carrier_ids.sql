-- A sent message costs two entries of indexes, one of them small: all of a copy by its alert and contact, one by its id.
drop index carrier_message_delivery;
alter table carrier_message drop constraint carrier_message_pkey;
alter table carrier_message add primary key (alert, contact, carrier, carrier_id);
create index carrier_message_id on carrier_message using hash (carrier_id);
