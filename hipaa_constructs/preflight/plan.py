"""What the landing zone is about to deploy, as far as an account has to be asked about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from hipaa_constructs.preflight.check import Account

# What CDK names the resources of its bootstrap after, unless cdk.json has another.
DEFAULT_QUALIFIER = "hnb659fds"
# A resource in one of these states is not, or no longer, the stack's.
_GONE = ("CREATE_FAILED", "DELETE_COMPLETE", "DELETE_SKIPPED")


@dataclass(frozen=True, slots=True)
class Plan:
    """The configuration's part in the questions before deployment.

    ``exists`` says of each key of ``detection`` whether that service is said to exist; ``detector_ids`` are those given
    for ``guard_duty`` and ``recovery_guard_duty``. ``services_monitor`` is ``create`` or the ARN of the monitor of
    costs, None where nobody watches them. ``management_account`` is the organization's, if guardrails go there.
    """

    name: str
    account: str
    primary_region: str
    recovery_region: str
    exists: Mapping[str, bool]
    detector_ids: Mapping[str, str | None]
    by_organization: bool
    reserve_concurrency: bool
    services_monitor: str | None
    management_account: str | None
    qualifier: str
    _made: dict[tuple[str, str], Mapping[str, set[str]]] = field(default_factory=dict, compare=False)

    @property
    def regions(self) -> tuple[str, str]:
        """Both Regions."""
        return self.primary_region, self.recovery_region

    def made(self, account: Account, region: str, stack: str, kind: str) -> set[str]:
        """Return the physical ids of a type's resources that a stack of the landing zone has made already.

        A second look at a deployed landing zone must not take its own services for somebody else's.
        """
        key = region, stack
        if key not in self._made:
            self._made[key] = _resources(account, region, f"{self.name}-{stack}")
        return self._made[key].get(kind, set())


def _resources(account: Account, region: str, stack: str) -> Mapping[str, set[str]]:
    pages = account.client("cloudformation", region).get_paginator("list_stack_resources").paginate(StackName=stack)
    found: dict[str, set[str]] = {}
    try:
        for page in pages:
            for one in page["StackResourceSummaries"]:
                if one["ResourceStatus"] not in _GONE:
                    found.setdefault(one["ResourceType"], set()).add(one.get("PhysicalResourceId", ""))
    except ClientError as error:
        # CloudFormation says so of a stack that is not there.
        if "does not exist" not in error.response["Error"].get("Message", ""):
            raise
    return found
