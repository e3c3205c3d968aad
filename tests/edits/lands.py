"""The lands that several tests of edits begin with."""

from __future__ import annotations

from tests.edits.drawing import drawn, sheet

#: Two cities, three streets, six zones.
NESTED = drawn(
    sheet(
        "city",
        """
        AAAAAABB
        AAAAAABB
        AAAAAABB
        AAAAAABB
        """,
    ),
    sheet(
        "street",
        """
        KKKKLLMM
        KKKKLLMM
        KKKKLLMM
        KKKKLLMM
        """,
    ),
    sheet(
        "zone",
        """
        aabbccee
        aabbccee
        aabbddff
        aabbddff
        """,
    ),
)

#: `K` has zones and `L` has none: the level is ragged.
RAGGED = drawn(
    sheet("city", "AAAAAA\nAAAAAA"),
    sheet("street", "KKKKLL\nKKKKLL"),
    sheet("zone", "aabb..\naabb..", rule="ragged"),
)

#: Quarters lie in zones and need not fill them.
PARTIAL = drawn(
    sheet("street", "KKKKKK\nKKKKKK\nKKKKKK"),
    sheet("zone", "aaabbb\naaabbb\naaabbb"),
    sheet("quarter", "......\n.qqrr.\n......", rule="partial"),
)

#: A hole, an enclave, an island, cells of two parts, cells that touch in one point.
ODD = drawn(
    sheet(
        "street",
        """
        KKKKKKK..L
        KLLKKKK...
        KLLKK.KLLL
        KKKKKKKLLL
        KKKKKKKLLL
        """,
    ),
    sheet(
        "zone",
        """
        aaaabbb..z
        ayyabbb...
        ayyab.bxxx
        aabbaaawww
        aabbaaawww
        """,
    ),
)
