"""Amazon DynamoDB: the stack's key, recovery to any second, deletion protection, backups."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_dynamodb as dynamodb

from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting, under_key

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


def _recovery(session: Session, table: Any) -> Any:
    return dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(point_in_time_recovery_enabled=True)


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
            resource_type="AWS::DynamoDB::GlobalTable",
            settings=[
                # Each replica would need a key of its Region, which only the app can name.
                Setting(
                    argument="encryption",
                    properties=["SSESpecification", "Replicas"],
                    value=lambda made: dynamodb.TableEncryptionV2.customer_managed_key(made.key),
                    unless=["replicas", "witness_region"],
                    why=_ENCRYPTED,
                ),
                *_recovery_settings(),
            ],
        ),
    ],
    raw=[
        Raw(
            construct=dynamodb.CfnTable,
            resource_type="AWS::DynamoDB::Table",
            settings=[
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
)
