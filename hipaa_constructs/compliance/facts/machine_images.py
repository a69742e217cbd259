"""What names the image that machines start from: ids, and public parameters of Systems Manager."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, dig, is_present
from hipaa_constructs.cloudformation.written import Source, Written, written_at
from hipaa_constructs.compliance.fix import Choose, Fix

# Where each type names the image that its machines start from.
IMAGES: Final[Mapping[str, str]] = {
    "AWS::AutoScaling::LaunchConfiguration": "ImageId",
    "AWS::EC2::Instance": "ImageId",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.ImageId",
    "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData.LaunchSpecifications[].ImageId",
}
_LINUX = "ec2.MachineImage.latest_amazon_linux2023()"
_NEWEST = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
_OR_ARM = ", on Graviton that of arm64"
_OR_WINDOWS = "; of Windows /aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"
_IMAGE = f"{{{{resolve:ssm:{_NEWEST}}}}}{_OR_ARM}{_OR_WINDOWS}"
# How each type starts from the newest image of a system that is mended.
IMAGE_FIXES: Final = (
    Fix(
        ("AWS::EC2::Instance",),
        {"ImageId": Choose(_IMAGE)},
        cdk=(f"ec2.Instance(machine_image={_LINUX})",),
    ),
    Fix(
        ("AWS::EC2::LaunchTemplate",),
        {"LaunchTemplateData.ImageId": Choose(f"resolve:ssm:{_NEWEST}{_OR_ARM}{_OR_WINDOWS}")},
        cdk=(f"ec2.LaunchTemplate(machine_image={_LINUX})",),
    ),
    Fix(
        ("AWS::AutoScaling::LaunchConfiguration",),
        {"ImageId": Choose(_IMAGE)},
        cdk=(f"autoscaling.AutoScalingGroup(machine_image={_LINUX})",),
    ),
    Fix(
        ("AWS::EC2::SpotFleet",),
        {"SpotFleetRequestConfigData.LaunchSpecifications[].ImageId": Choose(_IMAGE)},
    ),
)
# {{resolve:ssm:NAME}}, {{resolve:ssm:NAME:VERSION}}, and what EC2 itself resolves in a launch template.
_RESOLVED = re.compile(r"resolve:ssm:(/aws/service/[^:}]+)")
# docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html,
# docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html and
# docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
_SYSTEMS: Final = (
    (
        "Amazon Linux",
        "2023",
        re.compile(
            r"/aws/service/(ami-amazon-linux-latest/al2023-ami-|ecs/optimized-ami/amazon-linux-2023/|"
            r"eks/optimized-ami/[\d.]+/amazon-linux-2023/).*"
        ),
    ),
    (
        "Amazon Linux",
        "1",
        re.compile(r"/aws/service/(ami-amazon-linux-latest/amzn-ami-|ecs/optimized-ami/amazon-linux/).*"),
    ),
    (
        "Amazon Linux",
        "2",
        re.compile(
            r"/aws/service/(ami-amazon-linux-latest/amzn2-ami-|ecs/optimized-ami/amazon-linux-2/|"
            r"eks/optimized-ami/[\d.]+/amazon-linux-2(-arm64|-gpu)?/).*"
        ),
    ),
)
# Windows_Server-2016-English-Full-Base, EC2LaunchV2-Windows_Server-2016-…, Windows_Server-2012-R2_RTM-…; those of the
# Semi-Annual Channel are called by year and month, such as 1909 and 2004:
# docs.aws.amazon.com/ec2/latest/windows-ami-reference/windows-ami-versions.html
_WINDOWS: Final = re.compile(r"/aws/service/ami-windows-latest/(?:[\w-]+-)?Windows_Server-(20(?:0[38]|[1-9]\d))-.*")

_NEEDING_TOKENS: Final = ("Amazon Linux", "2023")


def systems(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield what systems machines start from, where public parameters tell, such as Amazon Linux and ``2023``."""
    for name in _parameters(resource):
        yield from ((system, version) for system, version, names in _SYSTEMS if names.fullmatch(name))
        yield from (("Windows Server", found[1]) for found in [_WINDOWS.fullmatch(name)] if found)


def needs_tokens_by_image(resource: Resource) -> bool:
    """Whether a machine says nothing of tokens for its metadata, and its image, in every branch, makes them needed.

    docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
    """
    if resource.type not in IMAGES:
        return False
    image = IMAGES[resource.type]
    options = resource.get(image.replace("ImageId", "MetadataOptions"))
    if is_present(options) is Ternary.UNKNOWN or is_present(dig(options, "HttpTokens")) is not Ternary.NO:
        return False
    ways, found = list(written_at(resource, image)), list(systems(resource))
    return len(found) == len(ways) and set(found) == {_NEEDING_TOKENS}


def _parameters(resource: Resource) -> Iterator[str]:
    for written in written_at(resource, IMAGES[resource.type]):
        yield from _RESOLVED.findall("".join(part for part in written if isinstance(part, str)))
        yield from _defaults(written)


def _defaults(written: Written) -> Iterator[str]:
    """Yield the names that parameters of a template have by default, under which a value is stored."""
    for template, name in (one for part in written if isinstance(part, Source) for one in part.parameters):
        declared = as_mapping(template.parameters[name])
        if str(declared.get("Type")).startswith("AWS::SSM::Parameter::Value<"):
            yield str(declared.get("Default", ""))
