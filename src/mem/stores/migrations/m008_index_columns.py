"""The search index has other columns: it is built again from the texts, and what there is of it is removed."""

SQL = """
update meta set value = '0' where key in ('index_generation', 'indexed_seq');
update meta set value = '' where key in ('index_building', 'index_maintaining');
insert or replace into meta values ('index_purge', 'owed');
delete from index_file;
delete from unindexed;
"""
