"""No resource policy admits everyone.

Compliant: every Allow names its principals, or ties a wildcard to an account, organization, network or
source; so does a resource without a policy. Non-compliant: an Allow for everyone. Not applicable: the policy
of a bucket of the app, which BucketNotPublic judges. Endpoint policies and the policies of REST APIs are left
out: the first only narrow what callers may do, the second stand behind an authorizer (ApiAuthorized). Keys
have KeyPolicyNotPublic.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import spread
from hipaa_constructs.compliance.facts.exposure import judge_policy
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, worst

# Where each type keeps its policies.
_PATHS: Mapping[str, tuple[str, ...]] = {
    "AWS::Backup::BackupVault": ("AccessPolicy",),
    "AWS::Backup::LogicallyAirGappedBackupVault": ("AccessPolicy",),
    "AWS::CloudTrail::ResourcePolicy": ("ResourcePolicy",),
    "AWS::CodeArtifact::Domain": ("PermissionsPolicyDocument",),
    "AWS::CodeArtifact::Repository": ("PermissionsPolicyDocument",),
    "AWS::DynamoDB::GlobalTable": (
        "Replicas[].ResourcePolicy.PolicyDocument",
        "Replicas[].ReplicaStreamSpecification.ResourcePolicy.PolicyDocument",
    ),
    "AWS::DynamoDB::Table": (
        "ResourcePolicy.PolicyDocument",
        "StreamSpecification.ResourcePolicy.PolicyDocument",
    ),
    "AWS::ECR::RegistryPolicy": ("PolicyText",),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::EFS::FileSystem": ("FileSystemPolicy",),
    "AWS::Elasticsearch::Domain": ("AccessPolicies",),
    "AWS::Events::EventBus": ("Policy",),
    "AWS::Kinesis::ResourcePolicy": ("ResourcePolicy",),
    "AWS::Logs::Destination": ("DestinationPolicy",),
    "AWS::Logs::ResourcePolicy": ("PolicyDocument",),
    "AWS::MSK::ClusterPolicy": ("Policy",),
    "AWS::MediaStore::Container": ("Policy",),
    "AWS::OpenSearchService::Domain": ("AccessPolicies",),
    "AWS::Redshift::Cluster": ("NamespaceResourcePolicy",),
    "AWS::RedshiftServerless::Namespace": ("NamespaceResourcePolicy",),
    "AWS::S3::AccessPoint": ("Policy",),
    "AWS::S3::BucketPolicy": ("PolicyDocument",),
    "AWS::S3::MultiRegionAccessPointPolicy": ("Policy",),
    "AWS::S3Express::BucketPolicy": ("PolicyDocument",),
    "AWS::S3ObjectLambda::AccessPointPolicy": ("PolicyDocument",),
    "AWS::S3Tables::TableBucketPolicy": ("ResourcePolicy",),
    "AWS::S3Tables::TablePolicy": ("ResourcePolicy",),
    "AWS::SNS::TopicInlinePolicy": ("PolicyDocument",),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::SQS::QueueInlinePolicy": ("PolicyDocument",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
    "AWS::SSM::ResourcePolicy": ("Policy",),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy",),
    "AWS::XRay::ResourcePolicy": ("PolicyDocument",),
}


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::S3::BucketPolicy":
        bucket = resource.template.app.target(resource.get("Bucket"), "AWS::S3::Bucket")
        if bucket is not None:
            return NOT_APPLICABLE
    return worst(
        judge_policy(document, path.rpartition("[].")[2])
        for path in _PATHS[resource.type]
        for document in spread(resource.properties, path)
    )


RULE = Rule(
    name="ResourcePolicyNotPublic",
    title="No resource policy admits everyone",
    severity="error",
    resource_types=tuple(_PATHS),
    fix="Name the principals, or add a condition such as aws:PrincipalOrgID, aws:SourceAccount or aws:SourceVpce.",
    check=check,
)
