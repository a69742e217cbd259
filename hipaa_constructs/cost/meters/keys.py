"""KMS and Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cost.items import DAYS_OF_YEAR, Case, Family, Item

_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
# A key's first and second rotation add as much as the key; later ones add nothing (https://aws.amazon.com/kms/pricing/).
_CHARGED_ROTATIONS = 2


def _key(case: Case) -> Iterator[Item]:
    days = case.number("RotationPeriodInDays", 365)
    # Replicas rotate with their primary key.
    rotates = case.is_true("EnableKeyRotation") or case.resource.type == "AWS::KMS::ReplicaKey"
    rotated = int((DAYS_OF_YEAR * case.year - 1) / max(days, Decimal(1))) if rotates else 0
    versions = 1 + min(_CHARGED_ROTATIONS, rotated)
    rotation = (
        f"rotated every {days:f} days: each of the first two rotations adds as much as the key" if rotates else ""
    )
    yield Item("kms.key_month", Decimal(versions), rotation or "a key that is not rotated")
    requests = case.share("keys.requests", *_KEYS)
    yield Item("kms.requests", requests, "requests to all keys, shared evenly", ("keys.requests",))


def _secret(case: Case) -> Iterator[Item]:
    yield Item("secretsmanager.secret_month", Decimal(1), "a secret", choice="secrets")
    for _ in case.listed("ReplicaRegions"):
        yield Item("secretsmanager.secret_month", Decimal(1), "its replica in another Region", choice="secrets")
    reads = case.share("keys.secret_requests")
    why = "reads of all secrets, shared evenly"
    yield Item("secretsmanager.requests", reads, why, ("keys.secret_requests",), choice="secrets")


FAMILY = Family(
    choice="keys",
    units={
        "kms.key_month": "key-month",
        "kms.requests": "request",
        "secretsmanager.secret_month": "secret-month",
        "secretsmanager.requests": "request",
    },
    meters={**dict.fromkeys(_KEYS, _key), "AWS::SecretsManager::Secret": _secret},
)
