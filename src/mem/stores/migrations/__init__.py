"""The database's schema, one module a step, applied once each in order and recorded in `meta.schema_version`."""

from mem.stores.migrations import m001_first

STEPS = (m001_first.SQL,)
SCHEMA_VERSION = len(STEPS)
