"""Changes: the events of one transaction belong together, tell which change they take back, and whose words they quote.

`event.before` and `event.after` are what the item was before and after it, null where it was not there (then of a fact the
rows of `fact` and `fact_evidence` as JSON, of an episode its row, of core memory the block's text).
"""

SQL = """
insert into counter values ('c', 0);
alter table event add column change varchar default '';
alter table event add column undoes varchar default '';
-- The episodes whose words stand in `before` or `after`: forgetting one of them must reach those too.
alter table event add column episodes varchar[] default [];

-- Older events kept no change; those of one turn are taken for one.
update event set change = 'c' || numbered.number
from (
    select seq, dense_rank() over (order by begun) as number
    from (select seq, if(turn = '', seq, min(seq) over (partition by turn, actor)) as begun from event)
) numbered
where event.seq = numbered.seq;
update counter set value = (select count(distinct change) from event) where kind = 'c';

-- A pinned fact is not changed or ended by what the memory writer reads.
alter table fact add column pinned boolean default false;

-- The prompt of the last turn that a model was asked about, in one row; any forget empties it.
create table last_prompt (
    turn varchar not null, sent_at timestamp not null, tokens integer not null, budget_tokens integer not null,
    parts varchar not null, messages varchar not null
);
"""
