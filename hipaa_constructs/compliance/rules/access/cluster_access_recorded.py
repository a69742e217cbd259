"""Who may use a Kubernetes cluster of EKS is told by access entries, which CloudTrail records.

A warning. Compliant: ``AuthenticationMode`` API, or API_AND_CONFIG_MAP on the way to it. Non-compliant: CONFIG_MAP,
which is CloudFormation's default (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
aws-properties-eks-cluster-accessconfig.html): then a ConfigMap within the cluster says who gets in, whoever made the
cluster is its administrator for good and unseen, and AWS deprecates it
(docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html). Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by, one_of, to_set
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Rule

_CLUSTER = "AWS::EKS::Cluster"
# From CONFIG_MAP there is no way to API but by both, and none back.
_SETTINGS: Table = {
    _CLUSTER: Setting(
        "AccessConfig.AuthenticationMode",
        one_of("API", "API_AND_CONFIG_MAP"),
        default="CONFIG_MAP",
        value="API_AND_CONFIG_MAP",
    )
}

RULE = Rule(
    name="ClusterAccessRecorded",
    severity="warning",
    resource_types=tuple(_SETTINGS),
    controls=("164.308(a)(4)(ii)(C)", "164.312(a)(1)", "164.312(b)"),
    fix="Let access entries say who may use the cluster, and once all have one, nothing else.",
    fixes=fixes_of_types(to_set(_SETTINGS), constructs={_CLUSTER: "PrivateKubernetesCluster"}),
    check=judge_by(_SETTINGS),
)
