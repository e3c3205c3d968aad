"""Names of columns as a format allows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from exporters.writers.export_job import ExportJob


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Find a name that is not taken, whatever its case: ``name``, else ``name_1``, ``name_2`` and so on."""
    lowered = {name.lower() for name in taken}
    candidate, number = wanted, 0
    while candidate.lower() in lowered:
        number += 1
        candidate = f"{wanted}_{number}"
    return candidate


def renamed(names: Sequence[str], *, taken: Collection[str], job: ExportJob) -> list[str]:
    """Give the columns names that differ from each other and from the taken ones; say which were changed."""
    result: list[str] = []
    for name in names:
        free = free_name(name, [*taken, *result])
        if free != name:
            job.note(f'The column "{name}" is called "{free}" in the file, because the name was taken.')
        result.append(free)
    return result


def dbf_names(wanted: Sequence[str], encoding: str) -> list[str]:
    """Make field names for a .dbf: at most 10 bytes, cut between characters, no two alike, a letter first.

    Parameters
    ----------
    wanted : sequence of str
        The names as they should be, in any script and length.
    encoding : str
        The encoding of the .dbf; every name must be encodable.

    Returns
    -------
    list of str
        One name for each wanted one, in their order; ``_1``, ``_2``… where cutting made two alike.
    """
    result: list[str] = []
    taken: set[str] = set()
    for name in wanted:
        clean = "".join(character if character.isalnum() else "_" for character in name)
        clean = clean if clean[:1].isalpha() else f"F{clean}"
        candidate, number = cut(clean, encoding, _NAME_BYTES), 0
        while candidate.lower() in taken:
            number += 1
            suffix = f"_{number}"
            candidate = cut(clean, encoding, _NAME_BYTES - len(suffix)) + suffix
        taken.add(candidate.lower())
        result.append(candidate)
    return result


def cut(text: str, encoding: str, size: int) -> str:
    """Shorten a text to at most `size` bytes without cutting a character in two."""
    return text.encode(encoding)[:size].decode(encoding, errors="ignore")


_NAME_BYTES = 10
