"""Which public parameters of Systems Manager name the image that machines start from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.cloudformation.written import Source, Written, written_at

# Where each type names the image that its machines start from.
IMAGES: Final[Mapping[str, str]] = {
    "AWS::AutoScaling::LaunchConfiguration": "ImageId",
    "AWS::EC2::Instance": "ImageId",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.ImageId",
    "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData.LaunchSpecifications[].ImageId",
}
# {{resolve:ssm:NAME}}, {{resolve:ssm:NAME:VERSION}}, and what EC2 itself resolves in a launch template.
_RESOLVED = re.compile(r"resolve:ssm:(/aws/service/[^:}]+)")
# docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html,
# docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html and
# docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
_AMAZON_LINUX: Final = (
    (
        "2023",
        re.compile(
            r"/aws/service/(ami-amazon-linux-latest/al2023-ami-|ecs/optimized-ami/amazon-linux-2023/|"
            r"eks/optimized-ami/[\d.]+/amazon-linux-2023/).*"
        ),
    ),
    ("1", re.compile(r"/aws/service/(ami-amazon-linux-latest/amzn-ami-|ecs/optimized-ami/amazon-linux/).*")),
    (
        "2",
        re.compile(
            r"/aws/service/(ami-amazon-linux-latest/amzn2-ami-|ecs/optimized-ami/amazon-linux-2/|"
            r"eks/optimized-ami/[\d.]+/amazon-linux-2(-arm64|-gpu)?/).*"
        ),
    ),
)


def amazon_linux(resource: Resource) -> Iterator[str]:
    """Yield which Amazon Linux machines start from, where public parameters tell, such as ``2023``."""
    for name in _parameters(resource):
        yield from (version for version, names in _AMAZON_LINUX if names.fullmatch(name))


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
