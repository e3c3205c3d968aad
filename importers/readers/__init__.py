"""Readers of files: one entry, `read_table`."""

from importers.readers.reading import read_table
from importers.readers.table import RefusedRow, SourceTable, require_field

__all__ = ["RefusedRow", "SourceTable", "read_table", "require_field"]
