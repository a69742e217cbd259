"""Stores, their keys and logs outlive their stack, where nobody said what becomes of them.

CDK's classes say it for what they make; CloudFormation's own, which the app writes itself, leave deletion:
docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from hipaa_constructs.cloudformation.stores import STORES, WITH_SNAPSHOTS
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session

_KEY = "AWS::KMS::Key"
_ARTIFACTS = "/ArtifactsBucketEncryptionKey/Resource"


def _finish(session: Session, found: Found) -> None:
    for kind in WITH_SNAPSHOTS:
        for resource in found.of(kind):
            # A member's data is its cluster's.
            if getattr(resource, "db_cluster_identifier", None) is None:
                _keep(session, kind, resource, cdk.RemovalPolicy.SNAPSHOT, "A last snapshot is taken when it goes.")
    for kind in STORES:
        for resource in found.of(kind):
            _keep(session, kind, resource, _RETAIN, "It stays when its stack or its definition goes.")
    for key in found.of(_KEY):
        if session.path(key).endswith(_ARTIFACTS) and _is_pipeline(session.owner(session.owner(key))):
            key.apply_removal_policy(_RETAIN)
            why = "The key that CDK makes for a pipeline's artifacts stays as their bucket does."
            session.record(key, session.path(key), _KEY, "removal_policy", ["DeletionPolicy"], "set", why)


def _is_pipeline(construct: IConstruct | None) -> bool:
    # Few apps have one, and the module takes its time.
    from aws_cdk import aws_codepipeline as codepipeline

    return isinstance(construct, codepipeline.Pipeline)


_RETAIN = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


def _keep(session: Session, kind: str, resource: Any, policy: cdk.RemovalPolicy, why: str) -> None:
    path = session.path(resource)
    if path.removesuffix("/Resource") in session.seen:
        return
    options = resource.cfn_options
    if options.deletion_policy is not None or options.update_replace_policy is not None:
        return
    resource.apply_removal_policy(policy)
    session.record(resource, path, kind, "removal_policy", ["DeletionPolicy"], "set", why)


SERVICE = Service(
    types=[*WITH_SNAPSHOTS, *STORES],
    finish=_finish,
    later=[
        "Stores, keys and log groups of CloudFormation's own classes stay when their stack goes, or leave a snapshot.",
        "The key that CDK makes for a pipeline's artifacts stays as their bucket does.",
    ],
)
