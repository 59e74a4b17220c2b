"""Whose words core memory and the summaries of sessions are, and how far every row can be trusted."""

SQL = """
-- Of the least trusted text in it.
alter table core_block add column origin varchar default 'user_confirmed';
alter table session add column summary_origin varchar default '';

-- `trust`: 3 the user confirmed it, 2 the user said it, 1 the assistant said it, 0 anybody else; the least over all that a row
-- was made from. A fact that the user confirmed is the user's own, whatever it was read in.
create view provenance as
with word as (
    select unnest(['user_confirmed', 'user_said', 'assistant_said']) as origin, unnest([3, 2, 1]) as trust
), own as (
    select id as item, origin from message
    union all select id, origin from episode
    union all select id, origin from fact
    union all select 'core:' || label, origin from core_block
    union all select 'summary:' || id, summary_origin from session where summary <> ''
), source as (
    select fact as item, e.origin from fact_evidence v join episode e on e.id = v.episode
        join fact f on f.id = v.fact and f.origin <> 'user_confirmed'
    union all select a.stands_in, e.origin from archived a join episode e on e.id = a.episode
        join episode s on s.id = a.stands_in and s.kind = 'summary'
), lineage as (
    select item, origin from own union all select item, origin from source
)
select l.item, any_value(o.origin) as origin, min(coalesce(w.trust, 0)) as trust
from lineage l join own o on o.item = l.item left join word w on w.origin = l.origin
group by l.item;
"""
