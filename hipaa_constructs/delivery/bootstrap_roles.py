"""The roles that ``cdk bootstrap`` makes in each account and Region, by name, and what of them a job needs.

Source: docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html and the template that ``cdk bootstrap --show-template``
prints. None of the jobs takes the role that CloudFormation deploys with: it trusts CloudFormation alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hipaa_constructs.cloudformation.partitions import partition_of

QUALIFIER = "hnb659fds"
# What ``cdk deploy`` and ``cdk diff`` take.
DEPLOYING = ("deploy", "file-publishing", "image-publishing")
# Reads all of an account, and may not decrypt anything: what preflight and drift detection take.
READING = ("lookup",)


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """An account in a Region that something is deployed to."""

    account: str
    region: str

    @property
    def profile(self) -> str:
        """What AWS's configuration calls it in a job."""
        return f"{self.account}-{self.region}"


def role_arns(targets: Iterable[Target], roles: Iterable[str], *, qualifier: str = QUALIFIER) -> list[str]:
    """Return the ARNs of bootstrap roles, without a wildcard: an account's names follow from account and Region."""
    kinds = tuple(roles)
    return [
        f"arn:{partition_of(one.region)}:iam::{one.account}:role/cdk-{qualifier}-{kind}-role-{one.account}-{one.region}"
        for one in sorted(set(targets))
        for kind in kinds
    ]


def is_qualifier(text: str) -> bool:
    """Whether ``cdk bootstrap --qualifier`` takes it."""
    return bool(re.fullmatch(r"[A-Za-z0-9_-]{1,10}", text))
