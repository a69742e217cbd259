"""The report of many accounts: assemblies in, one after the other, and one set of documents out."""

from __future__ import annotations

import datetime
import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.attestations import Said, read_file
from hipaa_constructs.evidence.judged import Judged, judge_assembly
from hipaa_constructs.evidence.made import standing_on
from hipaa_constructs.evidence.model import Made
from hipaa_constructs.evidence.organization import Merge
from hipaa_constructs.evidence.organization_model import Known, OrganizationEvidence
from hipaa_constructs.evidence.preflight_results import read_file as read_preflight


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is judged by besides assemblies: days, and files that say what no template does."""

    today: datetime.date
    made: Made
    attestations: Path | None
    acknowledgements: Path | None
    baseline: Path | None
    preflight: Sequence[Path]
    config: Path | None

    @property
    def standing(self) -> datetime.date:
        """The day on which exceptions, attestations and decisions have to be in force."""
        return standing_on(self.today, self.made)


def all_accounts(
    directories: Sequence[Path], asked: Asked, *, judged: Judged | None = None, step: Callable[[str], None]
) -> OrganizationEvidence:
    """Return the evidence of all accounts of some assemblies.

    :param judged: the one assembly, where it was judged before.
    :raises UnusableInput: a folder or a file cannot be used: which, and why.
    """
    if len({directory.resolve() for directory in directories}) < len(directories):
        raise UnusableInput(", ".join(map(str, directories)), "a folder is named twice; name each assembly once")
    # Before the first assembly is read: a wrong file is told at once.
    said = read_file(asked.attestations) if asked.attestations else Said()
    answers = [read_preflight(file) for file in asked.preflight]
    known = known_accounts(asked.config) if asked.config else {}
    merge = Merge()
    if judged is not None:
        merge.add(judged)
    else:
        for number, directory in enumerate(directories, start=1):
            merge.add(_judge(directory, asked, partial(_numbered, step, f"{number} of {len(directories)}")))
            # The command line collects no garbage, and an app holds on to itself: without this, all of them stay.
            gc.collect()
    return merge.result(
        today=asked.today, standing=asked.standing, made=asked.made, said=said, asked=answers, known=known
    )


def _judge(directory: Path, asked: Asked, step: Callable[[str], None]) -> Judged:
    return judge_assembly(
        directory,
        standing=asked.standing,
        acknowledgements=asked.acknowledgements,
        baseline=asked.baseline,
        one_of_many=True,
        step=step,
    )


def _numbered(step: Callable[[str], None], number: str, doing: str) -> None:
    step(f"{number}: {doing}")


def known_accounts(config: Path) -> Mapping[str, Known]:
    """Return what the landing zone's configuration tells of accounts, by id.

    :raises UnusableInput: it cannot be read: why.
    """
    from hipaa_constructs.landing_zone.parsing import read_organization

    try:
        organization = read_organization(config).organization
    except ValueError as error:
        raise UnusableInput(str(config), " ".join(line.strip() for line in str(error).split("\n"))) from None
    known = {account: Known(role=role) for role, account in organization.accounts.by_role().items()}
    known.update({one.account: Known(one.name, "workload", one.environment) for one in organization.workloads})
    return known
