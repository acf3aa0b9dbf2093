-- Ends a statement that would write upon rows which somebody changed after they were read (see writing.py).
create function read_is_stale() returns int language plpgsql as $$
begin
    raise exception 'a row was changed after it was read' using errcode = 'serialization_failure';
end
$$;
