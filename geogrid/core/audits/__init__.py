"""The audits of a land, one rule a file; each answers with findings, never with an exception."""
