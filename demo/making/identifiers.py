"""Codes of invented firms: right by their check digits, of a division that no firm is registered in."""

from __future__ import annotations

_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(division: str, number: int) -> str:
    """Give the unified social credit code (GB 32100-2015) of the invented firm with a number."""
    body = f"91{division}{_organisation_code(f'DM{number:06d}')}"
    total = sum(_CREDIT.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _CREDIT[-total % 31]


def _organisation_code(body: str) -> str:
    """Put the check digit (GB 11714) behind the eight signs of an organisation's code."""
    pairs = zip(body, _ORGANISATION_WEIGHTS, strict=True)
    rest = sum(_ORGANISATION.index(sign) * weight for sign, weight in pairs) % 11
    return body + {0: "0", 1: "X"}.get(rest, str(11 - rest))
