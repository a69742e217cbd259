"""Key-policy statements for callers that no policy may name: they stand for everyone, and conditions hold them.

They work on any ``kms.IKey``, as those of ``service_grants`` do.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from hipaa_constructs._constants import anyone, partition
from hipaa_constructs._stacks import account_of, region_of, stack_of
from hipaa_constructs.compliance.acknowledge import explain_to_scanners
from hipaa_constructs.iam.key_actions import SEND, USE
from hipaa_constructs.primitives.key_policy import add_to_key_policy, in_reach
from hipaa_constructs.primitives.via_service import via_services

_AUTO_SCALING = "autoscaling.amazonaws.com"
_MACIE = "macie.amazonaws.com"


def let_macie_read(key: kms.IKey) -> None:
    """Let Macie of this account decrypt what it looks into, which it does as its service-linked role.

    The role comes into being when Macie is turned on, and KMS refuses a policy that names a principal which does not
    exist; so conditions name it. Source:
    docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html.
    """
    if key in _READ_BY_MACIE:
        return
    _READ_BY_MACIE[key] = None
    add_to_key_policy(key, _macie_reads(account_of(key)))
    _tell_scanners(
        key,
        whom=_ONE_ROLE,
        source="docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html",
    )


@functools.cache
def _macie_reads(account: str) -> iam.PolicyStatement:
    role = _service_linked(account, _MACIE, "AWSServiceRoleForAmazonMacie")
    statement = _statement("MacieOfThisAccount", ["kms:Decrypt"], account, {"aws:PrincipalArn": role})
    statement.freeze()
    return statement


def let_auto_scaling_publish(key: kms.IKey) -> None:
    """Let Auto Scaling of this account encrypt what it tells topics, which it does as its service-linked role.

    That role may publish by AWS's own policy for it, and may use no customer key unless the key's policy says so. It
    comes into being with the first group of an account, and KMS refuses a policy that names a principal which does not
    exist; so conditions name it. Sources:
    docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html and
    docs.aws.amazon.com/sns/latest/dg/sns-key-management.html.
    """
    if key in _PUBLISHED_UNDER:
        return
    _PUBLISHED_UNDER[key] = None
    stack = stack_of(key)
    held = {
        "aws:PrincipalArn": _service_linked(account_of(stack), _AUTO_SCALING, "AWSServiceRoleForAutoScaling"),
        "kms:ViaService": via_services(region_of(stack), "sns"),
    }
    add_to_key_policy(key, _statement("NoticesOfAutoScaling", SEND, account_of(stack), held))
    _tell_scanners(
        key,
        whom=_ONE_ROLE,
        source="docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html",
    )


def let_account_use(key: kms.IKey, services: Sequence[str]) -> None:
    """Let whoever of this account may use a resource of ``services``, such as ``s3``, use the key by it.

    So do AWS's own keys, under which resources are whose key nobody chose. Policies that were written by hand for them
    say nothing of a key, and would no longer be enough under one that asks each caller for leave of its own. Source:
    docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service.
    """
    _let_through(key, "ThroughServicesOfThisAccount", USE, services)


def let_volumes_use(key: kms.IKey) -> None:
    """Let whoever of this account may start instances encrypt their volumes, Auto Scaling's own role among them.

    That role may use no customer key unless the key's policy says so; the statement is that of the key which AWS keeps
    for volumes. A grant is how EBS uses a key on behalf of an instance. Sources:
    docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html and
    docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html.
    """
    _let_through(key, "VolumesOfThisAccount", (*USE, "kms:CreateGrant"), ["ec2"])


def _let_through(key: kms.IKey, sid: str, actions: Sequence[str], services: Sequence[str]) -> None:
    stack = stack_of(key)
    held = {"kms:ViaService": via_services(region_of(stack), *services)}
    add_to_key_policy(key, _statement(sid, actions, account_of(stack), held))
    _tell_scanners(
        key,
        whom="principals of this account that come by a service, by the conditions kms:CallerAccount and "
        "kms:ViaService",
        source="docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
    )


def _statement(sid: str, actions: Sequence[str], account: str, held: Mapping[str, Any]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[anyone()],
        actions=list(actions),
        resources=["*"],
        conditions={"StringEquals": {"kms:CallerAccount": account, **held}},
    )


def _service_linked(account: str, service: str, name: str) -> str:
    return f"arn:{partition()}:iam::{account}:role/aws-service-role/{service}/{name}"


def _tell_scanners(key: kms.IKey, *, whom: str, source: str) -> None:
    """Say to scanners that see the wildcard alone whom the conditions let in."""
    if in_reach(key):
        explain_to_scanners(
            key, reason=f"The wildcard stands for {whom}.", source=source, checkov=["CKV_AWS_33"], cfn_nag=["F76"]
        )


_ONE_ROLE = "one role of this account, by the conditions aws:PrincipalArn and kms:CallerAccount"
# Buckets may share a key.
_READ_BY_MACIE: WeakKeyDictionary[kms.IKey, None] = WeakKeyDictionary()
# Groups may share a topic.
_PUBLISHED_UNDER: WeakKeyDictionary[kms.IKey, None] = WeakKeyDictionary()
