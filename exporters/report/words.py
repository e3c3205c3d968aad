"""The words of the report, Chinese and English side by side."""

from __future__ import annotations

from exporters.report.content import CoverageReport

RULES: dict[str, tuple[str, str]] = {
    "gap": ("缝隙", "Gap"),
    "overlap": ("重叠", "Overlap"),
    "unmatched_edge": ("共边不一致", "Unmatched edge"),
    "sliver": ("碎面", "Sliver"),
    "outside_parent": ("超出上级网格", "Outside its parent"),
    "duplicate_cell": ("重复单元", "Duplicate cell"),
    "invalid_polygon": ("无效多边形", "Invalid polygon"),
    "duplicate_code": ("重复编码", "Duplicate code"),
    "bad_code": ("编码不合规", "Bad code"),
    "vacancy": ("岗位空缺", "Vacancy"),
    "object_in_gap": ("对象落入缝隙", "Object in a gap"),
    "straddling": ("跨界对象", "Straddling object"),
}
STATES: dict[str, tuple[str, str]] = {
    "open": ("未处理", "open"),
    "accepted": ("已接受", "accepted"),
    "fixed": ("已修复", "fixed"),
}
_SQUARE_METRES_PER_HECTARE = 1e4
_SQUARE_METRES_PER_KM2 = 1e6


def rule_words(rule: str) -> tuple[str, str]:
    """Name a rule in Chinese and English; a rule that is not known here keeps its id."""
    return RULES.get(rule, (rule, rule))


def state_words(state: str) -> tuple[str, str]:
    """Name the state of a finding in Chinese and English."""
    return STATES.get(state, (state, state))


def verdict_words(report: CoverageReport) -> tuple[str, str]:
    """Say in Chinese and in English whether the land is covered, and if not, the numbers."""
    accepted = sum(finding.state == "accepted" for finding in report.findings)
    if report.verdict == "full":
        if accepted:
            return (
                f"全覆盖、无缝隙、不重叠（另有 {accepted:,} 个问题已说明理由并接受）。",
                f"Full coverage: no gaps, no overlaps ({accepted:,} findings accepted with a reason).",
            )
        return ("全覆盖、无缝隙、不重叠。", "Full coverage: no gaps, no overlaps, no blind spots.")
    if not any(level.codes for level in report.levels):
        return ("尚无单元网格，没有任何土地被覆盖。", "There are no cells yet: no land is covered.")
    counts = _blind_spots(report)
    chinese = "，".join(f"{zh} {count:,} 处" for zh, _, count in counts)
    english = ", ".join(f"{count:,} {en}" for _, en, count in counts)
    return (f"存在盲区：{chinese}。", f"Blind spots: {english}.")


def _blind_spots(report: CoverageReport) -> list[tuple[str, str, int]]:
    counts = [
        ("缝隙", "gaps", sum(level.gaps for level in report.levels)),
        ("重叠", "overlaps", sum(level.overlaps for level in report.levels)),
        ("落入缝隙的对象", "objects in gaps", report.features.in_gap),
        ("岗位空缺", "vacant posts", report.vacancies),
    ]
    found = [entry for entry in counts if entry[2]]
    unresolved = sum(finding.state == "open" for finding in report.findings)
    return found or [("未处理问题", "open findings", unresolved)]


def area_text(area_m2: float) -> str:
    """Write an area in the unit that fits it."""
    if area_m2 >= _SQUARE_METRES_PER_KM2:
        return f"{area_m2 / _SQUARE_METRES_PER_KM2:,.2f} km²"
    if area_m2 >= _SQUARE_METRES_PER_HECTARE:
        return f"{area_m2 / _SQUARE_METRES_PER_HECTARE:,.2f} ha"
    if area_m2 >= 1:
        return f"{area_m2:,.1f} m²"
    return f"{area_m2:.2g} m²" if area_m2 else "0"


def length_text(length_m: float) -> str:
    """Write a width so that a strip of a centimetre is seen to be one."""
    if length_m >= 1:
        return f"{length_m:,.1f} m"
    return f"{length_m * 100:.2g} cm"
