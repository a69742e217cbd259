"""What names the image that machines start from: ids, and public parameters of Systems Manager."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, dig, is_present
from hipaa_constructs.cloudformation.written import Source, Written, places, written_at
from hipaa_constructs.compliance.facts.launch_templates import launch_template, launchers_of
from hipaa_constructs.compliance.facts.startup import user_data
from hipaa_constructs.compliance.fix import Choose, Fix

# Where each type names the image that its machines start from.
IMAGES: Final[Mapping[str, str]] = {
    "AWS::AutoScaling::LaunchConfiguration": "ImageId",
    "AWS::EC2::Instance": "ImageId",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.ImageId",
    "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData.LaunchSpecifications[].ImageId",
}
# docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html and
# docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
_OF_ECS = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
_OF_EKS = (
    "/aws/service/eks/optimized-ami/<version of the cluster>/amazon-linux-2023/x86_64/standard/recommended/image_id"
)
_NEWEST = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
_OR_ARM = ", on Graviton that of arm64"
_OR_WINDOWS = "; of Windows /aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"
# docs.aws.amazon.com/marketplace/latest/userguide/ami-aliases.html
_OR_VENDOR = "; of a vendor that vendor's newest, such as /aws/service/marketplace/<its product>/latest"
# What an agent of ECS, or a node of EKS, is set up by in user data:
# docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html and
# docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
_STARTS_AGENT: Final = re.compile(r"\bECS_CLUSTER\b|/etc/ecs/ecs\.config")
_STARTS_NODE: Final = re.compile(r"/etc/eks/bootstrap\.sh|\bnode\.eks\.aws/|\bkubernetes\.cluster-name\b")
# docs.aws.amazon.com/linux/al2/ug/al2-extras.html is of Amazon Linux 2 alone; what Amazon Linux 2023 lacks of its
# packages is in docs.aws.amazon.com/linux/al2023/release-notes/removed.html.
_EXTRAS: Final = re.compile(r"\bamazon-linux-extras\b")
_NO_EXTRAS: Final = (
    "The start runs amazon-linux-extras, which Amazon Linux 2023 does not have: what it brings is there a package of "
    "dnf, such as nginx or docker, or comes from its vendor's own repository."
)
_GROUP: Final = "AWS::AutoScaling::AutoScalingGroup"
_PROVIDER: Final = ("AWS::ECS::CapacityProvider", "AutoScalingGroupProvider.AutoScalingGroupArn")
_NODES: Final = "AWS::EKS::Nodegroup"


def runs_ecs(machine: Resource) -> bool:
    """Whether machines take tasks of ECS, by what they run at their start or what takes their group for capacity."""
    return _runs(machine, _STARTS_AGENT) or bool(machine.template.app.told(machine, "capacity", (_GROUP,), _capacity))


def runs_eks(machine: Resource) -> bool:
    """Whether machines are nodes of EKS, by what they run at their start or the group of nodes that starts them."""
    return _runs(machine, _STARTS_NODE) or bool(machine.template.app.told(machine, "nodes", (_NODES,), _nodes))


def _runs(machine: Resource, command: re.Pattern[str]) -> bool:
    return any(command.search("".join(map(str, written))) for written in user_data(machine))


def _capacity(group: Resource) -> Iterator[tuple[Resource, None]]:
    if group.template.app.referring(group, *_PROVIDER):
        yield from ((launcher, None) for launcher in launchers_of(group))


def _nodes(group: Resource) -> Iterator[tuple[Resource, None]]:
    launcher = launch_template(group.get("LaunchTemplate"), group.template.app)
    if launcher is not None:
        yield launcher, None


def _with_packages(fix: Fix, machine: Resource) -> Fix:
    """Return the fix of an image with what becomes of a command that the start runs and the new image lacks."""
    return replace(fix, beside=f"{fix.beside} {_NO_EXTRAS}".strip()) if _runs(machine, _EXTRAS) else fix


def _fixes(newest: str, image: str, others: str, when: Callable[[Resource], bool] | None = None) -> Iterator[Fix]:
    """Yield how each type starts from the newest image: of which parameter, and which argument in CDK."""
    resolved = Choose(f"{{{{resolve:ssm:{newest}}}}}{others}")
    yield Fix(
        ("AWS::EC2::Instance",),
        {"ImageId": resolved},
        cdk=(f"ec2.Instance(machine_image={image})",),
        when=when,
        tailor=_with_packages,
    )
    yield Fix(
        ("AWS::EC2::LaunchTemplate",),
        {"LaunchTemplateData.ImageId": Choose(f"resolve:ssm:{newest}{others}")},
        cdk=(f"ec2.LaunchTemplate(machine_image={image})",),
        when=when,
        tailor=_with_packages,
    )
    yield Fix(
        ("AWS::AutoScaling::LaunchConfiguration",),
        {"ImageId": resolved},
        cdk=(f"autoscaling.AutoScalingGroup(machine_image={image})",),
        when=when,
        tailor=_with_packages,
    )


# How each type starts from the newest image of a system that is mended.
IMAGE_FIXES: Final = (
    *_fixes(_OF_ECS, "ecs.EcsOptimizedImage.amazon_linux2023()", _OR_ARM, runs_ecs),
    *_fixes(_OF_EKS, f'ec2.MachineImage.from_ssm_parameter("{_OF_EKS}")', _OR_ARM, runs_eks),
    *_fixes(_NEWEST, "ec2.MachineImage.latest_amazon_linux2023()", f"{_OR_ARM}{_OR_WINDOWS}{_OR_VENDOR}"),
    Fix(
        ("AWS::EC2::SpotFleet",),
        {
            "SpotFleetRequestConfigData.LaunchSpecifications[].ImageId": Choose(
                f"{{{{resolve:ssm:{_NEWEST}}}}}{_OR_ARM}{_OR_WINDOWS}{_OR_VENDOR}"
            )
        },
    ),
)
# {{resolve:ssm:NAME}}, {{resolve:ssm:NAME:VERSION}}, and what EC2 itself resolves in a launch template.
_RESOLVED = re.compile(r"resolve:ssm:(/aws/service/[^:}]+)")
# docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html
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

# AL2023, LatestAl2023Ami, amazon-linux-2023, Amazon Linux 2023; not hospital2023.
_CALLED_2023: Final = re.compile(r"(?i:amazon[\W_]*linux[\W_]*2023)|A[lL]2023|(?<![a-zA-Z])al2023")
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


def is_called_amazon_linux_2023(resource: Resource) -> bool:
    """Whether what names the image of a machine is called by Amazon Linux 2023 in every branch, whatever it comes to.

    That is a parameter's name, description or default, a mapping's name or key, or the path of a parameter of one's
    own.
    """
    if resource.type not in IMAGES:
        return False
    ways = list(places(resource.template, resource.raw.get("Properties"), IMAGES[resource.type]))
    texts = [text for template, value in ways for text in _called(template, value)]
    return bool(texts) and all(map(_CALLED_2023.search, texts))


def _called(template: Template, written: Any) -> Iterator[str]:
    """Yield of each branch all words in which it is written, with those of the parameters that it names."""
    branches = written.get("Fn::If") if isinstance(written, Mapping) and len(written) == 1 else None
    if isinstance(branches, list):
        for branch in branches[1:]:
            yield from _called(template, branch)
        return
    words = json.dumps(written, default=str)
    declared = [as_mapping(one) for name, one in template.parameters.items() if names(written, name)]
    yield " ".join((words, *(str(one.get(key, "")) for one in declared for key in ("Description", "Default"))))


def names_known_system(resource: Resource) -> bool:
    """Whether public parameters tell what system a machine starts from, in every branch."""
    ways = list(written_at(resource, IMAGES[resource.type])) if resource.type in IMAGES else []
    return bool(ways) and len(list(systems(resource))) == len(ways)


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
