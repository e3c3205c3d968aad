"""Writers of files: tables in, shapefiles, GeoJSON, GeoPackages and CSV out.

Knows nothing of Django or the database: what is to be written comes as an `ExportTable`.
"""

from exporters.writers.export_job import WriteReport
from exporters.writers.formats import FORMATS, Format, format_of, write_table
from exporters.writers.table import ExportField, ExportTable

__all__ = ["FORMATS", "ExportField", "ExportTable", "Format", "WriteReport", "format_of", "write_table"]
