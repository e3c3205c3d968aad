"""Duties in words."""

from __future__ import annotations

import pytest
from django.utils import translation

from workspace.duties import duties_of


def rhythm(duty, language="en"):
    with translation.override(language):
        return duties_of({"duties": [duty]}, {"keeper"})[0].rhythm


@pytest.mark.parametrize(
    ("duty", "en", "zh"),
    [
        ({"per": "month", "count": 1}, "once every month", "每月1次"),
        ({"per": "half_year", "count": 3}, "3 times every half-year", "每半年3次"),
        ({"periods": ["week", "year"]}, "once every week; once every year", "每周1次；每年1次"),
        ({"season": [9, 10]}, "in the months 9, 10", "9、10月"),
        ({"on_demand": True}, "when somebody asks", "按需"),
        ({}, "", ""),
    ],
)
def test_how_often_is_said_in_both_languages(duty, en, zh) -> None:
    assert rhythm(duty) == en
    assert rhythm(duty, "zh-hans") == zh


def test_a_duty_without_a_name_is_called_by_its_topic() -> None:
    found = duties_of({"duties": [{"code": "x", "topic": "禁烧"}]}, {"keeper"})
    assert found[0].name == {"zh": "禁烧", "en": "禁烧"}


def test_a_level_without_posts_has_no_duties() -> None:
    assert duties_of({"duties": [{"code": "x"}]}, set()) == []
