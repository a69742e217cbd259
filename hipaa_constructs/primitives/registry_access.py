"""Rights to images in Amazon ECR: those of one repository by name, and the sign-in to the registry, which has none."""

from __future__ import annotations

from weakref import WeakSet

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

from hipaa_constructs._stacks import path_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

# docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
_SIGN_IN = "ecr:GetAuthorizationToken"
_POLICY = "Registry"


def grant_images(repository: ecr.IRepository, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
    """Let a principal of this account have the images of one repository, and sign in to the registry."""
    grant = repository.grant(grantee, *actions)
    role = grantee.grant_principal
    if isinstance(role, LeastPrivilegeRole):
        let_sign_in(role, description=f"Lets {path_of(role)} sign in to the registry")
        return grant
    return grant.combine(to_principal(grantee, [_SIGN_IN], ["*"]))


def let_sign_in(role: LeastPrivilegeRole, *, description: str) -> None:
    """Let ``role`` sign in to the registry, by a policy of its own, so that what is acknowledged stands alone.

    It is the role's child, so that who waits for the role waits for it.
    """
    if role in _SIGNED_IN:
        return
    _SIGNED_IN.add(role)
    policy = iam.ManagedPolicy(
        role,
        _POLICY,
        roles=[role],
        description=description,
        statements=[iam.PolicyStatement(actions=[_SIGN_IN], resources=["*"])],
    )
    acknowledge_limitation(
        policy,
        "AwsSolutions-IAM5[Resource::*]",
        reason="ecr:GetAuthorizationToken takes no resource; what can be pulled is limited to the one repository.",
        source="docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html",
    )


_SIGNED_IN: WeakSet[LeastPrivilegeRole] = WeakSet()
