"""`script/check [STEP ...]`: the whole gate but the tests; every step runs, whatever the others found."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from geogrid.cluster.errors import SetupError

from database import ensure_database
from environment import ensure_environment, python, task_environment
from say import say

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "geogrid.settings.prod",
    "GEOGRID_ALLOWED_HOSTS": "geogrid.example",
}


def _always(root: Path) -> bool:
    return root.is_dir()


def _has_templates(root: Path) -> bool:
    return any(root.glob("*/templates/**/*.html"))


@dataclass(frozen=True)
class Step:
    """One question of the gate: a name, a program, and when it is asked."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    applies: Callable[[Path], bool] = _always


@dataclass(frozen=True)
class Outcome:
    """How a step went."""

    step: Step
    exit_code: int
    output: str
    seconds: float


STEPS = (
    Step("ruff-format", ("ruff", "format", "--check", "--quiet", ".")),
    Step("ruff-lint", ("ruff", "check", "--quiet", ".")),
    Step("mypy", ("mypy", "--no-error-summary")),
    Step("imports", ("lint-imports", "--no-logo")),
    Step("djlint", ("djlint", "--check", "--lint", "."), applies=_has_templates),
    Step("biome", ("biome", "ci", "--error-on-warnings", "--colors=off")),
    Step("tsc", ("tsc", "--project", "tsconfig.json")),
    Step("licences", ("script/licences", "--check")),
    Step("migrations", ("python", "manage.py", "makemigrations", "--check", "--dry-run")),
    Step(
        "deploy",
        ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        environment=PRODUCTION,
    ),
)


def main(root: Path, arguments: list[str]) -> int:
    """Set up, then ask every step, or the named ones."""
    unknown = sorted(set(arguments) - {step.name for step in STEPS})
    if unknown:
        known = ", ".join(step.name for step in STEPS)
        raise SetupError(f"script/check has no step {', '.join(unknown)}; its steps are {known}")
    ensure_environment(root)
    ensure_database(root)
    return run_gate(root, arguments)


def run_gate(root: Path, names: list[str]) -> int:
    """Run the steps two at a time and report them in their order; 1 when any of them failed."""
    chosen = [step for step in STEPS if step.applies(root) and (not names or step.name in names)]
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(lambda step: _ask(root, step), chosen):
            mark = "ok    " if outcome.exit_code == 0 else "FAILED"
            say(f"check {outcome.step.name:<12} {mark} {outcome.seconds:5.1f} s")
            if outcome.exit_code != 0:
                failed.append(outcome.step.name)
                say(outcome.output.rstrip())
    say(f"check: {len(chosen) - len(failed)} of {len(chosen)} steps passed" + _listed(failed))
    return 1 if failed else 0


def _listed(failed: list[str]) -> str:
    return f"; failed: {', '.join(failed)}" if failed else ""


def _ask(root: Path, step: Step) -> Outcome:
    program, *rest = step.command
    command = [python(root) if program == "python" else program, *rest]
    environment = {**task_environment(root), **step.environment}
    started = time.monotonic()
    done = subprocess.run(
        [_full_path(root, command[0]), *command[1:]],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding=sys.getdefaultencoding(),
        errors="replace",
        check=False,
    )
    return Outcome(step, done.returncode, done.stdout, time.monotonic() - started)


def _full_path(root: Path, program: str) -> str:
    """Prefer the checkout's own programs; the PATH of the caller is not asked."""
    for folder in (root / ".venv" / "bin", root / "node_modules" / ".bin", root):
        if (folder / program).exists():
            return str(folder / program)
    return program
