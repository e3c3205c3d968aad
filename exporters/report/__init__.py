"""The coverage report: plain data in, one self-contained HTML page out."""

from exporters.report.content import CoverageReport, FeatureCounts, ReportFinding, ReportLevel
from exporters.report.page import render_report

__all__ = ["CoverageReport", "FeatureCounts", "ReportFinding", "ReportLevel", "render_report"]
