"""Where the private cluster's data lies and which user of the machine runs it."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from geogrid.cluster.errors import SetupError

OUTSIDE = Path("/var/lib/geogrid")
OUTSIDE_UNWRITABLE = Path("/var/tmp/geogrid")  # noqa: S108 -- a directory of our own with mode 700 goes inside


@dataclass(frozen=True)
class Account:
    """The user of the machine that the server runs as; PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        """Tell whether the server runs as the user who calls."""
        return self.uid == os.geteuid()

    def run(self, command: list[str], *, input_text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, with an environment that holds nothing of the caller's."""
        return subprocess.run(
            command,
            input=input_text,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            capture_output=True,
            text=True,
            check=False,
            user=None if self.is_self else self.uid,
            group=None if self.is_self else self.gid,
            extra_groups=None if self.is_self else [self.gid],
        )

    def owns(self, path: Path) -> None:
        """Give a file or an empty directory to this user."""
        if not self.is_self:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Choose the caller, or for root the system user `postgres`, or a system user `geogrid`."""
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in ("postgres", "geogrid"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin")
    if useradd is None:
        raise SetupError("no user to run the database as: create a system user named geogrid")
    subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "geogrid"], check=True
    )
    return server_account()


def data_directory(root: Path, account: Account) -> Path:
    """Say where the checkout's data lies; decided once and written to `var/db.location`."""
    var = root / "var"
    note = var / "db.location"
    recorded = note.read_text(encoding="utf-8").splitlines() if note.exists() else []
    # The second line guards against a copied checkout: its note would lead to the original's data.
    if len(recorded) == 2 and recorded[1] == f"checkout {root}" and Path(recorded[0]).parent.is_dir():
        return Path(recorded[0])
    data = var / "db" if _can_reach(account, var) else _outside(root) / "db"
    # Concurrent first starts decide alike; each writes under a name of its own.
    with tempfile.NamedTemporaryFile("w", dir=var, delete=False, encoding="utf-8") as temporary:
        temporary.write(f"{data}\ncheckout {root}\n")
    Path(temporary.name).replace(note)
    return data


def _can_reach(account: Account, directory: Path) -> bool:
    return account.is_self or account.run(["/usr/bin/test", "-x", str(directory)]).returncode == 0


def _outside(root: Path) -> Path:
    """Make a directory that the server's user can reach, one for each checkout."""
    key = hashlib.sha256(str(root).encode()).hexdigest()[:16]
    for parent in (OUTSIDE, OUTSIDE_UNWRITABLE):
        place = parent / key
        try:
            parent.mkdir(mode=0o755, exist_ok=True)
            place.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        if parent.stat().st_uid == os.geteuid():
            return place
    raise SetupError(
        f"the database's user cannot reach {root}, and neither {OUTSIDE} nor {OUTSIDE_UNWRITABLE} can be made"
    )
