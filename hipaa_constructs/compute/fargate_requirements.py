"""What the arguments of ``PrivateFargateService`` and of jobs have to meet before anything is defined."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse, require_range
from hipaa_constructs._stacks import path_of, stack_of
from hipaa_constructs._vpcs import private_zones
from hipaa_constructs.compute.environment import secret_kind
from hipaa_constructs.primitives.arns import key_arn

# docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html: MiB by CPU units.
_MEMORY: Mapping[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16_384 + 1, 1024),
    4096: range(8192, 30_720 + 1, 1024),
    8192: range(16_384, 61_440 + 1, 4096),
    16_384: range(32_768, 122_880 + 1, 8192),
}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# What the bootstrap of CDK calls the repository of assets. It is immutable there, and tags are hashes of the content:
# github.com/aws/aws-cdk-cli, packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml.
_ASSETS, _CONTENT_HASH = re.compile(r"cdk-[a-z0-9]+-container-assets-"), re.compile(r"[0-9a-f]{64}")
_ROOT = re.compile(r"(0+|root)(:.*)?")


def require_pinned(repository: ecr.IRepository, tag_or_digest: str) -> None:
    """Refuse an image that another could take the place of: a tag, unless its repository lets none be moved."""
    if is_token(tag_or_digest) or _DIGEST.fullmatch(tag_or_digest):
        return
    fix = "Pass the image's digest, such as 'sha256:…', which `aws ecr describe-images` shows."
    # docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", tag_or_digest):
        refuse("tag_or_digest", tag_or_digest, allowed="it takes a tag or 'sha256:' and 64 hexadecimal digits", fix=fix)
    if tag_or_digest == "latest":
        refuse("tag_or_digest", tag_or_digest, allowed="that tag says nothing of what runs", fix=fix)
    resource = repository.node.default_child
    if isinstance(resource, ecr.CfnRepository):
        _require_immutable(repository, resource)
    elif not (_CONTENT_HASH.fullmatch(tag_or_digest) and _is_of_assets(repository)):
        refuse(
            "tag_or_digest",
            tag_or_digest,
            allowed=f"whether a tag of {path_of(repository)}, which is not made in this app, can be moved to another "
            "image, nobody sees from here",
            fix=fix,
        )


def _require_immutable(repository: ecr.IRepository, resource: ecr.CfnRepository) -> None:
    mutability = resource.image_tag_mutability or "MUTABLE"
    if mutability != "IMMUTABLE":
        refuse(
            "repository",
            f"{path_of(repository)}, {mutability}",
            allowed="a tag may name an image only where it cannot be moved to another",
            fix="Make the repository with image_tag_mutability=ecr.TagMutability.IMMUTABLE, or pass a digest as "
            "tag_or_digest.",
        )
    scanning = stack_of(repository).resolve(resource.image_scanning_configuration) or {}
    if scanning.get("scanOnPush") is not True:
        refuse(
            "repository",
            f"{path_of(repository)}, which scans nothing",
            allowed="images are scanned for known weaknesses when they arrive",
            fix="Make the repository with image_scan_on_push=True.",
        )


def _is_of_assets(repository: ecr.IRepository) -> bool:
    return _ASSETS.search(json.dumps(stack_of(repository).resolve(repository.repository_name))) is not None


def require_no_secret(scope: Construct, environment: Mapping[str, str]) -> None:
    """Refuse secrets in the environment: in clear, or filled in at deployment."""
    for name, value in environment.items():
        kind = secret_kind(scope, name, value)
        if kind is not None:
            refuse(
                f"environment[{name!r}]",
                kind,
                allowed="whoever may describe the task reads its environment",
                fix=f"Pass secrets={{{name!r}: ecs.Secret.from_secrets_manager(…)}}.",
            )


def require_size(cpu: int, memory_limit_mib: int) -> None:
    """Refuse sizes that Fargate does not have."""
    if is_token(cpu) or is_token(memory_limit_mib):
        return
    if cpu not in _MEMORY:
        refuse("cpu", cpu, allowed=f"Fargate has {', '.join(map(str, _MEMORY))} units", fix="1024 units are one vCPU.")
    sizes = _MEMORY[cpu]
    if memory_limit_mib not in sizes:
        refuse(
            "memory_limit_mib",
            memory_limit_mib,
            allowed=f"with cpu={cpu} Fargate has {sizes[0]} to {sizes[-1]} MiB, in steps of {sizes[1] - sizes[0]}",
            fix=f"Pass {min(sizes, key=lambda size: abs(size - memory_limit_mib))}, or another cpu.",
        )


def require_limits(port: int, desired_count: int, ephemeral_storage_gib: int | None) -> None:
    """Refuse numbers that Fargate, or a container without capabilities, does not take."""
    # Below 1024 a port takes a capability.
    require_range("port", port, 1024, 65_535, unit="for a user that is not root", fix="Leave it out for 8443.")
    # docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    require_range("desired_count", desired_count, 2, 5000, unit="tasks", fix="Leave it out for 2, in two zones.")
    require_storage(ephemeral_storage_gib)


def require_storage(ephemeral_storage_gib: int | None) -> None:
    """Refuse storage that Fargate does not have."""
    # docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
    require_range("ephemeral_storage_gib", ephemeral_storage_gib, 21, 200, unit="GiB", fix="Leave it out for 20.")


def require_unprivileged(user: str) -> None:
    """Refuse root, by name or number."""
    if not is_token(user) and (not user or _ROOT.fullmatch(user)):
        refuse(
            "user",
            user,
            allowed="the container runs as somebody who is not root",
            fix="Leave it out for 1000, or pass the number of a user of the image.",
        )


def require_paths(paths: Sequence[str]) -> None:
    """Refuse what is no directory of its own within the container."""
    for number, path in enumerate(paths):
        if not re.fullmatch(r"(/[\w.-]+)+", path, re.ASCII) or ".." in path.split("/") or path in paths[:number]:
            refuse(
                f"writable_paths[{number}]",
                path,
                allowed="each is an absolute path below the root, and stands there once",
                fix="Write it like '/tmp'.",
            )


def require_zones(vpc: ec2.IVpc) -> None:
    """Refuse a VPC whose private subnets are in fewer than two zones."""
    zones = private_zones(vpc)
    if len(zones) < 2:
        refuse(
            "vpc",
            path_of(vpc),
            allowed=f"tasks stand in private subnets of two zones or more, and this VPC has them in {len(zones)}",
            fix="Pass PrivateVpc(…).vpc.",
        )


def require_one_region(key: kms.IKey | None) -> None:
    """Refuse a multi-Region key, which Fargate does not take for its storage.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html.
    """
    if key is None:
        return
    resource = key.node.default_child
    made = isinstance(resource, kms.CfnKey) and resource.multi_region is True
    if made or ":key/mrk-" in key_arn(key):
        refuse(
            "encryption_key",
            path_of(key),
            allowed="Fargate encrypts its storage under keys of one Region alone, and this is a multi-Region key",
            fix="Leave it out for a key of its own, or pass KmsRotatedKey(…).key.",
        )
