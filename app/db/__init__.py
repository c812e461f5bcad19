"""The database: engine, tables, the one writer, and every statement of the service. No other package makes SQL."""
