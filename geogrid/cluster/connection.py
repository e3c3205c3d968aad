"""How to reach a database: from DATABASE_URL, or from the private cluster's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from geogrid.cluster.errors import SetupError

SCHEMES = ("postgres", "postgresql", "postgis")

# libpq's environment names of the options that a DATABASE_URL may carry.
OPTION_VARIABLES = {
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "options": "PGOPTIONS",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


@dataclass(frozen=True)
class Connection:
    """The coordinates of one database."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    name: str
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_url(cls, url: str) -> Connection:
        """Read `postgresql://user:password@host:port/name?option=value`."""
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise SetupError(f"DATABASE_URL must begin with one of {', '.join(SCHEMES)}, followed by ://")
        name = unquote(parts.path.lstrip("/"))
        if not name:
            raise SetupError("DATABASE_URL names no database: append /NAME")
        options = dict(parse_qsl(parts.query))
        unknown = sorted(set(options) - set(OPTION_VARIABLES))
        if unknown:
            raise SetupError(f"DATABASE_URL has options that are not known: {', '.join(unknown)}")
        try:
            port = parts.port or 5432
        except ValueError as error:
            raise SetupError("DATABASE_URL has a port that is not a number up to 65535") from error
        return cls(
            host=unquote(parts.hostname or "127.0.0.1"),
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            name=name,
            options=options,
        )

    def to(self, name: str) -> Connection:
        """Reach another database of the same server."""
        return replace(self, name=name)

    def url(self) -> str:
        """Write the connection as a DATABASE_URL."""
        account = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        query = f"?{urlencode(self.options, quote_via=quote)}" if self.options else ""
        return f"postgresql://{account}{host}:{self.port}/{quote(self.name, safe='')}{query}"

    def libpq(self) -> dict[str, str]:
        """Give the environment of PostgreSQL's programs; others could read a password on a command line."""
        variables = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.name,
            "PGCLIENTENCODING": "UTF8",
        }
        variables |= {OPTION_VARIABLES[option]: value for option, value in self.options.items()}
        return {name: value for name, value in variables.items() if value}
