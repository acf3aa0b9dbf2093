-- People of an audience. Planned anew for the keys that are given (execute), whatever the session says: the best way
-- depends on how rare they are, and a plan for any keys would read the table for a handful. Whoever calls it may have
-- all else planned once.
create function people_of(
    for_held text[], for_inside text[], duty_held text[], duty_inside text[], named uuid[], routine boolean,
    after uuid, up_to uuid, most int, in_order boolean
) returns table (id uuid, held text[], preferred text, by_phone boolean, by_whatsapp boolean)
language plpgsql stable as $$
begin
    return query execute
        'select c.id, c.held, c.preferred, c.phone_hash is not null, c.whatsapp_hash is not null from contact c'
        ' where (c.held && $1 or c.inside && $2 or (c.on_duty and (c.held && $3 or c.inside && $4)) or c.id = any($5))'
        ' and not (c.opted_out and $6)'
        || case when after is null then '' else ' and c.id > $7' end
        || case when up_to is null then '' else ' and c.id <= $8' end
        || case when in_order then ' order by c.id' else '' end
        || ' limit $9'
        using for_held, for_inside, duty_held, duty_inside, named, routine, after, up_to, most;
end
$$;
