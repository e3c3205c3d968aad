"""DATABASE_URL: read, written again, and refused with a sentence that keeps the password to itself."""

from __future__ import annotations

import pytest

from geogrid.cluster.connection import Connection
from geogrid.cluster.errors import SetupError


def test_every_part_is_read_and_written_again() -> None:
    url = "postgresql://me%40home:p%2Fw%3A%20@db.example:6543/land%20use?sslmode=require"
    connection = Connection.from_url(url)
    assert connection == Connection(
        "db.example", 6543, "me@home", "p/w: ", "land use", {"sslmode": "require"}
    )
    assert connection.url() == url
    assert Connection.from_url(connection.url()) == connection


def test_a_socket_folder_may_stand_for_the_host() -> None:
    assert Connection.from_url("postgres://me@%2Frun%2Fpostgresql/land").host == "/run/postgresql"


def test_defaults_are_loopback_and_the_usual_port() -> None:
    connection = Connection.from_url("postgis:///land")
    assert (connection.host, connection.port, connection.user) == ("127.0.0.1", 5432, "")


def test_programs_are_told_by_environment_never_by_argument() -> None:
    told = Connection.from_url("postgresql://me:secret@h/land?sslmode=require").libpq()
    assert told["PGPASSWORD"] == "secret"
    assert told["PGSSLMODE"] == "require"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:secret@h/land",
        "postgresql://me:secret@h",
        "postgresql://me:secret@h/",
        "postgresql://me:secret@h:99999/land",
        "postgresql://me:secret@h:port/land",
        "postgresql://me:secret@h/land?colour=blue",
    ],
)
def test_what_cannot_be_used_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(SetupError) as refused:
        Connection.from_url(url)
    assert "DATABASE_URL" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_connection_does_not_show_its_password_when_printed() -> None:
    assert "secret" not in repr(Connection.from_url("postgresql://me:secret@h/land"))
