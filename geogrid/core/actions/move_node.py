"""Move a node, and with it all borders that meet there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import on_lattice, parameter, read_position
from geogrid.core.actions.family import box_of, divides
from geogrid.core.actions.reshaping import directed_edges, having_vertex, refuse_fixed_outline, reshape
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import IntArray, to_degrees
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Sketch


@dataclass(frozen=True)
class MoveNode:
    """Move a vertex of borders; all cells of all levels that have it follow.

    Attributes
    ----------
    at, to : (lon, lat)
    """

    at: tuple[float, float] = parameter(read_position)
    to: tuple[float, float] = parameter(read_position)

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        cells = having_vertex(ground, self.at)
        if not cells:
            raise EditRefused(
                "no-such-node", "no border has a vertex there; take one of its own", shapely.Point(self.at)
            )
        at, to = np.array(on_lattice(self.at)), np.array(on_lattice(self.to))
        if (at == to).all():
            raise EditRefused("nothing-to-do", "the node is there already", shapely.Point(self.to))
        edges = {cell.ident: directed_edges(cell) for cell in cells}
        old = {ident: own[(own == at).all(axis=2).any(axis=1)] for ident, own in edges.items()}
        drawn = [Drawn(_moved(own, at, to)) for own in old.values()]
        around = shapely.MultiPoint(
            to_degrees(np.concatenate([*old.values(), *(d.edges for d in drawn)])).reshape(-1, 2)
        )
        witnesses = [cell for cell in ground.meeting(box_of(around)) if divides(ground, cell)]
        sketch = Sketch([*cells, *witnesses], [*drawn, *(Drawn(own) for own in old.values())])
        plan = Plan(ground, sketch, new_ids)
        count = len(cells)
        chains = {
            cell.ident: sketch.own_chain(cell.ident) + sketch.chain(n) - sketch.chain(count + n)
            for n, cell in enumerate(cells)
        }
        words = "the node would be moved across another border; move it less far"
        reshape(plan, chains, "node-crosses-border", words)
        refuse_fixed_outline(plan)
        return plan.change()


def _moved(edges: IntArray, at: IntArray, to: IntArray) -> IntArray:
    """Give edges with one end moved; those that lose their length are left out."""
    moved = np.where((edges == at).all(axis=2)[:, :, None], to, edges)
    kept: IntArray = moved[(moved[:, 0] != moved[:, 1]).any(axis=1)]
    return kept
