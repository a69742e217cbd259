"""HealthOmics' own stores, and what is granted on them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_omics as omics
from constructs import Construct

from hipaa_constructs._names import KEPT, deployed_name
from hipaa_constructs._stacks import settle
from hipaa_constructs.clinical.pinned import pin, warn_of_stack_tags
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards


def define_stores(scope: Construct, key: kms.IKey) -> tuple[omics.CfnSequenceStore, omics.CfnReferenceStore]:
    """Define empty stores under ``key``, that stay when their stack goes or CloudFormation makes others."""
    name = deployed_name(scope, max_length=127)
    sequences = omics.CfnSequenceStore(
        scope,
        "SequenceStore",
        name=name,
        sse_config=omics.CfnSequenceStore.SseConfigProperty(type="KMS", key_arn=key_arn(key)),
    )
    references = omics.CfnReferenceStore(
        scope,
        "ReferenceStore",
        name=name,
        sse_config=omics.CfnReferenceStore.SseConfigProperty(type="KMS", key_arn=key_arn(key)),
    )
    references.add_property_deletion_override("Tags")
    warn_of_stack_tags(scope, what="HealthOmics' reference store")
    for name, store in (("SequenceStore", sequences), ("ReferenceStore", references)):
        settle(store, scope, name)
        store.apply_removal_policy(KEPT)
        pin(store, store, key)
    return sequences, references


def grant(
    grantee: iam.IGrantable, actions: Sequence[str], arns: Sequence[str], *, key: kms.IKey, on_key: Sequence[str] = ()
) -> iam.Grant:
    """Grant actions on stores, what is in them, or runs, and what these need of the key."""
    granted = to_principal(grantee, actions, arns)
    acknowledge_wildcards(
        grantee,
        *(arn for arn in arns if arn.endswith("*")),
        reason="HealthOmics names read sets, references and runs by ids of its own; the wildcards stay within these "
        "stores, and runs within the account.",
        source="docs.aws.amazon.com/service-authorization/latest/reference/list_awshealthomics.html",
    )
    return granted.combine(grant_on_key(key, grantee, *on_key)) if on_key else granted
