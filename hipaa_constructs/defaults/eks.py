"""Amazon EKS: logs, deletion protection; the stack's key for Kubernetes secrets and nodes, of what is new.

The endpoint stays as it is: who comes to it from outside the VPC would not any more.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_eks as eks
from aws_cdk import aws_eks_v2 as eks_v2

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.machine_templates import ENCRYPTED, define_template
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting

_TYPE = "AWS::EKS::Cluster"
_WITHOUT_TEMPLATE = (
    "A node group that was made without a launch template cannot be given one "
    "(docs.aws.amazon.com/eks/latest/userguide/launch-templates.html)."
)


def _devices(made: Made) -> list[str]:
    """Return the volumes of the image; Bottlerocket has one more (github.com/bottlerocket-os/bottlerocket)."""
    return ["/dev/xvda", "/dev/xvdb"] if "BOTTLEROCKET" in _image(made) else ["/dev/xvda"]


def _image(made: Made) -> str:
    image = made.props.get("amiType")
    return str(getattr(image, "value", image)).upper()


def _cluster(module: Any) -> Plain:
    kinds = module.ClusterLoggingTypes
    return Plain(
        construct=module.Cluster,
        props=module.ClusterProps,
        resource_type=_TYPE,
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


def _nodes(module: Any) -> Plain:
    def specified(made: Made) -> Any:
        template = define_template(made, _devices(made))
        return module.LaunchTemplateSpec(id=template.ref, version=template.attr_latest_version_number)

    return Plain(
        construct=module.Nodegroup,
        props=module.NodegroupProps,
        resource_type="AWS::EKS::Nodegroup",
        migration="Make a second node group and drain this one.",
        settings=[
            Setting(
                argument="launch_template_spec",
                properties=["LaunchTemplate"],
                value=specified,
                # A template would have to say these.
                unless=["disk_size", "remote_access"],
                # Windows starts from another device.
                when=lambda made: "WINDOWS" not in _image(made),
                why=ENCRYPTED,
                only_new=_WITHOUT_TEMPLATE,
            )
        ],
    )


def _finish(session: Session, found: Found) -> None:
    for resource in found.of(_TYPE):
        if resource.deletion_protection is None:
            resource.deletion_protection = True
            path = session.path(resource).removesuffix("/Resource")
            why = "Somebody has to lift the protection before the cluster can be deleted."
            session.record(resource, path, _TYPE, "deletion_protection", ["DeletionProtection"], "set", why)


SERVICE = Service(
    plain=[_cluster(eks), _nodes(eks), _cluster(eks_v2), _nodes(eks_v2)],
    types=[_TYPE],
    finish=_finish,
    later=["Clusters that CloudFormation makes itself, as `eks_v2` does, refuse to be deleted."],
)
