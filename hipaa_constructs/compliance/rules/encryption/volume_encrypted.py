"""EBS volumes are encrypted.

Compliant: every volume of the resource sets ``Encrypted``. Non-compliant: one does not; an account may encrypt by
default, but no template shows it. A warning: a machine that lists no volumes, so that its root volume is encrypted only
if the image is, or if the account encrypts by default; images that are shared with everybody are not
(docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html); the nodes of EKS and machines of AWS Batch without a
launch template, which alone can say it (docs.aws.amazon.com/eks/latest/userguide/launch-templates.html,
docs.aws.amazon.com/batch/latest/userguide/launch-templates.html). Unknown: a volume from a snapshot, which is encrypted
if the snapshot is. Not applicable: instances that take their volumes from a launch template; a template that names
neither volumes nor an image, as the CDK makes them to require IMDSv2, where an instance of the app uses it and is
judged itself; services and mappings without EBS volumes; and what Batch runs on Fargate, which encrypts by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Fields, Ternary, dig, is_one_of, is_present, is_true
from hipaa_constructs.compliance.facts.encryption import VOLUMES, fixes_of_volumes, judge_volumes
from hipaa_constructs.compliance.facts.launch_templates import LAUNCH_TEMPLATE, launch_template
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, unknown, weaker

_MACHINES = ("AWS::AutoScaling::LaunchConfiguration", "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate")
# What starts machines from a launch template, or else from AWS's own: where it names one.
_MANAGED: Mapping[str, str] = {
    "AWS::Batch::ComputeEnvironment": "ComputeResources.LaunchTemplate",
    "AWS::EKS::Nodegroup": "LaunchTemplate",
}
_OWN = "<a launch template whose root volume is encrypted>"
_CDK: Mapping[str, str] = {
    "AWS::Batch::ComputeEnvironment": f"batch.ManagedEc2EcsComputeEnvironment(launch_template={_OWN})",
    "AWS::EKS::Nodegroup": f"eks.Nodegroup(launch_template_spec={_OWN})",
}
_ROOT = "List the root volume too, by the device name that the image gives it."


def check(resource: Resource) -> Verdict:
    if resource.type in _MANAGED:
        return _managed(resource)
    verdict = judge_volumes(resource, _judge)
    if verdict is NOT_APPLICABLE and resource.type in _MACHINES:
        if _is_told_elsewhere(resource):
            return NOT_APPLICABLE
        return failed(
            "No volume is listed, so nothing here encrypts the root volume if neither image nor account do.",
            severity="warning",
        )
    return verdict


def _managed(resource: Resource) -> Verdict:
    if resource.type == "AWS::Batch::ComputeEnvironment":
        on_machines = is_one_of(resource.get("ComputeResources.Type"), "EC2", "SPOT")
        if on_machines is Ternary.UNKNOWN:
            return unknown("ComputeResources.Type is known only at deployment.")
        if on_machines is Ternary.NO:
            return NOT_APPLICABLE
    path = _MANAGED[resource.type]
    named = is_present(resource.get(path))
    if named is Ternary.YES:
        return NOT_APPLICABLE
    return weaker(
        judge(
            named,
            f"{path} is not set, so nothing here encrypts the machines' volumes if the account does not.",
            unknown_message=f"{path} is known only at deployment.",
            at="",
        )
    )


def _is_told_elsewhere(machine: Resource) -> bool:
    app = machine.template.app
    if machine.type == LAUNCH_TEMPLATE:
        return not _starts(machine) and any(
            launch_template(one.get("LaunchTemplate"), app) is machine for one in app.of_type("AWS::EC2::Instance")
        )
    named = machine.get("LaunchTemplate")
    if named is None:
        return False
    template = launch_template(named, app)
    return template is None or _starts(template)


def _starts(template: Resource) -> bool:
    """Whether a launch template says what a machine starts from."""
    data = template.get("LaunchTemplateData")
    return dig(data, "ImageId") is not None or dig(data, "BlockDeviceMappings") is not None


def _judge(name: str, settings: Fields) -> Verdict:
    written = settings.get("Encrypted")
    if written is None and any(settings.get(source) is not None for source in ("SnapshotId", "SourceVolumeId")):
        return unknown(f"{name} is encrypted only if the snapshot or volume that it is made from is.")
    return judge(
        is_true(written),
        f"{name} is not encrypted: Encrypted is {'absent' if written is None else 'false'}.",
        unknown_message=f"{name}: Encrypted is known only at deployment.",
    )


RULE = Rule(
    name="VolumeEncrypted",
    severity="error",
    resource_types=(*VOLUMES, *_MANAGED),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt every volume with a customer key, the root volume too; one that exists is restored from an encrypted "
    "copy of a snapshot.",
    fixes=(
        *(replace(fix, beside=_ROOT) if {*fix.resource_types} & {*_MACHINES} else fix for fix in fixes_of_volumes()),
        *(
            Fix(
                (kind,),
                beside=f"{path} names an AWS::EC2::LaunchTemplate whose LaunchTemplateData.BlockDeviceMappings has the "
                "root volume with Ebs.Encrypted: true and Ebs.KmsKeyId, and whose MetadataOptions have HttpTokens: "
                "required.",
                cdk=(_CDK[kind],),
            )
            for kind, path in _MANAGED.items()
        ),
    ),
    check=check,
)
