"""Amazon EKS: logs of the control plane; the stack's key for Kubernetes secrets, in clusters that are new."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_eks as eks
from aws_cdk import aws_eks_v2 as eks_v2

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting


def _cluster(module: Any, construct: Any, props: Any) -> Plain:
    kinds = module.ClusterLoggingTypes
    return Plain(
        construct=construct,
        props=props,
        resource_type="AWS::EKS::Cluster",
        migration="Make a second cluster and move the workloads; or have EKS re-encrypt this one, which CloudFormation "
        "cannot: aws eks associate-encryption-config.",
        settings=[
            Setting(
                argument="secrets_encryption_key",
                properties=["EncryptionConfig"],
                value=lambda made: made.key,
                why="Kubernetes secrets are under the stack's key.",
            ),
            Setting(
                argument="cluster_logging",
                properties=["Logging"],
                value=lambda made: [
                    kinds.API,
                    kinds.AUDIT,
                    kinds.AUTHENTICATOR,
                    kinds.CONTROLLER_MANAGER,
                    kinds.SCHEDULER,
                ],
                why="The control plane writes down who asked it for what.",
            ),
        ],
    )


SERVICE = Service(
    plain=[_cluster(eks, eks.Cluster, eks.ClusterProps), _cluster(eks_v2, eks_v2.Cluster, eks_v2.ClusterProps)]
)
