"""Sessions that begin with what was said in another."""

SQL = """
-- The messages of session `origin` with which `session` begins; their text stands in `message` alone.
create table forked (session varchar not null, message varchar not null, origin varchar not null);
"""
