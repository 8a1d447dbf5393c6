"""Every cell, in the order in which they are published."""

from typing import Final

from tests.matrix.cell import Cell
from tests.matrix.cells import answer, client_certificate, network, own, protocol, server_certificate

CELLS: Final[tuple[Cell, ...]] = tuple(
    cell for part in (server_certificate, client_certificate, own, protocol, network, answer) for cell in part.cells()
)
