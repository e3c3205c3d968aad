"""`load_scheme FILE_OR_NAME`: a scheme document into the database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from geogrid.management.teaching import TeachingCommand
from schemes.documents import Level, Post
from schemes.loader import document_names, read_document, shown_path
from schemes.services.load import SchemeLoad, scheme_load


class Command(TeachingCommand):
    """Load a scheme document."""

    help = (
        "Check a scheme document and load it; a changed text becomes the scheme's next version, the same\n"
        "text changes nothing. All versions are kept. What is wrong is named with file, line and key.\n\n"
        "  load_scheme environment      the document data/schemes/environment.yaml\n"
        "  load_scheme my/scheme.yaml   a file of your own\n\n"
        "A next version may add levels, posts and layers; it may not leave out a level that has cells, put\n"
        "it under another one, or make its rule stricter. A post left out is retired, a layer stays.\n"
        "The keys are explained in docs/reference/scheme-document.md. Documents by name: "
        f"{', '.join(document_names())}.\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the document."""
        parser.add_argument("document", metavar="FILE_OR_NAME", help="a YAML file, or the name of a document")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, document: str, **options: Any) -> None:
        """Load it and say what is there now."""
        load = scheme_load(loaded=read_document(document))
        if options["json"]:
            self.stdout.write(json.dumps(load.as_json(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(load)))


def _lines(load: SchemeLoad) -> Iterator[str]:
    document, version = load.loaded.document, load.scheme.document_version
    loaded = f"loaded {shown_path(load.loaded.path)} as version {version}"
    same = f"no change, this text is version {version} already"
    yield f"{document.code} ({document.name.zh}): {loaded if load.changed else same}"
    yield from (f"  level {_level_line(level)}" for level in document.levels)
    yield from (f"  post {_post_line(post)}" for post in document.posts)
    for layer in document.layers:
        key = f", key {' + '.join(layer.key_fields)}" if layer.key_fields else ""
        shared = ", shared" if layer.code in load.shared else ""
        yield f"  layer {layer.code} ({layer.name.zh}): {layer.geometry}{key}{shared}"
    yield from (f"  the level {code} is gone; it had no cells" for code in load.removed)
    yield from (f"  the post {code} is retired" for code in load.retired)


def _level_line(level: Level) -> str:
    under = f" under {level.parent}" if level.parent else ""
    expected = f", {level.expected} cells expected" if level.expected is not None else ""
    return f"{level.code} ({level.name.zh}): {level.rule}{under}{expected}"


def _post_line(post: Post) -> str:
    most = f" to {post.max}" if post.max is not None else " or more"
    holders = f"{post.min}{most} holders a cell" if post.max != post.min else f"{post.min} a cell"
    return f"{post.code} ({post.name.zh}): level {post.level}, {holders}"
