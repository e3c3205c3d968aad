"""Debian packages: what is missing is installed by root or sudo, otherwise the exact command is named."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from geogrid.cluster.errors import MissingPackages
from geogrid.cluster.programs import installed

from say import run, say

LIBRARIES = Path("/usr/lib")
FONTS = Path("/usr/share/fonts")
OLDEST_NODE = 18
APT = "/usr/bin/apt-get"
# A machine that has just booted is often busy with its own updates.
PATIENT = ("-o", "DPkg::Lock::Timeout=600")
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/geogrid.conf")


@dataclass(frozen=True)
class Need:
    """Something of the operating system, the packages that bring it, and how to see that it is there."""

    packages: tuple[str, ...]
    is_there: Callable[[], bool]


def _library(name: str) -> Callable[[], bool]:
    return lambda: any(LIBRARIES.glob(f"*/{name}.so*")) or any(LIBRARIES.glob(f"{name}.so*"))


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _node_is_recent() -> bool:
    if shutil.which("npm") is None or (node := shutil.which("node")) is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return version.isdigit() and int(version) >= OLDEST_NODE


def _can_make_venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


NEEDS = (
    Need(("libgdal32", "gdal-bin"), _library("libgdal")),
    Need(("gdal-bin",), _program("ogrinfo")),
    Need(("libgeos-c1v5",), _library("libgeos_c")),
    Need(("libproj25", "proj-data"), _library("libproj")),
    Need(("python3-venv",), _can_make_venv),
    Need(("gettext",), _program("msgfmt")),
    Need(("ca-certificates",), lambda: Path("/etc/ssl/certs/ca-certificates.crt").exists()),
)
PRIVATE_DATABASE = Need(("postgresql-15", "postgresql-15-postgis-3"), lambda: bool(installed()))
DATABASE_CLIENT = Need(("postgresql-client",), lambda: bool(installed(with_postgis=False)))
NODE = Need(("nodejs", "npm"), _node_is_recent)
# The tests look at the pages as people do: in a browser, in Chinese.
FOR_TESTS = (
    Need(("chromium",), _program("chromium")),
    Need(("fonts-noto-cjk",), lambda: any(FONTS.glob("**/NotoSansCJK*"))),
)


def ensure_packages(root: Path, *, more: Sequence[Need] = ()) -> None:
    """Install what is missing; one look at the file system when nothing is."""
    needs = [*NEEDS, *more, DATABASE_CLIENT if os.environ.get("DATABASE_URL") else PRIVATE_DATABASE]
    if not _node_was_seen(root):
        needs.append(NODE)
    missing = [need for need in needs if not need.is_there()]
    if missing:
        packages = sorted({package for need in missing for package in need.packages})
        _install(root, packages)
        still = [need for need in missing if not need.is_there()]
        if still:
            names = ", ".join(package for need in still for package in need.packages)
            raise MissingPackages(
                "installed, but what they should bring is not found (is another one first on the PATH?): "
                f"{names}"
            )
    _remember_node(root)


def _node_stamp(root: Path) -> tuple[Path, str]:
    node = shutil.which("node")
    seen = f"{node} {Path(node).stat().st_mtime_ns}" if node and shutil.which("npm") else ""
    return root / "var" / "node.seen", seen


def _node_was_seen(root: Path) -> bool:
    """Tell whether this very node was found recent enough before: starting it takes longer than all else."""
    stamp, seen = _node_stamp(root)
    return bool(seen) and stamp.exists() and stamp.read_text(encoding="utf-8") == seen


def _remember_node(root: Path) -> None:
    stamp, seen = _node_stamp(root)
    if not _node_was_seen(root):
        stamp.write_text(seen, encoding="utf-8")


def _install(root: Path, packages: list[str]) -> None:
    prefix = _root_prefix()
    if prefix is None or not Path(APT).exists():
        raise MissingPackages(_what_to_do(packages))
    say(f"missing packages of the operating system: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", APT, *PATIENT]
    run([*apt, "update"], root=root, doing="reading the package lists")
    with _without_main_cluster(root, prefix):
        run([*apt, *_install_words(packages)], root=root, doing="installing packages")


def _install_words(packages: list[str]) -> list[str]:
    return ["install", "-y", "--no-install-recommends", *packages]


def _what_to_do(packages: list[str]) -> str:
    """Say how somebody who may install packages does it, in words that can be pasted."""
    if not Path(APT).exists():
        return (
            f"programs are missing and this system has no {APT} to install them; "
            f"in Debian 12 these packages bring them: {' '.join(packages)}"
        )
    sudo, who = ("sudo ", "") if shutil.which("sudo") else ("", "as root ")
    return (
        f"packages of the operating system are missing; install them {who}with: "
        f"{sudo}apt-get update && {sudo}apt-get {' '.join(_install_words(packages))}"
    )


@contextmanager
def _without_main_cluster(root: Path, prefix: list[str]) -> Iterator[None]:
    """Keep Debian's package from making and starting a cluster of its own; the project brings its own.

    The package reads the file that says so when it is first installed. The file goes again afterwards: what
    else is done with PostgreSQL on this machine is not the project's business.
    """
    wish = root / "var" / "no-main-cluster.conf"
    wish.write_text("create_main_cluster = false\n", encoding="ascii")
    _quietly([*prefix, "install", "-D", "-m", "644", str(wish), str(NO_MAIN_CLUSTER)])
    wish.unlink()
    try:
        yield
    finally:
        _quietly([*prefix, "rm", "-f", str(NO_MAIN_CLUSTER)])


def _quietly(command: list[str]) -> None:
    """Run a step that the set-up can do without."""
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _root_prefix() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None
