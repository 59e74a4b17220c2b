"""The database's schema, one module a step, applied once each in order and recorded in `meta.schema_version`."""

from mem.stores.migrations import (
    m001_first,
    m002_verdicts_and_probes,
    m003_changes,
    m004_review,
    m005_consolidation,
    m006_forgetting,
    m007_provenance,
    m008_index_columns,
    m009_forks,
    m010_index_columns,
)

STEPS = (
    m001_first.SQL,
    m002_verdicts_and_probes.SQL,
    m003_changes.SQL,
    m004_review.SQL,
    m005_consolidation.SQL,
    m006_forgetting.SQL,
    m007_provenance.SQL,
    m008_index_columns.SQL,
    m009_forks.SQL,
    m010_index_columns.SQL,
)
SCHEMA_VERSION = len(STEPS)
