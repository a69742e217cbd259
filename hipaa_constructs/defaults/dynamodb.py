"""Amazon DynamoDB: the stack's key, recovery to any second, deletion protection, backups."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_dynamodb as dynamodb

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting, under_key

_TABLE = "AWS::DynamoDB::Table"
_GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
_SCALED = "AWS::ApplicationAutoScaling::ScalableTarget"
_CAPACITY = ("billingMode", "readCapacity", "writeCapacity", "replicationRegions", "maxReadRequestUnits")
_ENCRYPTED = "Items are under the stack's key."
_RECOVERED = "The table can be restored to any second of the last 35 days."
_PROTECTED = "Somebody has to lift the protection before the table can be deleted."


def _recovery_settings() -> list[Setting]:
    return [
        Setting(
            argument="point_in_time_recovery_specification",
            properties=["PointInTimeRecoverySpecification"],
            value=lambda made: dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True),
            unless=["point_in_time_recovery"],
            why=_RECOVERED,
        ),
        Setting(
            argument="deletion_protection",
            properties=["DeletionProtectionEnabled"],
            value=lambda made: True,
            why=_PROTECTED,
        ),
    ]


def _under_key(session: Session, table: Any) -> Any:
    return dynamodb.CfnTable.SSESpecificationProperty(
        sse_enabled=True, sse_type="KMS", kms_master_key_id=session.key(table).key_arn
    )


def _recovery(session: Session, table: Any) -> Any:
    return dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(point_in_time_recovery_enabled=True)


def _finish(session: Session, found: Found) -> None:
    """Give the key to tables of one Region.

    As an argument, CDK would refuse it in a stack that is for any Region, and with a replica that is added later, which
    takes a key of its Region that only the app can name. Who uses the table may use the key by it.
    """
    _take_any_load(session, found)
    for resource in found.of(_GLOBAL_TABLE):
        path = session.path(resource).removesuffix("/Resource")
        given = session.seen.get(path)
        if given is None:
            _protect_replicas(session, resource, path)
            continue
        if any(given.get(name) is not None for name in ("encryption", "witnessRegion")):
            continue
        if len(session.resolved(resource, "replicas").get("replicas", ())) != 1:
            continue
        resource.add_property_override("SSESpecification", {"SSEEnabled": True, "SSEType": "KMS"})
        resource.add_property_override("Replicas.0.SSESpecification.KMSMasterKeyId", session.key(resource).key_arn)
        properties = ["SSESpecification", "Replicas"]
        session.record(resource, path, _GLOBAL_TABLE, "encryption", properties, "set", _ENCRYPTED)


def _protect_replicas(session: Session, resource: Any, path: str) -> None:
    """Have each copy of a global table that the app writes as a resource be restorable and protected."""
    for place, replica in enumerate(session.resolved(resource, "replicas").get("replicas", ())):
        for name, attribute, value, why in (
            ("PointInTimeRecoverySpecification", "point_in_time_recovery_specification", _RECOVERY, _RECOVERED),
            ("DeletionProtectionEnabled", "deletion_protection_enabled", True, _PROTECTED),
        ):
            if isinstance(replica, dict) and replica.get(name[0].lower() + name[1:]) is None:
                resource.add_property_override(f"Replicas.{place}.{name}", value)
                session.record(resource, path, _GLOBAL_TABLE, attribute, ["Replicas"], "set", why)


_RECOVERY = {"PointInTimeRecoveryEnabled": True}


def _take_any_load(session: Session, found: Found) -> None:
    """Have tables pay by request that nobody gave a capacity, and that nothing scales.

    The app may still scale a table when its arguments pass; CDK would refuse that of one that pays by request.
    """
    scaled = [session.path(one) for one in found.of(_SCALED)]
    for resource in found.of(_TABLE):
        path = session.path(resource).removesuffix("/Resource")
        given = session.seen.get(path)
        if given is None or any(given.get(name) is not None for name in _CAPACITY):
            continue
        indexed = session.resolved(resource, "global_secondary_indexes").get("global_secondary_indexes")
        if indexed or any(one.startswith(f"{path}/") for one in scaled):
            continue
        resource.billing_mode = "PAY_PER_REQUEST"
        resource.provisioned_throughput = None
        properties = ["BillingMode", "ProvisionedThroughput"]
        why = "The table takes what load comes, and is paid by the request."
        session.record(resource, path, _TABLE, "billing_mode", properties, "set", why)


SERVICE = Service(
    plain=[
        Plain(
            construct=dynamodb.Table,
            props=dynamodb.TableProps,
            resource_type="AWS::DynamoDB::Table",
            settings=[
                # CDK's replicas of this class cannot have a customer key.
                *under_key(
                    ["SSESpecification"],
                    lambda: dynamodb.TableEncryption.CUSTOMER_MANAGED,
                    _ENCRYPTED,
                    unless=["replication_regions"],
                ),
                *_recovery_settings(),
            ],
        ),
        Plain(
            construct=dynamodb.TableV2,
            props=dynamodb.TablePropsV2,
            resource_type=_GLOBAL_TABLE,
            settings=_recovery_settings(),
        ),
    ],
    raw=[
        Raw(
            construct=dynamodb.CfnTable,
            resource_type="AWS::DynamoDB::Table",
            settings=[
                # Who uses the table may use the key by it.
                RawSetting(
                    attribute="sse_specification",
                    property="SSESpecification",
                    value=_under_key,
                    # A global table of the old kind has a key of AWS's in each Region.
                    when=lambda table: table.stream_specification is None,
                    why=_ENCRYPTED,
                ),
                RawSetting(
                    attribute="point_in_time_recovery_specification",
                    property="PointInTimeRecoverySpecification",
                    value=_recovery,
                    why=_RECOVERED,
                ),
                RawSetting(
                    attribute="deletion_protection_enabled",
                    property="DeletionProtectionEnabled",
                    value=lambda session, table: True,
                    why=_PROTECTED,
                ),
            ],
        )
    ],
    types=[_TABLE, _GLOBAL_TABLE, _SCALED],
    finish=_finish,
    later=[
        "Global tables of one Region are under the stack's key.",
        "Tables without indexes that nobody gave a capacity, and that nothing scales, are paid by the request.",
    ],
)
