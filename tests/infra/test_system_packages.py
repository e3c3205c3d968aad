"""Missing Debian packages: what is run to install them, and what is said where that cannot be.

A program that writes down how it was called stands for apt-get, so that nothing is installed here.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from geogrid.cluster.errors import MissingPackages, SetupError

WRITES_DOWN = """\
#!/bin/sh
echo "$(basename "$0") $*" >> "{log}"
"""
APT = (
    WRITES_DOWN
    + """\
case "$*" in
  *install*)
    echo "frontend $DEBIAN_FRONTEND, $(cat "{no_main_cluster}")" >> "{log}"
    {install}
    ;;
esac
"""
)
UPDATE = "apt-get -o DPkg::Lock::Timeout=600 update"
INSTALL = "apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends"
UNASKED = "frontend noninteractive, create_main_cluster = false"


class Machine:
    """A machine on which the packages of one need are missing."""

    def __init__(self, module: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module, self.folder, self._monkeypatch = module, folder, monkeypatch
        self.log, self.brought = folder / "log", folder / "brought"
        self.no_main_cluster = folder / "etc" / "createcluster.d" / "geogrid.conf"
        (folder / "var").mkdir()
        (folder / "bin").mkdir()
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")
        monkeypatch.delenv("DATABASE_URL", raising=False)
        monkeypatch.setattr(module, "NO_MAIN_CLUSTER", self.no_main_cluster)
        monkeypatch.setattr(module, "APT", str(folder / "bin" / "apt-get"))
        for name in ("PRIVATE_DATABASE", "DATABASE_CLIENT"):
            need = module.Need(getattr(module, name).packages, self.brought.exists)
            monkeypatch.setattr(module, name, need)
        there = module.Need(("never",), lambda: True)
        monkeypatch.setattr(module, "NEEDS", (there,))
        monkeypatch.setattr(module, "NODE", there)
        self.has("apt-get", APT, install=f"touch {self.brought}")

    def has(self, program: str, text: str, **facts: str) -> None:
        path = self.folder / "bin" / program
        path.write_text(
            text.format(log=self.log, no_main_cluster=self.no_main_cluster, **facts), encoding="utf-8"
        )
        path.chmod(0o755)

    def is_used_by(self, uid: int) -> None:
        self._monkeypatch.setattr(os, "geteuid", lambda: uid)

    def ensure(self) -> list[str]:
        self.module.ensure_packages(self.folder)
        return self.calls()

    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def machine(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that root uses."""
    monkeypatch.syspath_prepend(str(repository / "script" / "tasks"))
    made = Machine(importlib.import_module("system_packages"), tmp_path, monkeypatch)
    made.is_used_by(0)
    return made


def test_root_installs_what_is_missing_without_questions_and_without_a_cluster_of_debians(
    machine: Machine,
) -> None:
    assert machine.ensure() == [UPDATE, f"{INSTALL} postgresql-15 postgresql-15-postgis-3", UNASKED]
    # The wish to have no cluster of Debian's holds for this installation only.
    assert not machine.no_main_cluster.exists()
    assert [path.name for path in (machine.folder / "var").iterdir()] == ["node.seen"]


def test_nothing_is_run_when_nothing_is_missing(machine: Machine) -> None:
    machine.brought.touch()
    assert machine.ensure() == []


def test_with_a_database_elsewhere_only_its_client_is_wanted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@h/land")
    assert f"{INSTALL} postgresql-client" in machine.ensure()


def test_packages_of_several_needs_are_one_installation(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = [machine.module.Need(packages, machine.brought.exists) for packages in (("b", "a"), ("b",))]
    monkeypatch.setattr(machine.module, "NEEDS", tuple(needs))
    assert machine.ensure()[1] == f"{INSTALL} a b postgresql-15 postgresql-15-postgis-3"


def test_what_only_the_tests_need_is_installed_for_them_only(machine: Machine) -> None:
    machine.brought.touch()
    lacking = machine.module.Need(("chromium",), (machine.folder / "chromium").exists)
    assert machine.ensure() == []
    machine.has("apt-get", APT, install=f"touch {machine.folder / 'chromium'}")
    machine.module.ensure_packages(machine.folder, more=[lacking])
    assert f"{INSTALL} chromium" in machine.calls()


def test_an_installation_that_fails_is_told_and_leaves_nothing(machine: Machine) -> None:
    machine.has("apt-get", APT, install="exit 100")
    with pytest.raises(SetupError, match=r"^installing packages failed \(exit code 100\): .*apt-get"):
        machine.ensure()
    assert not machine.no_main_cluster.exists()


def test_packages_that_do_not_bring_what_they_should_are_named(machine: Machine) -> None:
    machine.has("apt-get", APT, install=":")
    with pytest.raises(MissingPackages, match=r"is not found .*: postgresql-15, postgresql-15-postgis-3$"):
        machine.ensure()


SUDO = WRITES_DOWN + '[ "$1" = -n ] && {allowed} || exit 1\nshift\n"$@"\n'


def test_somebody_with_sudo_runs_every_step_through_it_and_is_never_asked(machine: Machine) -> None:
    machine.is_used_by(1000)
    machine.has("sudo", SUDO, allowed=":")
    calls = machine.ensure()
    apt = f"sudo -n env DEBIAN_FRONTEND=noninteractive {machine.folder}/bin/"
    wish, conf = machine.folder / "var" / "no-main-cluster.conf", machine.no_main_cluster
    packages = "postgresql-15 postgresql-15-postgis-3"
    assert calls == [
        "sudo -n true",
        f"{apt}{UPDATE}",
        UPDATE,
        f"sudo -n install -D -m 644 {wish} {conf}",
        f"{apt}{INSTALL} {packages}",
        f"{INSTALL} {packages}",
        UNASKED,
        f"sudo -n rm -f {conf}",
    ]
    assert not conf.exists()


def _refused(machine: Machine) -> str:
    with pytest.raises(MissingPackages) as refused:
        machine.ensure()
    assert not machine.no_main_cluster.exists()
    assert [call for call in machine.calls() if call != "sudo -n true"] == []
    return str(refused.value)


def test_where_sudo_wants_a_password_the_command_is_named_and_nothing_is_run(machine: Machine) -> None:
    machine.is_used_by(1000)
    machine.has("sudo", SUDO, allowed="false")
    assert _refused(machine) == (
        "packages of the operating system are missing; install them with: sudo apt-get update && "
        "sudo apt-get install -y --no-install-recommends postgresql-15 postgresql-15-postgis-3"
    )


def test_where_there_is_no_sudo_the_command_is_roots(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.is_used_by(1000)
    monkeypatch.setenv("PATH", str(machine.folder / "bin"))
    assert _refused(machine) == (
        "packages of the operating system are missing; install them as root with: apt-get update && "
        "apt-get install -y --no-install-recommends postgresql-15 postgresql-15-postgis-3"
    )


def test_a_system_without_apt_is_told_what_is_missing(machine: Machine) -> None:
    (machine.folder / "bin" / "apt-get").unlink()
    assert _refused(machine).endswith(
        "in Debian 12 these packages bring them: postgresql-15 postgresql-15-postgis-3"
    )


@pytest.mark.parametrize(
    ("versions", "recent"), [("v18.20.4", True), ("v20.1.0", True), ("v16.20.2", False), ("", False)]
)
def test_a_node_is_used_only_if_it_is_recent(machine: Machine, versions: str, recent: bool) -> None:
    look: Callable[[], bool] = machine.module._node_is_recent
    machine.has("node", "#!/bin/sh\necho {version}\n", version=versions)
    machine.has("npm", "#!/bin/sh\n")
    assert look() is recent
