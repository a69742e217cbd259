from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_events as events

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation


class Existing:
    """Something that the account has in the Region already, and of which AWS allows one there.

    A construct that would make such a thing takes this in its place, and makes all that surrounds it: alerts first of
    all. What belongs to the thing itself, such as its settings, stays with whoever runs it. No template shows whether
    it is there: the construct acknowledges that on its event rule, which stands in the evidence, and
    ``hipaa-constructs preflight`` asks the account.

    :param resource_id: its id, where a construct needs it to go on. Default: none.
    :raises ValueError: an empty id, or an argument of the wrong type.
    """

    @checked_arguments
    def __init__(self, *, resource_id: str | None = None) -> None:
        if resource_id == "":
            refuse("resource_id", resource_id, allowed="an id is not empty", fix="Leave it out if none is needed.")
        self._resource_id = resource_id

    @property
    def resource_id(self) -> str | None:
        """Its id, as far as it was given."""
        return self._resource_id


def acknowledge_existing(rule: events.Rule, thing: str, *, source: str) -> None:
    """Acknowledge that the app does not make ``thing``, whose findings ``rule`` takes; ``source`` says there is one."""
    acknowledge_limitation(
        cast("cdk.CfnResource", rule.node.default_child),
        "HIPAA.Constructs-AwaitedServiceEnabled",
        reason=f"{thing} exists in this account and Region already, and AWS allows one: a second fails deployment. "
        "Whether it is there and complete is checked by `hipaa-constructs preflight`, which asks the account.",
        source=source,
    )
