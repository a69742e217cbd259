"""What a check is, what it may answer, and the account that it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.preflight.report import Outcome, Severity

_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 4, "mode": "standard"})
# Services of the account as a whole answer in one Region of the partition; Artifact and Shield are in the first alone.
# docs.aws.amazon.com/general/latest/gr/rande.html, and botocore's endpoints.json for the others.
_HOME = {
    "aws": {"artifact": "us-east-1", "shield": "us-east-1", "support": "us-east-1"},
    "aws-cn": {"support": "cn-north-1"},
    "aws-us-gov": {"support": "us-gov-west-1"},
}


class Account:
    """A live account, asked with the credentials of ``session``; each client is made once."""

    def __init__(self, session: boto3.Session, *, account_id: str, regions: Sequence[str]) -> None:
        self.id = account_id
        self.regions = tuple(regions)
        self.partition = partition_of(self.regions[0])
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        # What it answered, once it was asked.
        self._organization: list[str | None] = []

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client; for a service of the whole account, in the Region where it answers."""
        place = _HOME.get(self.partition, {}).get(service) or region or self.regions[0]
        if (service, place) not in self._clients:
            self._clients[service, place] = self._session.client(service, region_name=place, config=_CONFIG)
        return self._clients[service, place]

    def organization(self) -> str | None:
        """Return the id of the organization that the account is in; None if it is in none. Asked once."""
        if not self._organization:
            organizations = self.client("organizations")
            try:
                self._organization.append(organizations.describe_organization()["Organization"]["Id"])
            except organizations.exceptions.AWSOrganizationsNotInUseException:
                self._organization.append(None)
        return self._organization[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found out; ``fix`` is empty, and ``severity`` None, where the check's own holds.

    ``settings`` are keys of the landing zone's configuration with the values that fit the account.
    """

    outcome: Outcome
    message: str
    resources: tuple[str, ...] = ()
    fix: str = ""
    severity: Severity | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def with_settings(self, settings: Mapping[str, Any]) -> Answer:
        """Return the same answer, which says what configuration fits."""
        return replace(self, settings=settings)


def passed(message: str) -> Answer:
    """Answer that all is as it has to be."""
    return Answer("passed", message)


def failed(message: str, *resources: str, fix: str = "", severity: Severity | None = None) -> Answer:
    """Answer that something is not, and which resources that concerns."""
    return Answer("failed", message, resources, fix, severity)


def unknown(message: str, *, fix: str) -> Answer:
    """Answer that the account does not say."""
    return Answer("unknown", message, fix=fix)


@dataclass(frozen=True, slots=True)
class Check:
    """One question: what has to hold, what asking needs, and how to mend it."""

    name: str
    title: str
    permissions: tuple[str, ...]
    fix: str
    ask: Callable[[Account], Answer]
    severity: Severity = "error"

    @property
    def id(self) -> str:
        """The public id."""
        return f"HIPAA.Preflight-{self.name}"

    @property
    def controls(self) -> tuple[str, ...]:
        """The entries of the Security Rule that it is about."""
        return tuple(read("preflight.json")[self.name]["controls"])


def listed(items: Sequence[str], most: int = 5) -> str:
    """Name the first few of many."""
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest} more" if rest > 0 else "")
