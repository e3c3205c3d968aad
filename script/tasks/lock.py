"""`script/lock [--upgrade]`: renew both lock files; no address of any registry may get into them."""

from __future__ import annotations

from pathlib import Path

from environment import NPM_LOCK, PYTHON_LOCK, ensure_environment, python, task_environment
from say import run

COMPILE = (
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--no-emit-options",
    "--no-header",
    "--strip-extras",
    "--allow-unsafe",
    "--annotation-style=line",
    "--quiet",
)


def main(root: Path, arguments: list[str]) -> int:
    """Resolve requirements/dev.in and package.json anew; `--upgrade` takes newer versions."""
    ensure_environment(root)
    upgrade = ["--upgrade"] if "--upgrade" in arguments else []
    environment = task_environment(root)
    compile_command = [python(root), "-m", "piptools", "compile", *COMPILE, *upgrade]
    compile_command += ["--output-file", PYTHON_LOCK, "requirements/dev.in"]
    run(compile_command, root=root, env=environment, doing="locking the Python packages")
    npm = ["npm", "update" if upgrade else "install", "--package-lock-only", "--ignore-scripts"]
    run(npm, root=root, env=environment, doing="locking npm's packages")
    if '"resolved"' in (root / NPM_LOCK).read_text(encoding="utf-8"):
        raise AssertionError(
            f"{NPM_LOCK} names a registry: .npmrc must say omit-lockfile-registry-resolved=true"
        )
    ensure_environment(root)
    return 0
