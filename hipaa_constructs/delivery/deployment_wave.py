from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aws_cdk as cdk

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs.delivery.bootstrap_roles import Target


class DeploymentWave:
    """What is deployed together: an environment, or an environment's part in one Region.

    :param name: of up to 40 letters, digits, ``-`` and ``_``.
    :param environments: the accounts and Regions that its stacks go to, each known at synth.
    :param context: CDK's context by which the app synthesizes this wave's stacks alone. Default: none, for all.
    :param production: whether somebody has to approve it. Default: yes.
    :raises ValueError: a name or an environment that does not fit.
    """

    @checked_arguments
    def __init__(
        self,
        *,
        name: str,
        environments: Sequence[cdk.Environment],
        context: Mapping[str, str] | None = None,
        production: bool = True,
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", name):
            refuse(
                "name",
                name,
                allowed="allowed are 1 to 40 letters, digits, '-' and '_'",
                fix="It names folders, actions and roles: shorten it.",
            )
        if not environments:
            refuse("environments", environments, allowed="a wave goes somewhere", fix="Name account and Region.")
        for one in environments:
            if not re.fullmatch(r"\d{12}", one.account or "") or not re.fullmatch(r"[a-z0-9-]+", one.region or ""):
                refuse(
                    "environments",
                    f"{one.account} in {one.region}",
                    allowed="roles are named by account and Region, so both have to be known at synth",
                    fix="Write cdk.Environment(account='111122223333', region='us-east-1').",
                )
        self._name, self._context, self._production = name, dict(context or {}), production
        self._targets = tuple(sorted({Target(str(one.account), str(one.region)) for one in environments}))

    @property
    def name(self) -> str:
        """What folders, actions and roles of the wave are called by."""
        return self._name

    @property
    def context(self) -> Mapping[str, str]:
        """CDK's context by which the wave is synthesized."""
        return self._context

    @property
    def production(self) -> bool:
        """Whether somebody has to approve it."""
        return self._production

    @property
    def targets(self) -> tuple[Target, ...]:
        """The accounts and Regions, in order and each once."""
        return self._targets
