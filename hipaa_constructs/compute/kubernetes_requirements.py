"""What the arguments of ``PrivateKubernetesCluster`` have to meet before anything is defined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks

from hipaa_constructs._arguments import is_token, refuse, require_range
from hipaa_constructs._stacks import path_of
from hipaa_constructs._vpcs import private_zones
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compute.kubernetes_addons import ADDONS

_LINUX = re.compile(r"(AL2023|BOTTLEROCKET)_")
# RFC 1123's label, which a namespace is; EKS takes a * in it for what an access policy reaches.
_LABEL = re.compile(r"[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def current_version(version: str | None) -> str:
    """Return ``version``, or the newest that the dated table names; refuse what was past its standard support then."""
    table = read("support_dates.json")["lifecycles"]["kubernetes"]
    known: Mapping[str, Sequence[str]] = table["versions"]
    if version is None:
        return max(known, key=_number)
    if is_token(version):
        return version
    current = sorted((name for name, days in known.items() if days[0] >= table["as_of"]), key=_number)
    if not re.fullmatch(r"1\.\d\d", version) or _number(version) < _number(current[0]):
        refuse(
            "version",
            version,
            allowed=f"in EKS's standard support are {', '.join(current)} and later, as of {table['as_of']} "
            f"({table['source']})",
            fix=f"Leave it out for {current[-1]}.",
        )
    return version


def _number(version: str) -> int:
    return int(version.partition(".")[2])


def require_zones(vpc: ec2.IVpc) -> None:
    """Refuse a VPC whose private subnets are in fewer than two zones, which EKS does not take."""
    zones = private_zones(vpc)
    if len(zones) < 2:
        refuse(
            "vpc",
            path_of(vpc),
            allowed=f"EKS stands in private subnets of two zones or more, and this VPC has them in {len(zones)}",
            fix="Pass PrivateVpc(…).vpc.",
        )


def require_ami(ami_type: eks.NodegroupAmiType, instance_types: Sequence[ec2.InstanceType]) -> None:
    """Refuse images that are no current Linux, and instances of another architecture than the image's."""
    name = ami_type.value
    if not _LINUX.match(name):
        refuse(
            "ami_type",
            name,
            allowed="nodes run Bottlerocket or Amazon Linux 2023",
            fix="Leave it out for Bottlerocket.",
        )
    if not instance_types:
        refuse("instance_types", [], allowed="it takes one type or more", fix="Leave it out for m6i.large.")
    architecture = ec2.InstanceArchitecture.ARM_64 if "_ARM_64" in name else ec2.InstanceArchitecture.X86_64
    for number, one in enumerate(instance_types):
        if not is_token(one.to_string()) and one.architecture is not architecture:
            refuse(
                f"instance_types[{number}]",
                one.to_string(),
                allowed=f"{name} runs on {architecture.value.lower()} alone",
                fix="Pass an ami_type of the instances' architecture.",
            )


def require_sizes(min_size: int, max_size: int, volume_size_gib: int) -> None:
    """Refuse numbers that EKS does not take, or that leave a zone without a node."""
    # docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
    require_range("min_size", min_size, 2, 450, unit="nodes", fix="Leave it out for 2, in two zones.")
    require_range("max_size", max_size, 2, 450, unit="nodes", fix="Leave it out for 6.")
    written = not any(map(is_token, (min_size, max_size)))
    if written and max_size < min_size:
        refuse("max_size", max_size, allowed=f"it is no less than min_size, {min_size}", fix="Raise it.")
    # docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html: 64 TiB; images of several GiB have to fit in.
    require_range("volume_size_gib", volume_size_gib, 20, 65_536, unit="GiB", fix="Leave it out for 50.")


def require_addons(versions: Mapping[str, str]) -> None:
    """Refuse versions of add-ons that the cluster does not have."""
    for name in versions:
        if name not in ADDONS:
            refuse("addon_versions", name, allowed=f"the add-ons are {', '.join(ADDONS)}", fix="Leave it out.")


def require_namespaces(namespaces: Sequence[str] | None) -> None:
    """Refuse what can be no name of a namespace, and an empty list, which would let nobody do anything."""
    if namespaces is not None and not namespaces:
        refuse("namespaces", [], allowed="it takes one or more", fix="Leave it out for all of the cluster.")
    for number, name in enumerate(namespaces or ()):
        _require_name(f"namespaces[{number}]", name, _LABEL)


def require_service_account(namespace: str, service_account: str) -> None:
    """Refuse names that Kubernetes does not take; ``*`` is none, since a pod identity is one account's."""
    _require_name("namespace", namespace, re.compile(_LABEL.pattern.replace("*", "")))
    _require_name("service_account", service_account, _SUBDOMAIN)


def _require_name(argument: str, name: str, pattern: re.Pattern[str]) -> None:
    if not is_token(name) and not pattern.fullmatch(name):
        refuse(
            argument,
            name,
            allowed="Kubernetes takes lower-case letters, digits and '-' between them",
            fix="Write it as kubectl shows it.",
        )
