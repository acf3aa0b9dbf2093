create table pregnancy (
    id uuid primary key,
    version int not null,
    code text not null unique,
    village text not null,
    registered_by uuid not null,
    registered_at timestamptz not null,
    person bytea not null,              -- name, NIK, phone, date of birth; encrypted
    likeness text not null,             -- keyed hash of name, year of birth, village
    nik_hash text,                      -- keyed hash
    possible_duplicate_of uuid,
    age_years int not null,
    age_told_on date not null,
    lmp date,
    gpa text,
    height_cm int,
    years_married int,
    years_since_birth int,
    ticked text[] not null,
    rule_version text not null,
    counted text[] not null,
    score int not null
) with (fillfactor = 80);
create index pregnancy_registered_by on pregnancy (registered_by);
create index pregnancy_likeness on pregnancy (likeness);
create index pregnancy_nik_hash on pregnancy (nik_hash);

create table referral (
    id uuid primary key,
    version int not null,
    code text not null unique,
    pregnancy uuid not null references pregnancy (id),
    village text not null,
    areas text[] not null,              -- the village, its district, its regency
    facility text,                      -- asked last; the accepting one when accepted
    requested_by uuid not null,
    requested_at timestamptz not null,
    signs int[] not null,
    score int not null,
    offer_time interval not null,
    untried text[] not null,
    said bytea not null,                -- what people said in their own words; encrypted
    gestation_days int,
    state int not null,                 -- 1 offered, 2 accepted, 3 unanswered
    offers jsonb not null
) with (fillfactor = 70);
create index referral_open_pregnancy on referral (pregnancy) where state <> 3;
create index referral_open_facility on referral (facility) where state <> 3;
create index referral_open_areas on referral using gin (areas) where state <> 3;

create table draft (
    id uuid primary key,                -- the contact's
    version int not null,
    content bytea not null,             -- encrypted
    expires_at timestamptz
) with (fillfactor = 70);

create table record_read (
    id uuid primary key,
    version int not null,
    pregnancy uuid not null,
    reader uuid not null,
    means text not null,
    at timestamptz not null
);
create index record_read_pregnancy on record_read (pregnancy, at);
