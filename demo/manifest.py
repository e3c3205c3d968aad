"""What the files of a demonstration are and where they go, as its manifest says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).resolve().parent.parent / "data" / "huangshan"


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CellFile(_Block):
    """The cells of one level."""

    file: str
    level: str


class LayerFile(_Block):
    """The objects of one layer."""

    file: str
    layer: str


class PeopleFiles(_Block):
    """Offices, people, and who holds which post."""

    organisations: str
    persons: str
    appointments: str


class PlantedFile(_Block):
    """The draft with faults; its coordinates are not those of the other files."""

    draft: str
    file: str
    level: str
    crs: str


class Manifest(_Block):
    """The manifest of a folder."""

    scheme: str
    draft: str
    crs: str
    cells: tuple[CellFile, ...]
    layers: tuple[LayerFile, ...]
    people: PeopleFiles
    planted: PlantedFile

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Manifest:
        """Read the manifest of a folder."""
        return cls.model_validate_json((folder / "manifest.json").read_bytes())

    def targets(self) -> Iterator[tuple[str, str]]:
        """Give every file with what its rows become: a level, a layer, or people."""
        for cells in (*self.cells, self.planted):
            yield cells.file, cells.level
        for layer in self.layers:
            yield layer.file, layer.layer
        for kind, file in self.people:
            yield file, kind


def sha256_of(path: Path) -> str:
    """Give the check sum of a file, as the records of imports keep it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
