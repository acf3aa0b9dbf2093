-- A template went to these people without a place of planning: free text was refused, or the other channel failed. They
-- count whatever the tier says, for they were spoken to. Locks as whatsapp_reserve does: the account's row first.
create function whatsapp_note(told uuid[], moment timestamptz) returns void language plpgsql as $$
declare
    taken int;
begin
    perform from whatsapp_account for no key update;
    update whatsapp_person set at = greatest(at, moment) where contact = any(told);
    insert into whatsapp_person (contact, at) select distinct given, moment from unnest(told) as given
        on conflict (contact) do nothing;
    get diagnostics taken = row_count;
    update whatsapp_account set counted = counted + taken where taken > 0;
end
$$;
