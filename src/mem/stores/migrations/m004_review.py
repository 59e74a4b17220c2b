"""What waits for the user's yes before it becomes a fact, and the tokens that the memory writer has used."""

SQL = """
insert into counter values ('w', 0);

-- A claim read in `episode` that is not saved by itself. `claim` is what it says, folded, for comparing; `state`: waiting or
-- rejected. What was accepted is a fact, and is here no more.
create table review (
    id varchar primary key, seq bigint not null, claim varchar not null, quote varchar not null, candidate varchar not null,
    reason varchar not null, episode varchar not null, state varchar not null, created_at timestamp not null
);

-- What remote models were asked for by the memory writer, by the user's day.
create table writer_tokens (day date primary key, tokens bigint not null);
"""
