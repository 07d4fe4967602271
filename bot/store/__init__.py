"""The database: sessions, outbox and staff accounts, on SQLite or PostgreSQL."""
