"""What the private cluster must remember, its port and its passwords: `var/db.json`, for its owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from geogrid.cluster.connection import Connection
from geogrid.cluster.errors import SetupError

FIRST_PORT = 54329
ADMIN = "postgres"
OWNER = "geogrid_owner"
DATABASE = "geogrid"


def _password() -> str:
    return secrets.token_hex(24)


@dataclass(frozen=True)
class State:
    """The port, the passwords, and whether roles and database have been made."""

    port: int = FIRST_PORT
    admin_password: str = field(default_factory=_password, repr=False)
    owner_password: str = field(default_factory=_password, repr=False)
    prepared: bool = False

    def but(self, *, port: int | None = None, prepared: bool | None = None) -> State:
        """Give a copy with another port or another progress."""
        return replace(
            self,
            port=self.port if port is None else port,
            prepared=self.prepared if prepared is None else prepared,
        )

    def as_owner(self) -> Connection:
        """Connect as the role that owns the product's database."""
        return Connection("127.0.0.1", self.port, OWNER, self.owner_password, DATABASE)

    def as_admin(self) -> Connection:
        """Connect as the cluster's superuser, which the product itself never does."""
        return Connection("127.0.0.1", self.port, ADMIN, self.admin_password, "postgres")


def state_file(root: Path) -> Path:
    """Say where the state of the checkout at `root` is kept."""
    return root / "var" / "db.json"


def load_state(root: Path) -> State | None:
    """Read the state; None when there is none yet."""
    path = state_file(root)
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise SetupError(
            f"{path} belongs to another user: run as the user who first started the project"
        ) from error
    except (ValueError, TypeError) as error:
        raise SetupError(
            f"{path} is damaged ({error}): delete it, a new one is made at the next start"
        ) from error


def save_state(root: Path, state: State) -> None:
    """Write the state so that a reader sees the old or the new one, and nobody else sees either."""
    path = state_file(root)
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(state), stream)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
