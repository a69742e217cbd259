"""Replicas of a table in other Regions, whose keys are named without a token that would cross Regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._stacks import arn_in, path_of, region_of, stack_of
from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.primitives.key_policy import in_reach
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey


def require_replicas(scope: Construct, replicas: Mapping[str, kms.IKey]) -> None:
    """Refuse replicas where none can be, or whose key this Region cannot name; else this stack waits for their keys."""
    here = stack_of(scope)
    if replicas and is_token(here.region):
        refuse(
            "replicas",
            ", ".join(replicas),
            allowed="a table with replicas has to know its own Region",
            fix="Give its stack env=cdk.Environment(account=…, region=…).",
        )
    for region, key in replicas.items():
        if region == here.region or partition_of(region) != partition_of(here.region):
            refuse(
                "replicas",
                region,
                allowed=f"a replica is in another Region of the partition of {here.region}",
                fix="Name another Region.",
            )
        _require_key(here, region, key)


def _require_key(here: cdk.Stack, region: str, key: kms.IKey) -> None:
    argument = f"replicas[{region!r}]"
    if KmsRotatedKey.made(key) is None:
        if in_reach(key):
            refuse(
                argument,
                path_of(key),
                allowed="another Region can name a key of this app only by the alias of a KmsRotatedKey",
                fix=f"Pass KmsRotatedKey(…).key of a stack in {region}, or kms.Key.from_key_arn(…).",
            )
        place = cdk.Arn.split(key.key_arn, cdk.ArnFormat.SLASH_RESOURCE_NAME).region
    else:
        there = stack_of(key)
        place = there.region
        if place == region:
            here.add_stack_dependency(there, "its key is that of a replica")
    if place != region:
        shown = "an unknown Region" if is_token(place) else place
        refuse(argument, f"a key in {shown}", allowed=f"the key of a replica is in {region}", fix="Pass one there.")


def table_encryption(
    scope: Construct, key: kms.IKey, replicas: Mapping[str, kms.IKey]
) -> dynamodb.TableEncryptionV2 | None:
    """Return the keys of table and replicas; None in a stack that names no Region, for which CDK refuses them.

    DynamoDB takes an alias too: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    aws-properties-dynamodb-globaltable-replicassespecification.html.
    """
    if is_token(region_of(scope)):
        return None
    arns = {region: _arn(replica) for region, replica in replicas.items()}
    return dynamodb.TableEncryptionV2.customer_managed_key(key, arns or None)


def encrypt_anywhere(table: dynamodb.TableV2, key: kms.IKey) -> None:
    """Write the key into a table of a stack that names no Region, which has no replicas."""
    if is_token(region_of(table)):
        resource = _resource(table)
        resource.add_property_override("SSESpecification", {"SSEEnabled": True, "SSEType": "KMS"})
        resource.add_property_override("Replicas.0.SSESpecification.KMSMasterKeyId", key.key_arn)


def _arn(key: kms.IKey) -> str:
    made = KmsRotatedKey.made(key)
    return key.key_arn if made is None else arn_in(key, "kms", made.alias_name)


def leave_policies_off_replicas(table: dynamodb.TableV2, count: int) -> None:
    """Take the table's policy off its replicas, which CDK writes first, and to which it may give it.

    CloudFormation cannot make a replica and give it a policy in the same update:
    docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html.
    """
    resource = _resource(table)
    for index in range(count):
        resource.add_property_deletion_override(f"Replicas.{index}.ResourcePolicy")


def _resource(table: dynamodb.TableV2) -> dynamodb.CfnGlobalTable:
    return cast("dynamodb.CfnGlobalTable", table.node.default_child)
