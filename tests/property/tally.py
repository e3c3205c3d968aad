"""How many edits of each kind were made, and refused for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tally:
    """Counts of a run."""

    made: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)

    def report(self, name: str, root: Path) -> None:
        """Print the counts, and keep them in `var/property/`."""
        lines = [
            f"{name}: {self.made.total()} edits made, {self.refused.total()} refused, {dict(self.steps)}"
        ]
        for action in sorted({*self.made, *(action for action, _ in self.refused)}):
            codes = sorted((code, n) for (of, code), n in self.refused.items() if of == action)
            told = ", ".join(f"{code} {n}" for code, n in codes) or "none"
            lines.append(f"  {action:16} made {self.made[action]:6}   refused: {told}")
        text = "\n".join(lines)
        print(text)
        folder = root / "var" / "property"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(f"{text}\n", encoding="utf-8")

    def assert_at_least(self, total: int, each: Mapping[str, int]) -> None:
        """Tell that enough was done for the run to mean something."""
        assert self.made.total() >= total, f"{self.made.total()} edits are too few"
        few = {action: self.made[action] for action, least in each.items() if self.made[action] < least}
        assert not few, f"too few were made of: {few}"
