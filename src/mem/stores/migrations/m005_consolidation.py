"""What consolidation has taken out of the search index, and what stands in its place."""

SQL = """
insert into counter values ('k', 0);

-- An archived episode stays as it was, but is not in the search index. `stands_in`: the summary that tells of it, or the note
-- that says the same. `consolidation`: by which it was archived, such as k1.
create table archived (episode varchar not null, stands_in varchar not null, consolidation varchar not null);

-- Documents at or below the index's mark (`meta.indexed_seq`) of which the index is not right: those that came back are not in
-- it, those that are no more still are.
create table unindexed (seq bigint not null);

create or replace view document as
select m.seq, e.id as episode, if(m.role = 'user', 'user', 'answer') as part, e.kind, e.session, e.turn, m.text, e.happened_at
from episode e join message m on m.turn = e.turn and m.role in ('user', 'assistant') and m.text <> ''
    and m.tool_calls = '[]'
where e.kind = 'turn' and e.id not in (select episode from archived)
union all
select seq, id, 'text', kind, session, turn, text, happened_at from episode
where kind <> 'turn' and id not in (select episode from archived);

-- The same texts of what is archived.
create view archived_document as
select m.seq, e.id as episode, if(m.role = 'user', 'user', 'answer') as part, e.kind, e.session, e.turn, m.text, e.happened_at
from episode e join message m on m.turn = e.turn and m.role in ('user', 'assistant') and m.text <> ''
    and m.tool_calls = '[]'
where e.kind = 'turn' and e.id in (select episode from archived)
union all
select seq, id, 'text', kind, session, turn, text, happened_at from episode
where kind <> 'turn' and id in (select episode from archived);
"""
