"""Tombstones: what was forgotten, as salted hashes, so that it is not learned again from what was said before."""

SQL = """
insert into counter values ('x', 0);
drop table tombstone;
-- `kind`: episode, message or fact; `item`: its id. `hash`: sha256 of `salt` and the folded text, of which nothing is kept.
-- What was entered before `seq`, or is imported and happened before `forgotten_at`, is the old text coming back.
create table tombstone (
    id varchar primary key, seq bigint not null, kind varchar not null, item varchar not null, salt varchar not null,
    hash varchar not null, forgotten_at timestamp not null
);
"""
