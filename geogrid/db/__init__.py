"""What speaks to PostgreSQL beyond the ORM."""
