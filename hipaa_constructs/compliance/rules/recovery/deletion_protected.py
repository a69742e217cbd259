"""What holds data, clusters and load balancers refuse deletion until someone lifts the protection.

Compliant: protection on. Non-compliant: off or absent; of load balancers and Kubernetes clusters a warning, for they
hold no data of their own, and whoever deletes one interrupts a service that a deployment brings back
(docs.aws.amazon.com/eks/latest/userguide/deletion-protection.html); of instances too, whose volumes may stay
(docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingDisableAPITermination.html); of EMR's clusters that stay,
whose disks go with them (docs.aws.amazon.com/emr/latest/ManagementGuide/UsingEMR_TerminationProtection.html); and of
network firewalls, whose subnets and policy are protected too, so that nobody takes them out of the way
(docs.aws.amazon.com/securityhub/latest/userguide/networkfirewall-controls.html); of read replicas of the app's
databases, which hold a copy; of global clusters, whose members have the data and must be gone first
(docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteGlobalCluster.html); of stores that outlive their stack and
any replacement, or a snapshot of which does, so that a call to the service alone deletes them; and of what else
RetainedOnDelete says the graver part of. An error of databases of RDS that nothing keeps, whose protection cdk-nag's
HIPAA pack and AWS's (rds-cluster-deletion-protection-enabled) ask for by name. Not applicable: members of a database
cluster, whose cluster is protected; tables whose items pass, of which RetainedOnDelete says as a warning what it does;
instances without a volume beside that of their system; EMR's clusters that end by themselves; what is classified
NO_PHI, since the contingency plan is about systems that hold ePHI (45 CFR 164.308(a)(7)); other environments than
production, where the template tells which those are and protects production: that data goes there too RetainedOnDelete
says.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, is_false, is_present, is_true
from hipaa_constructs.compliance.facts.databases import is_read_replica
from hipaa_constructs.compliance.facts.deletion import PROTECTED
from hipaa_constructs.compliance.facts.instances import INSTANCE, has_data_volumes
from hipaa_constructs.compliance.facts.launch_templates import launch_template
from hipaa_constructs.compliance.facts.passing_tables import passes_by
from hipaa_constructs.compliance.facts.retention import outlives_stack
from hipaa_constructs.compliance.facts.settings import Setting, Table, attributes, to_set
from hipaa_constructs.compliance.fix import Fix, fixes_of_types
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Rule, Verdict, judge, unknown, weaker, worst

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_CLUSTER, _DATABASES = "AWS::EKS::Cluster", ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance")
_JOBS = "AWS::EMR::Cluster"


def _ends_by_itself(cluster: Resource) -> bool:
    ends = is_false(cluster.get("Instances.KeepJobFlowAliveWhenNoSteps", True)) is Ternary.YES
    return ends or is_present(cluster.get("AutoTerminationPolicy")) is not Ternary.NO


_SETTINGS: Table = {
    **PROTECTED,
    _CLUSTER: Setting("DeletionProtection", is_true, default=False),
    _JOBS: Setting("Instances.TerminationProtected", is_true, default=False, unless=_ends_by_itself),
}
_L2 = {
    "AWS::Cognito::UserPool": "cognito.UserPool",
    "AWS::DocDB::DBCluster": "docdb.DatabaseCluster",
    "AWS::DynamoDB::GlobalTable": "dynamodb.TableV2",
    "AWS::DynamoDB::Table": "dynamodb.Table",
    "AWS::RDS::DBCluster": "rds.DatabaseCluster",
    "AWS::RDS::DBInstance": "rds.DatabaseInstance",
}
_PROTECTION = "DisableApiTermination"
_FIREWALL = "AWS::NetworkFirewall::Firewall"
_FIREWALL_SETTINGS = [
    Setting(name, is_true, default=False)
    for name in ("DeleteProtection", "FirewallPolicyChangeProtection", "SubnetChangeProtection")
]


def check(resource: Resource) -> Verdict:
    if resource.type == INSTANCE:
        return _judge_instance(resource) if has_data_volumes(resource) else NOT_APPLICABLE
    if passes_by(resource):
        verdict = _SETTINGS[resource.type].judge(resource)
        return NOT_APPLICABLE if verdict.outcome is Outcome.FAILED else verdict
    if resource.type == _FIREWALL:
        return weaker(worst(setting.judge(resource) for setting in _FIREWALL_SETTINGS))
    if resource.type != _BALANCER:
        verdict = _SETTINGS[resource.type].judge(resource)
        return weaker(verdict) if _weighs_less(resource) else verdict
    found = attributes(resource, "LoadBalancerAttributes")
    if found is None:
        return unknown("LoadBalancerAttributes is known only at deployment.")
    protected = is_true(found.get("deletion_protection.enabled", False))
    return weaker(judge(protected, "The attribute deletion_protection.enabled is not true."))


def _weighs_less(resource: Resource) -> bool:
    """Whether what is deleted can be had again, outlives its stack, or is said to go with it already."""
    return resource.type not in _DATABASES or is_read_replica(resource) or outlives_stack(resource)


def _judge_instance(instance: Resource) -> Verdict:
    protection = instance.get(_PROTECTION)
    if protection is None and instance.get("LaunchTemplate") is not None:
        launched_by = launch_template(instance.get("LaunchTemplate"), instance.template.app)
        protection = UNKNOWN if launched_by is None else launched_by.get(f"LaunchTemplateData.{_PROTECTION}")
    return weaker(
        judge(
            is_true(protection),
            f"{_PROTECTION} is not true, and the instance has volumes with data.",
            unknown_message=f"{_PROTECTION} is known only at deployment.",
        )
    )


RULE = Rule(
    name="DeletionProtected",
    severity="error",
    resource_types=(*_SETTINGS, INSTANCE, _BALANCER, _FIREWALL),
    controls=("164.308(a)(7)(i)",),
    fix="Turn deletion protection on.",
    fixes=(
        *fixes_of_types(
            to_set(_SETTINGS),
            cdk={kind: f"{name}(deletion_protection=True)" for kind, name in _L2.items()},
            constructs={
                "AWS::RDS::DBCluster": "SslRds",
                "AWS::RDS::DBInstance": "SslRds",
                _CLUSTER: "PrivateKubernetesCluster",
            },
        ),
        Fix(
            (INSTANCE,),
            {_PROTECTION: True},
            cdk=("ec2.Instance(disable_api_termination=True)",),
            constructs=("PrivateInstances",),
        ),
        Fix((_FIREWALL,), {setting.path: True for setting in _FIREWALL_SETTINGS}, constructs=("InspectionVpc",)),
        Fix(
            (_BALANCER,),
            template='Among LoadBalancerAttributes, set {Key: deletion_protection.enabled, Value: "true"}.',
            cdk=(
                "elbv2.ApplicationLoadBalancer(deletion_protection=True)",
                "elbv2.NetworkLoadBalancer(deletion_protection=True)",
            ),
            constructs=("HttpsLoadBalancer",),
        ),
    ),
    check=check,
    phi_only=True,
    production_only=True,
)
