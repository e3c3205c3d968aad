"""The users of the first start, and where their passwords are."""

from __future__ import annotations

import logging
import os
import re
import stat
import threading
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Role, User
from accounts.selectors import roles_of
from accounts.services import demo_users
from accounts.services.demo_users import demo_users_ensure, demo_users_reset, password_make
from geogrid.core.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(var: Path) -> Path:
    return var / "demo_users.txt"


@pytest.fixture
def command(capsys):
    """Run the command; give what it printed."""

    def run(*options: str) -> str:
        call_command("demo_users", *options)
        return capsys.readouterr().out

    return run


def _in_file(path: Path) -> dict[str, str]:
    return dict(line.split() for line in path.read_text().splitlines() if not line.startswith("#"))


def test_the_first_start_makes_one_user_of_each_role(path: Path) -> None:
    new = demo_users_ensure(path)
    assert [(one.name, one.role) for one in new] == [(role.value, role) for role in Role]
    for one in new:
        user = User.objects.get(username=one.name)
        assert user.check_password(one.password)
        assert roles_of(user) == {one.role}
        assert not user.is_superuser
        assert not user.is_staff
        assert one.password not in user.password


def test_the_passwords_are_kept_for_the_owner_only(path: Path) -> None:
    old_mask = os.umask(0)
    try:
        new = demo_users_ensure(path)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _in_file(path) == {one.name: one.password for one in new}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_that_others_could_read_is_replaced_and_not_written_into(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("")
    path.chmod(0o644)
    with path.open() as reader:
        demo_users_ensure(path)
        assert reader.read() == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_table_is_shown_once_and_the_second_start_says_nothing(command, path: Path) -> None:
    shown = command()
    passwords = _in_file(path)
    assert len(passwords) == len(Role)
    for name, password in passwords.items():
        assert re.search(rf"^  {name} +{password}$", shown, re.MULTILINE)
    written = path.read_bytes()
    assert command() == ""
    assert path.read_bytes() == written


def test_passwords_are_read_and_typed_without_mistakes_and_never_come_twice() -> None:
    made = [password_make() for _ in range(500)]
    assert all(re.fullmatch(r"[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){2}", one) for one in made)
    assert len(set(made)) == 500


def test_who_has_a_password_already_is_enough_and_who_has_none_is_not(path: Path) -> None:
    User.objects.create_user("script").save()  # as the command `token` makes them: without a password
    assert len(demo_users_ensure(path)) == len(Role)
    User.objects.filter(username__in=Role.values).delete()
    User.objects.create_user("boss", password="a real one")
    assert demo_users_ensure(path) == []
    assert not User.objects.filter(username__in=Role.values).exists()


def test_a_user_made_for_a_token_gets_its_password_and_role(path: Path) -> None:
    User.objects.create_user("planner")
    demo_users_ensure(path)
    assert User.objects.get(username="planner").check_password(_in_file(path)["planner"])
    assert roles_of(User.objects.get(username="planner")) == {Role.PLANNER}


def test_reset_makes_one_new_password_and_leaves_the_others(command, path: Path) -> None:
    command()
    before = _in_file(path)
    shown = command("--reset", "planner")
    after = _in_file(path)
    assert {name for name in before if before[name] != after[name]} == {"planner"}
    assert after["planner"] in shown
    assert not any(after[name] in shown for name in after if name != "planner")
    assert User.objects.get(username="planner").check_password(after["planner"])
    command("--reset", "all")
    assert not set(_in_file(path).values()) & set(after.values())


def test_only_users_of_the_demonstration_are_reset(path: Path) -> None:
    User.objects.create_user("boss", password="a real one")
    with pytest.raises(BadInput, match="'boss' is no user of the demonstration"):
        demo_users_reset(["boss"], path)
    assert User.objects.get(username="boss").check_password("a real one")
    assert not path.exists()


def test_without_the_file_there_are_no_users(var: Path) -> None:
    var.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="var"):
        demo_users_ensure(var / "demo_users.txt")
    assert not User.objects.exists()


def test_passwords_are_not_logged_nor_shown_by_accident(path: Path, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        new = demo_users_ensure(path)
    for one in new:
        assert one.password not in caplog.text
        assert one.password not in repr(one)


@pytest.mark.django_db(transaction=True)
def test_two_first_starts_at_once_make_the_users_once(path: Path, monkeypatch) -> None:
    both_are_there = threading.Barrier(2)
    wait = demo_users._wait_for_turn
    monkeypatch.setattr(demo_users, "_wait_for_turn", lambda: (both_are_there.wait(20), wait()))
    made: list[int] = []

    def start() -> None:
        try:
            made.append(len(demo_users_ensure(path)))
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, len(Role)]
    for name, password in _in_file(path).items():
        assert User.objects.get(username=name).check_password(password)


def test_first_start_makes_the_users_and_tells_them_on_stderr(capsys, path: Path, monkeypatch) -> None:
    monkeypatch.setattr("geogrid.management.commands.first_start.get_commands", dict)
    call_command("first_start")
    out, err = capsys.readouterr()
    assert out == ""
    assert _in_file(path)["leader"] in err
    call_command("first_start")
    assert capsys.readouterr() == ("", "")
