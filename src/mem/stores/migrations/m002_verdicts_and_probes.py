"""What the user thinks of answers, the probes of `mem eval self` and their runs, and more about each search."""

SQL = """
insert into counter values ('q', 0);

-- What the user said about the answer to a turn; the last word counts.
create table verdict (
    turn varchar primary key, retrieval varchar not null, verdict varchar not null, note varchar not null,
    happened_at timestamp not null
);

-- A question and the memories of which at least one must be found for it. `turn`: where the question was asked, if it was.
create table probe (
    id varchar primary key, seq bigint not null, question varchar not null, expected varchar[] not null,
    origin varchar not null, turn varchar not null default '', created_at timestamp not null, retired_at timestamp
);

-- Scores of one run; `ranks` by probe id, so that two runs are compared on the probes they share. No text of the user.
create table probe_run (
    seq bigint primary key, happened_at timestamp not null, embedder varchar not null, reranker varchar not null,
    settings varchar not null, metrics varchar not null, ranks varchar not null, probes integer not null
);

alter table retrieval add column prompt_tokens integer;
-- How much of the query a hit covers; in older rows the score was that.
alter table retrieval_hit add column relevance double;
update retrieval_hit set relevance = score;
"""
