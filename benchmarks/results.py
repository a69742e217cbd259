"""What was measured, beside its target."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Result(NamedTuple):
    """One figure; ``target`` is the most that it should be, None for a figure that is only told.

    ``measured`` is None for what could not be measured here.
    """

    what: str
    measured: float | None
    target: float | None
    unit: str


def show(results: Iterable[Result], console: Console | None = None) -> None:
    """Print figures, each with its target; a miss is marked, and is no failure: machines differ."""
    table = Table(title="Measured", title_justify="left")
    table.add_column("what")
    for name in ("target", "measured", ""):
        table.add_column(name, justify="right")
    for result in results:
        target = "" if result.target is None else f"≤ {result.target:g} {result.unit}"
        if result.measured is None:
            table.add_row(result.what, target, "not measured", "")
            continue
        missed = result.target is not None and result.measured > result.target
        mark = "" if result.target is None else "[red]missed[/red]" if missed else "[green]met[/green]"
        table.add_row(result.what, target, f"{result.measured:.2f} {result.unit}", mark)
    (console or Console()).print(table)
