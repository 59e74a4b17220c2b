"""What owns a database: DuckDB is the truth, LanceDB the search index over episodes."""
