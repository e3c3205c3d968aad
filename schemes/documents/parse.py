"""From the text of a document to the checked document, or to the error that lists all that is wrong."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from geogrid.core.errors import BadDocument
from schemes.documents.checks import check_document
from schemes.documents.problems import Problem, bad_document, problems_of, real_path
from schemes.documents.scheme import SchemeDocument
from schemes.documents.yaml_tree import NotYaml, YamlTree, read_yaml

MAX_BYTES = 1_000_000


def decode(content: bytes, source: str) -> str:
    """Turn the bytes of a document into text; refuse what is empty, too large, binary or not UTF-8.

    Parameters
    ----------
    content : bytes
        The whole file, or its first MAX_BYTES + 1 bytes.
    source : str
        What to call the file in an error.

    Raises
    ------
    BadDocument
        One sentence.
    """
    if len(content) > MAX_BYTES:
        raise _refusal(source, f"is larger than {MAX_BYTES:,} bytes; a scheme document is a short text")
    if b"\0" in content:
        raise _refusal(source, "is not a text file; a scheme document is YAML in UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start + 1} of the file is no UTF-8; save the document as UTF-8"
        raise bad_document(source, [Problem((), place, line)]) from error
    if not text.strip():
        raise _refusal(source, "is empty; a scheme document begins with `scheme:` and `levels:`")
    return text


def _refusal(source: str, text: str) -> BadDocument:
    return BadDocument(f"{source} {text}", file=source, errors=1, problems=[])


def parse_document(text: str, source: str) -> SchemeDocument:
    """Read, validate and cross-check the text of a scheme document.

    Parameters
    ----------
    text : str
        YAML.
    source : str
        What to call the document in errors, usually its path.

    Returns
    -------
    SchemeDocument
        Every key valid, every cross check passed.

    Raises
    ------
    BadDocument
        One sentence a line, each with the source, the line and the dotted key; `context` holds
        `errors` (how many) and `problems` (line, key and text of each).
    """
    try:
        tree = read_yaml(text)
    except NotYaml as error:
        raise bad_document(source, [error.problem]) from error
    if not isinstance(tree.data, dict):
        found = "a list" if isinstance(tree.data, list) else "a single value"
        wrong = f"the document is {found}, but keys such as `scheme:` and `levels:` are wanted"
        raise bad_document(source, [Problem((), wrong, tree.line(()))])
    return _validated(tree, source)


def _validated(tree: YamlTree, source: str) -> SchemeDocument:
    problems = list(tree.problems)
    try:
        document = SchemeDocument.model_validate(tree.data)
    except ValidationError as error:
        problems += problems_of(error.errors(include_url=False), tree.data, SchemeDocument)
        raise bad_document(source, _with_lines(problems, tree)) from error
    for problem in check_document(document):
        problems.append(replace(problem, path=real_path(problem.path, tree.data)))
    if problems:
        raise bad_document(source, _with_lines(problems, tree))
    return document


def _with_lines(problems: list[Problem], tree: YamlTree) -> list[Problem]:
    return [replace(problem, line=problem.line or tree.line(problem.path)) for problem in problems]
