"""What a writer is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from exporters.writers.coordinates import TargetCrs
from exporters.writers.table import ExportTable


@dataclass
class ExportJob:
    """One table on its way into one file; the writer notes what people should know about the result.

    Attributes
    ----------
    table : ExportTable
        What to write.
    crs : TargetCrs
        The coordinate system of the file.
    encoding : str
        A name out of the format's encodings.
    spreadsheet_safe : bool
        Defuse texts that a spreadsheet program would run as formulas.
    notes : list of str
        Sentences about the result.
    overflow : int
        Values that the format could not hold whole; they are in a side file.
    """

    table: ExportTable
    crs: TargetCrs
    encoding: str
    spreadsheet_safe: bool = False
    notes: list[str] = field(default_factory=list)
    overflow: int = 0

    def note(self, sentence: str) -> None:
        """Keep a sentence for the report, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


@dataclass(frozen=True)
class WriteReport:
    """What was written.

    Attributes
    ----------
    path : Path
        The file.
    format : str
        Its format's name.
    rows : int
        Rows written: all of the table's.
    size_bytes : int
        Size of the file.
    crs : str
        Name of its coordinate system.
    encoding : str
        Encoding of its texts.
    overflow : int
        Values that the format could not hold whole and that are in a side file instead.
    notes : tuple of str
        Sentences that the person who asked should read.
    """

    path: Path
    format: str
    rows: int
    size_bytes: int
    crs: str
    encoding: str
    overflow: int
    notes: tuple[str, ...]
