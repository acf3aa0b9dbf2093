-- Who answers a person: the bot, the queue of the service desk, or one officer of it. `desk_since` is when the person
-- began to wait for what is not answered yet.
alter table conversation
    add column last_message uuid,
    add column last_channel text,
    add column last_at timestamptz,
    add column puzzled_at timestamptz,
    add column desk_state text not null default 'bot',
    add column desk_officer uuid,
    add column desk_since timestamptz,
    add column desk_word_at timestamptz,
    add column desk_answered boolean not null default false,
    add column desk_acted_at timestamptz;
create index conversation_desk on conversation (desk_since, id) where desk_state <> 'bot';

-- What is said at the desk, encrypted. A person's word has the id of its message, an officer's the id of its alert.
create table desk_message (
    id uuid primary key,
    version int not null,
    seq bigint generated always as identity,
    contact uuid not null,
    channel text,
    sealed bytea not null,
    at timestamptz not null,
    officer uuid
);
create unique index desk_message_contact on desk_message (contact, seq);
create index desk_message_at on desk_message (at);

-- Who did what with whose conversation, every reading too.
create table desk_deed (
    id uuid primary key,
    version int not null,
    officer uuid not null,
    contact uuid not null,
    deed text not null,
    at timestamptz not null
);
create index desk_deed_contact on desk_deed (contact, at);
