"""The posts of a scheme, brought in line with its document."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from boundaries.models import Level, Scheme
from geogrid.core.errors import Refused
from people.models import Appointment, Post
from schemes.documents import Post as WrittenPost
from schemes.documents import SchemeDocument


def posts_store(*, scheme: Scheme, document: SchemeDocument, vanished: Collection[Level]) -> list[str]:
    """Make and update the posts of a document, and retire the others; give the codes of those newly retired.

    Raises
    ------
    Refused
        If a post changes its level while somebody holds it.
    """
    levels = {level.code: level for level in scheme.levels.all()}
    stored = {post.code: post for post in scheme.posts.select_related("level")}
    for written in document.posts:
        post = stored.pop(written.code, None) or Post(scheme=scheme, code=written.code)
        _write(post, written, levels[written.level])
    retired = sorted(code for code, post in stored.items() if not post.retired)
    for post in stored.values():
        post.retired = True
        if post.level in vanished:
            post.level = None
        post.save()
    return retired


def _write(post: Post, written: WrittenPost, level: Level) -> None:
    if post.pk and post.level_id not in (None, level.pk):
        _refuse_move(post, level)
    post.level = level
    post.name_zh, post.name_en = written.name.zh, written.name.en
    post.minimum, post.maximum = written.min, written.max
    post.mandatory = written.mandatory
    post.retired = False
    post.save()


def _refuse_move(post: Post, level: Level) -> None:
    lasting = Q(valid__upper_inf=True) | Q(valid__endswith__gt=timezone.now())
    held = Appointment.objects.filter(lasting, post=post).count()
    if held:
        raise Refused(
            f"the post {post.code} is held {held} times for cells of the level {post.level}, so that it "
            f"cannot become one of the level {level}; end these appointments first, or give the post another "
            "code",
            post=post.code,
        )
