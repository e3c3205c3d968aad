"""Documents are found by name or path; whatever cannot be read is refused in one sentence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from geogrid.core.errors import BadDocument, NotFound, UnreadableFile
from schemes.loader import SCHEMES_DIR, document_names, read_document


def test_a_bare_name_means_a_document_of_the_project() -> None:
    name = document_names()[0]
    loaded = read_document(name)
    assert loaded.path == SCHEMES_DIR / f"{name}.yaml"
    assert loaded.text == loaded.path.read_text(encoding="utf-8")
    assert loaded.sha256 == hashlib.sha256(loaded.path.read_bytes()).hexdigest()


def test_an_unknown_name_lists_the_ones_that_exist() -> None:
    with pytest.raises(NotFound, match='no scheme document "nothing"; the ones that exist are: ') as caught:
        read_document("nothing")
    assert all(name in caught.value.message for name in document_names())


@pytest.mark.parametrize(
    "given", ["", "  ", "a/b.yaml", "x.yaml", "..", "../etc", "a" * 5000, "a\0b", "a" * 300]
)
def test_what_names_no_file_is_refused_in_one_sentence(given: str) -> None:
    with pytest.raises((NotFound, UnreadableFile)) as caught:
        read_document(given)
    assert "\n" not in caught.value.message


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="is not a file"):
        read_document(tmp_path)


def test_a_path_is_read_with_a_byte_order_mark_and_windows_lines(tmp_path: Path, small: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + small.replace("\n", "\r\n").encode())
    assert read_document(str(path)).document.code == "example"


def test_an_error_names_the_file_by_its_path(tmp_path: Path, small: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(small + "nam: x\n", encoding="utf-8")
    with pytest.raises(BadDocument) as caught:
        read_document(path)
    assert caught.value.message == f'{path} line 6: nam is not a known key; did you mean "name"?'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"PK\x03\x04\0\0", "is not a text file"),
        ("scheme: x\nname: 网格\n".encode("gb18030"), "line 2: byte 17 of the file is no UTF-8"),
        ("scheme: x\n".encode("utf-16"), "is not a text file"),
        (b"# " + b"x" * 1_000_000, "is larger than 1,000,000 bytes"),
    ],
)
def test_bytes_that_are_no_document_are_refused_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    with pytest.raises(BadDocument) as caught:
        read_document(path)
    assert sentence in caught.value.message
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.context["errors"] == 1
