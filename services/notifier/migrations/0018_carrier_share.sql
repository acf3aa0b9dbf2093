-- What each process has for each carrier, written by it once a second, so that together they keep the carrier's rate.
create unlogged table carrier_share (
    carrier text not null,
    process text not null,
    lane smallint,                   -- the most urgent that sent or waits; null where nothing does
    at timestamptz not null,
    primary key (carrier, process)
) with (fillfactor = 50);
