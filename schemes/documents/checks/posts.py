"""Posts stand on levels that exist, and what is required can be filled."""

from __future__ import annotations

from collections.abc import Iterator

from schemes.documents.problems import Problem, did_you_mean
from schemes.documents.scheme import SchemeDocument


def post_levels(document: SchemeDocument) -> dict[str, str]:
    """Code of each post, those that levels imply included → code of its level as written."""
    known = {post.code: post.level for post in document.post_blocks}
    for block in document.level_blocks:
        if block.chief:
            known.setdefault(f"chief_{block.code}", block.code)
        if block.post_head:
            known.setdefault(f"head_{block.code}", block.code)
    return known


def check_posts(document: SchemeDocument) -> Iterator[Problem]:
    """Each post names a known level, a possible number of holders and a known partner."""
    levels = {block.code for block in document.level_blocks}
    posts = post_levels(document)
    for index, post in enumerate(document.post_blocks):
        if post.level not in levels:
            text = f'is "{post.level}", but there is no such level{did_you_mean(post.level, levels)}'
            yield Problem(("posts", index, "level"), text)
        if post.max is not None and post.max < post.min:
            text = f"is {post.max}, less than the {post.min} of min"
            yield Problem(("posts", index, "max"), text)
        if post.plane and post.planes:
            yield Problem(("posts", index, "plane"), "is given beside planes; keep one of them")
        partner = post.pair_with
        if partner and partner not in posts and document.reuse_cells_of is None:
            text = f'is "{partner}", but there is no such post{did_you_mean(partner, posts)}'
            yield Problem(("posts", index, "pair_with"), text)


def check_required_posts(document: SchemeDocument) -> Iterator[Problem]:
    """A level requires only posts of its own."""
    known = post_levels(document)
    for index, block in enumerate(document.level_blocks):
        for position, code in enumerate(block.required_posts):
            path = ("levels", index, "required_posts", position)
            if code not in known:
                yield Problem(path, f'is "{code}", but there is no such post{did_you_mean(code, known)}')
            elif known[code] != block.code:
                yield Problem(path, f'is "{code}", which is a post of level {known[code]}, not {block.code}')
