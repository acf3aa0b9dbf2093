-- The unique key of a copy finds a twin as well.
drop index delivery_twin;
