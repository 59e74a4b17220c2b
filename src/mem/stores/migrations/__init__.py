"""The database's schema, one module a step, applied once each in order and recorded in `meta.schema_version`."""

from mem.stores.migrations import m001_first, m002_verdicts_and_probes

STEPS = (m001_first.SQL, m002_verdicts_and_probes.SQL)
SCHEMA_VERSION = len(STEPS)
