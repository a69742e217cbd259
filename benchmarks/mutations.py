"""Which losses of protection the gate notices: ``python -m benchmarks.mutations``.

One security property at a time is undone in the templates of the landing zone and of every example; then cdk-nag's
HIPAA pack and this package's rules look at the result. A mutant is caught if something fails that did not fail before.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.mutation.explained import why_survived
from benchmarks.mutation.mutant import Mutant
from benchmarks.mutation.nag_judge import judge
from benchmarks.mutation.neutral import why_neutral
from benchmarks.mutation.own_judge import OwnJudge
from benchmarks.mutation.policy_operators import policy_mutants
from benchmarks.mutation.resource_operators import resource_mutants
from benchmarks.mutation.value_operators import property_mutants
from benchmarks.subjects import programs, synthesize

TARGET = 0.98


@dataclass(frozen=True, slots=True)
class Case:
    """A change made to one app's template, wherever it can be made; ``mutant`` is the one that is shown."""

    app: str
    template: str
    mutant: Mutant
    by_own: bool
    by_nag: bool

    @property
    def caught(self) -> bool:
        """Whether either finds it."""
        return self.by_own or self.by_nag

    @property
    def kind(self) -> tuple[str, ...]:
        """What makes two cases the same change, in whatever template."""
        return (self.mutant.operator, self.mutant.resource_type, self.mutant.place, self.mutant.change)


def likes(body: Mapping[str, Any]) -> Sequence[Sequence[Mutant]]:
    """Return a template's mutants, those together that differ only in which of several like resources they change."""
    found: dict[tuple[str, ...], list[Mutant]] = {}
    for mutant in [*property_mutants(body), *policy_mutants(body), *resource_mutants(body)]:
        key = (mutant.operator, mutant.resource_type, mutant.place, mutant.change)
        found.setdefault(key, []).append(mutant)
    return list(found.values())


def run(assemblies: Mapping[str, Path], step: Callable[[str], None] = lambda what: None) -> Sequence[Case]:
    """Judge every mutant of cloud assemblies, given by the names of their apps."""
    asked: list[tuple[str, str, Mutant | None, bool]] = []
    bodies: list[Mapping[str, Any]] = []
    for app, folder in assemblies.items():
        own = OwnJudge(folder)
        for name, body in own.bodies.items():
            step(f"Own rules on mutants of {app}, {name}")
            asked.append((app, name, None, False))
            bodies.append(body)
            for mutants in likes(body):
                # One that gets away stands for its likes, first of all one that matters.
                away = [mutant for mutant in mutants if not own.finds(name, mutant.body(body))]
                lost = next((mutant for mutant in away if why_neutral(mutant) is None), away[0] if away else None)
                asked.append((app, name, lost or mutants[0], lost is None))
                bodies.append((lost or mutants[0]).body(body))
    step(f"cdk-nag on {len(bodies)} templates")
    answers = judge(bodies)
    cases: list[Case] = []
    before: frozenset[tuple[str, str]] = frozenset()
    for (app, name, mutant, by_own), seen in zip(asked, answers, strict=True):
        if mutant is None:
            if seen is None:
                raise RuntimeError(f"CDK cannot include {name} of {app}, as it is")
            before = seen
        else:
            cases.append(Case(app, name, mutant, by_own, bool(seen and seen - before)))
    return cases


def counted(cases: Sequence[Case]) -> Sequence[Case]:
    """Leave out what undoes nothing. What is caught undoes something, whatever the table of exceptions says."""
    return [case for case in cases if case.caught or why_neutral(case.mutant) is None]


def report(cases: Sequence[Case], console: Console) -> None:
    """Print the shares by kind of change, and every survivor with the reason."""
    found = counted(cases)
    table = Table(title="Mutants caught", title_justify="left")
    table.add_column("change")
    for name in ("mutants", "cdk-nag alone", "own rules alone", "together"):
        table.add_column(name, justify="right")
    for operator in sorted({case.mutant.operator for case in found}):
        table.add_row(operator, *_shares([case for case in found if case.mutant.operator == operator]))
    table.add_section()
    table.add_row("all", *_shares(found))
    console.print(table)
    distinct = len({case.kind for case in found})
    together = sum(case.caught for case in found) / len(found)
    left_out = len(cases) - len(found)
    console.print(f"Target together {TARGET:.0%}, measured {together:.1%}. {distinct} of the changes are distinct.")
    console.print(f"{left_out} more undo nothing (benchmarks/mutation/neutral.py says why each).")
    _list(Counter(case.kind for case in found if not case.caught), found, console)


def _shares(cases: Sequence[Case]) -> Sequence[str]:
    def share(count: int) -> str:
        return f"{count / len(cases):.0%}"

    return (
        str(len(cases)),
        share(sum(case.by_nag for case in cases)),
        share(sum(case.by_own for case in cases)),
        share(sum(case.caught for case in cases)),
    )


def _list(survivors: Counter[tuple[str, ...]], cases: Sequence[Case], console: Console) -> None:
    if not survivors:
        console.print("No mutant survived.")
        return
    table = Table(title="Survivors", title_justify="left", show_lines=True)
    for name, ratio in (("mutant", 3), ("times", None), ("why", 2)):
        table.add_column(name, ratio=ratio)
    shown = {case.kind: case.mutant for case in cases if not case.caught}
    for kind, times in survivors.items():
        table.add_row(str(shown[kind]), str(times), why_survived(shown[kind]) or "no rule looks at it yet")
    console.print(table)


def main() -> None:
    """Synthesize everything, judge all mutants and print the result."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder, console.status("Synthesizing") as status:
        assemblies: dict[str, Path] = {}
        for name, program in programs().items():
            status.update(f"Synthesizing {name}")
            assemblies[name] = synthesize(program, Path(folder, name.replace(" ", "-")))
        cases = run(assemblies, status.update)
    report(cases, console)


if __name__ == "__main__":
    main()
