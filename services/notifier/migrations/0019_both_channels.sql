-- A person may be told on both channels at once: two copies, 0 by SMS and 1 by WhatsApp. Of such twins `tried` holds
-- both channels (3) from the beginning, so that neither goes the other's way; of the only copy of somebody it never does.
alter table delivery add column copy smallint not null default 0;
drop index delivery_alert_contact;
create unique index delivery_alert_contact on delivery (alert, contact, copy);
create index delivery_twin on delivery (alert, contact) where copy = 1;

-- How near a copy is to the person, 1 is best: read, delivered, sent, unclear, sending, planned, waiting, dropped, failed.
create function delivery_standing(state smallint) returns int language sql immutable parallel safe
return array_position(array[4, 3, 2, 7, 1, 0, 8, 6, 5]::smallint[], state);

-- Everybody once: of twins the copy that stands better. What counts people reads this, what counts copies `delivery`.
create view person_delivery as
select d.alert, d.contact, d.tried,
  case when second.better then t.queue else d.queue end as queue,
  case when second.better then t.seq else d.seq end as seq,
  case when second.better then t.state else d.state end as state,
  case when second.better then t.tries else d.tries end as tries,
  case when second.better then t.reason else d.reason end as reason,
  case when second.better then t.due else d.due end as due,
  case when second.better then t.at else d.at end as at
from delivery d
  left join lateral (  -- limit: looked up one by one, and only where there is one
    select * from delivery where d.tried = 3 and alert = d.alert and contact = d.contact and copy = 1 limit 1) t on true
  cross join lateral (select delivery_standing(t.state) < delivery_standing(d.state) as better) second
where d.copy = 0;
