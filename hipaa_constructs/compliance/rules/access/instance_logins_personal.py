"""Nobody logs in to instances with a key pair that several people share.

A warning, since some systems can be administered in no other way. Compliant: no key pair; people then come by Session
Manager or EC2 Instance Connect, each by his own name, and are logged (docs.aws.amazon.com/systems-manager/latest/
userguide/session-manager.html). Non-compliant: ``KeyName``, whose private key does not tell who holds it and stays
valid when people leave (docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html); ``RemoteAccess`` of a node
group of EKS, which opens port 22 besides (docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html);
``Ec2KeyName`` of a cluster of EMR, by which everybody with the key is the user hadoop
(docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-access-ssh.html). Not applicable: what a template shows to run
Windows, where the key does no more than decrypt the first password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, as_mapping, function_of, is_present, negate
from hipaa_constructs.cloudformation.written import Source, places, written_at
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.startup import INIT, read_by_init, user_data
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge

_NODES, _CLUSTER = "AWS::EKS::Nodegroup", "AWS::EMR::Cluster"
_PATHS: Mapping[str, str] = {
    "AWS::AutoScaling::LaunchConfiguration": "KeyName",
    "AWS::EC2::Instance": "KeyName",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.KeyName",
    _NODES: "RemoteAccess.Ec2SshKey",
    _CLUSTER: "Instances.Ec2KeyName",
}
_IMAGES: Mapping[str, str] = {
    kind: path.replace("KeyName", "ImageId") for kind, path in _PATHS.items() if path.endswith("KeyName")
}
_WINDOWS = re.compile(r"<powershell>|<script>|powershell\.exe|\b[a-z]:\\|windows|\$\{win", re.IGNORECASE)


def _is_windows(resource: Resource) -> bool:
    if resource.type == _NODES:
        return str(resource.get("AmiType")).startswith("WINDOWS")
    if resource.type == _CLUSTER:
        return False
    texts = [*user_data(resource), *(text for _, text in read_by_init(resource, INIT))]
    images = list(written_at(resource, _IMAGES[resource.type]))
    # The name under which AWS keeps an image's id says what runs.
    names = [
        str(as_mapping(template.parameters[name]).get("Default"))
        for image in images
        for part in image
        for template, name in (part.parameters if isinstance(part, Source) else ())
    ]
    return any(_WINDOWS.search(text) for text in (*map(shown, (*texts, *images)), *names))


def _is_asked_for(resource: Resource, path: str) -> Ternary:
    """Whether whoever deploys has to name a key pair: no default and no condition leaves it out.

    EC2 refuses an empty name: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html.
    """
    written = [function_of(value) for _, value in places(resource.template, resource.raw.get("Properties"), path)]
    if len(written) != 1 or written[0][0] != "Ref" or written[0][1] not in resource.template.parameters:
        return Ternary.NO
    return Ternary.of("Default" not in as_mapping(resource.template.parameters[written[0][1]]))


def check(resource: Resource) -> Verdict:
    if _is_windows(resource):
        return NOT_APPLICABLE
    path = _PATHS[resource.type]
    return judge(
        negate(any_of((is_present(resource.get(path)), _is_asked_for(resource, path)))),
        f"{path} names a key pair, which does not tell who logs in.",
        unknown_message=f"{path} is known only at deployment.",
    )


# Without a key pair, and with what Session Manager needs of the role.
_CDK = {
    "AWS::AutoScaling::LaunchConfiguration": (
        "autoscaling.AutoScalingGroup(key_pair=None, ssm_session_permissions=True)",
    ),
    "AWS::EC2::Instance": ("ec2.Instance(key_pair=None, ssm_session_permissions=True)",),
    "AWS::EC2::LaunchTemplate": ("ec2.LaunchTemplate(key_pair=None)",),
}

RULE = Rule(
    name="InstanceLoginsPersonal",
    severity="warning",
    resource_types=tuple(_PATHS),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Leave the key pair out, and log in by Session Manager.",
    fixes=(
        Fix(
            (_NODES,),
            beside="RemoteAccess is left out, and the role of the nodes has the managed policy "
            "AmazonSSMManagedInstanceCore.",
            constructs=("PrivateKubernetesCluster",),
        ),
        Fix(
            (_CLUSTER,),
            beside="Instances has no Ec2KeyName, and the role of the instance profile that JobFlowRole names has the "
            "managed policy AmazonSSMManagedInstanceCore.",
        ),
        *(
            Fix(
                (kind,),
                template="KeyName is left out, and the role of the instance has the managed policy "
                "AmazonSSMManagedInstanceCore.",
                cdk=_CDK.get(kind, ()),
            )
            for kind in _PATHS
            if kind not in (_NODES, _CLUSTER)
        ),
    ),
    check=check,
)
