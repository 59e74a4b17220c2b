"""The tables of design section 4. Times are UTC without a zone; `seq` orders everything, since clocks jump."""

SQL = """
create table meta (key varchar primary key, value varchar not null);
create table counter (kind varchar primary key, value bigint not null);
insert into counter values ('seq', 0), ('s', 0), ('t', 0), ('m', 0), ('e', 0), ('f', 0), ('r', 0), ('p', 0), ('g', 0);

create table session (
    id varchar primary key, seq bigint not null, title varchar not null, started_at timestamp not null,
    summary varchar not null default '', summarised_to bigint not null default 0
);
create table message (
    id varchar primary key, seq bigint not null, session varchar not null, turn varchar not null, role varchar not null,
    text varchar not null, created_at timestamp not null, interrupted boolean not null default false,
    tool_calls varchar not null default '[]', tool_call_id varchar not null default '', origin varchar not null
);
create table episode (
    id varchar primary key, seq bigint not null, kind varchar not null, text varchar not null, happened_at timestamp not null,
    session varchar not null default '', turn varchar not null default '', messages varchar[] not null default [],
    tags varchar[] not null default [], origin varchar not null, created_at timestamp not null
);

-- What the search index holds: for a turn the user's words and the answer apart, for the rest their text.
create view document as
select m.seq, e.id as episode, if(m.role = 'user', 'user', 'answer') as part, e.kind, e.session, e.turn, m.text, e.happened_at
from episode e join message m on m.turn = e.turn and m.role in ('user', 'assistant') and m.text <> ''
    and m.tool_calls = '[]'
where e.kind = 'turn'
union all
select seq, id, 'text', kind, session, turn, text, happened_at from episode where kind <> 'turn';

create table core_block (
    label varchar primary key, description varchar not null, value varchar not null,
    char_limit integer not null, read_only boolean not null
);
insert into core_block values
    ('persona', 'who the assistant is and how it should answer', '', 2000, false),
    ('human', 'what is always worth knowing about the user', '', 2000, false);

create table fact (
    id varchar primary key, seq bigint not null, subject varchar not null, predicate varchar not null, value varchar not null,
    cardinality varchar not null, valid_at timestamp, invalid_at timestamp, created_at timestamp not null, expired_at timestamp,
    confidence double not null, origin varchar not null
);
create table fact_evidence (
    fact varchar not null, episode varchar not null, message varchar not null, quote varchar not null,
    said_at timestamp not null
);

create table event (
    seq bigint not null, happened_at timestamp not null, actor varchar not null, action varchar not null, item varchar not null,
    turn varchar not null, before varchar, after varchar
);

create table retrieval (
    id varchar primary key, seq bigint not null, turn varchar not null, query varchar not null, route varchar not null,
    created_at timestamp not null, milliseconds double not null, candidates integer not null, notice varchar not null
);
create table retrieval_hit (
    retrieval varchar not null, place integer not null, item varchar not null, kind varchar not null, text varchar not null,
    happened_at timestamp not null, score double not null, distance double, words double, injected boolean not null,
    dropped varchar not null, source varchar not null, session varchar not null, superseded boolean not null
);

create table pending (
    id bigint primary key, turn varchar not null, step varchar not null, attempts integer not null,
    last_error varchar not null, created_at timestamp not null
);
create table tombstone (hash varchar primary key, created_at timestamp not null);
create table index_file (generation bigint not null, path varchar not null, size bigint not null, sha256 varchar not null);
"""
