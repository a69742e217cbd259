"""What code runs on, other than Lambda's runtimes, is mended by its vendor.

That is a platform of Fargate, a managed image of CodeBuild, the system of a notebook or of nodes, a runtime of a canary
or of an analytics application, a platform of Elastic Beanstalk by its system and its language, the Amazon Linux or
Windows Server that machines start from, where a public parameter names it, and MongoDB, MySQL and Node.js where the
start of a machine installs a release of theirs from the project itself. Compliant: one whose end is not reached on
the day of the check, or not announced. Non-compliant: one that has ended by the dated tables of the catalogue; as a
warning, an image that builds software. Unknown: one that only deployment knows. Not applicable: none is named, which
leaves it to AWS; images of one's own.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Text, Unknown, as_text, placed
from hipaa_constructs.compliance.facts.installed_software import judge_installed
from hipaa_constructs.compliance.facts.machine_images import IMAGE_FIXES, IMAGES, systems
from hipaa_constructs.compliance.facts.support_dates import judge_support, support_of
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Rule, Verdict, unknown, weaker, worst

_BEANSTALK = ("AWS::ElasticBeanstalk::ConfigurationTemplate", "AWS::ElasticBeanstalk::Environment")
_BUILD, _CANARY, _NODES = "AWS::CodeBuild::Project", "AWS::Synthetics::Canary", "AWS::EKS::Nodegroup"
_NOTEBOOK, _ANALYTICS = "AWS::SageMaker::NotebookInstance", "AWS::KinesisAnalyticsV2::Application"
# Type: the paths of what names its platform, and the table that this stands in.
_TASK_VERSIONS: Mapping[str, tuple[str, ...]] = {
    "AWS::Batch::JobDefinition": (
        "ContainerProperties.FargatePlatformConfiguration.PlatformVersion",
        "EcsProperties.TaskProperties[].PlatformVersion",
    ),
    "AWS::ECS::Service": ("PlatformVersion",),
    "AWS::ECS::TaskSet": ("PlatformVersion",),
    "AWS::Events::Rule": ("Targets[].EcsParameters.PlatformVersion",),
    "AWS::Scheduler::Schedule": ("Target.EcsParameters.PlatformVersion",),
}
_TABLES: Mapping[str, tuple[tuple[str, ...], str]] = {
    **{kind: (paths, "fargate") for kind, paths in _TASK_VERSIONS.items()},
    **dict.fromkeys(_BEANSTALK, (("PlatformArn", "SolutionStackName"), "beanstalk")),
    _ANALYTICS: (("RuntimeEnvironment",), "analytics"),
    _BUILD: (("Environment.Image",), "codebuild"),
    _CANARY: (("RuntimeVersion",), "canary"),
    _NODES: (("AmiType",), "kubernetes-node"),
    _NOTEBOOK: (("PlatformIdentifier",), "notebook"),
}
_MANAGED = "aws/codebuild/"
# 64bit Amazon Linux 2018.03 v2.9.2 running Python 3.6; Python 3.6 running on 64bit Amazon Linux/2.9.2;
# 64bit Windows Server Core 2012 R2 v2.11.5 running IIS 8.5.
_PARTS_OF_STACK = re.compile(
    r"Amazon Linux( 2)?(?=( \d{4}\.\d\d)?(/| v|$))|Windows Server (Core )?\d{4}|"
    r"(\.NET|Node\.js|PHP|Python|Ruby) \d+(\.\d+)?"
)
_TABLE_OF_SYSTEM = {"Amazon Linux": "amazon-linux", "Windows Server": "windows-server"}


def check(resource: Resource) -> Verdict:
    if resource.type in IMAGES:
        return worst((*_of_systems(resource), *judge_installed(resource)))
    verdict = worst(_judged(resource))
    return weaker(verdict) if resource.type == _BUILD else verdict


def _of_systems(machine: Resource) -> Iterator[Verdict]:
    for system, version in dict.fromkeys(systems(machine)):
        name = f"{_last(IMAGES[machine.type])}, the newest {system} {version},"
        yield judge_support(name, _TABLE_OF_SYSTEM[system], version, machine.template.app.today)


def _judged(resource: Resource) -> Iterator[Verdict]:
    paths, what = _TABLES[resource.type]
    for path in paths:
        for name, value in placed(resource.properties, path):
            version = as_text(value)
            if version is None or (resource.type == _BUILD and _is_own(value)):
                yield NOT_APPLICABLE
            elif isinstance(version, Unknown):
                yield unknown(f"{name} is known only at deployment.")
            else:
                key = _first_to_end(version) if what == "beanstalk" else version
                yield judge_support(f"{_last(name)} {version}", what, key, resource.template.app.today)


def _first_to_end(stack: str) -> str:
    """Return the part of a platform of Elastic Beanstalk by whose end the platform is retired."""
    parts = [found.group().replace("Core ", "") for found in _PARTS_OF_STACK.finditer(stack)]
    return min(parts, key=_end_on_beanstalk, default=stack)


def _end_on_beanstalk(part: str) -> datetime.date:
    support = support_of("beanstalk", part)
    return support.standard if support else datetime.date.max


def _is_own(image: Resolved) -> bool:
    """Whether an image is certainly none of CodeBuild's."""
    if isinstance(image, Text):
        first = image.parts[0] if image.parts else ""
        return not isinstance(first, str) or not first.startswith(_MANAGED)
    return isinstance(image, str) and not image.startswith(_MANAGED)


def _last(path: str) -> str:
    return path.rpartition(".")[2]


_RELEASE = "The start installs a release that its project mends, such as "
_OF_SERVERS = (
    f"{_RELEASE}MongoDB 8.0 or MySQL 8.4, to which the data is moved first; or a managed service has it, such as "
    "Amazon DocumentDB or RDS."
)
_OF_RUNTIMES = f"{_RELEASE}Node.js 24."


def _releases(machine: Resource) -> str:
    """Return what is to be done about what the start of a machine installs, that which keeps data being an error."""
    found = list(judge_installed(machine))
    return " ".join(
        [
            *([_OF_SERVERS] if any(one.severity is None for one in found) else []),
            *([_OF_RUNTIMES] if any(one.severity is not None for one in found) else []),
        ]
    )


def _is_software_alone(machine: Resource) -> bool:
    """Whether a machine's system is mended, and what its start installs is not."""
    return any(judge_installed(machine)) and not any(one.outcome is Outcome.FAILED for one in _of_systems(machine))


def _with_releases(fix: Fix) -> Fix:
    """Return the fix of a machine's image with what is to be done about what its start installs, where it is both."""
    before = fix.tailor

    def tailored(own: Fix, machine: Resource) -> Fix:
        found = own if before is None else before(own, machine)
        return replace(found, beside=f"{found.beside} {_releases(machine)}".strip())

    return replace(fix, tailor=tailored)


RULE = Rule(
    name="PlatformSupported",
    severity="error",
    resource_types=(*_TABLES, *IMAGES),
    controls=("164.308(a)(1)(ii)(B)", "164.308(a)(5)(ii)(B)"),
    fix="Move to a platform that is still mended.",
    fixes=(
        Fix(
            (_BUILD,),
            {
                "Environment.Image": Choose(
                    "the newest image of its kind and processor, such as aws/codebuild/standard:7.0"
                )
            },
            cdk=(
                "codebuild.Project(environment=codebuild.BuildEnvironment("
                "build_image=codebuild.LinuxBuildImage.STANDARD_7_0))",
            ),
            constructs=("DeploymentPipeline",),
        ),
        Fix(
            (_NOTEBOOK,),
            {"PlatformIdentifier": "notebook-al2023-v1"},
        ),
        Fix(
            (_NODES,),
            {"AmiType": Choose("the type of Amazon Linux 2023 for its processor, such as AL2023_x86_64_STANDARD")},
            cdk=("eks.Nodegroup(ami_type=eks.NodegroupAmiType.AL2023_X86_64_STANDARD)",),
            constructs=("PrivateKubernetesCluster",),
        ),
        Fix(
            ("AWS::ECS::Service",),
            {"PlatformVersion": "LATEST"},
            cdk=("ecs.FargateService(platform_version=ecs.FargatePlatformVersion.LATEST)",),
            constructs=("PrivateFargateService",),
        ),
        Fix(
            ("AWS::ECS::TaskSet",),
            {"PlatformVersion": "LATEST"},
        ),
        Fix(
            ("AWS::Batch::JobDefinition", "AWS::Events::Rule", "AWS::Scheduler::Schedule"),
            beside="Leave PlatformVersion out, so that tasks run on the latest.",
        ),
        Fix(
            (_ANALYTICS,),
            beside="Write the application for Apache Flink, and name its newest version in RuntimeEnvironment.",
        ),
        Fix(
            (_CANARY,),
            {"RuntimeVersion": Choose("the newest runtime of the canary's language and library")},
            cdk=("synthetics.Canary(runtime=<the newest runtime of its language and library>)",),
        ),
        Fix(
            _BEANSTALK,
            beside="Name a supported platform branch on Amazon Linux 2023, or on Windows Server 2022, in "
            "SolutionStackName or PlatformArn.",
        ),
        Fix(
            tuple(IMAGES),
            beside=_OF_SERVERS,
            when=_is_software_alone,
            tailor=lambda fix, machine: replace(fix, beside=_releases(machine)),
        ),
        *map(_with_releases, IMAGE_FIXES),
    ),
    check=check,
)
