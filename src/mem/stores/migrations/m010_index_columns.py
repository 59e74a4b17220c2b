"""The search index has other columns once more: it is built again from the texts."""

from mem.stores.migrations import m008_index_columns

SQL = m008_index_columns.SQL
