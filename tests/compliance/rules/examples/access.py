from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.compliance.rules.examples.example import (
    ACCOUNT,
    KEY_ARN,
    SUBJECT,
    THIS,
    TOPIC_ARN,
    Example,
    Never,
    Properties,
    allow,
    beanstalk,
    entry,
    identities,
    identity,
    policy,
    trust,
)

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/intake"
PARTNER = "arn:aws:iam::999988887777:role/partner"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SECRET = "{{resolve:secretsmanager:records:SecretString:password}}"
IN_CLEAR = "Correct7horse7battery"
AUDITOR = "arn:aws:iam::aws:policy/SecurityAudit"
READER = "arn:aws:iam::aws:policy/ReadOnlyAccess"
CALLED_BY_TOPICS = {"Action": "lambda:InvokeFunction", "FunctionName": "intake", "Principal": "sns.amazonaws.com"}
GUARDRAIL = {"GuardrailIdentifier": "a1b2c3d4e5f6", "GuardrailVersion": "1"}
CALLED_BY_ROLE = {
    "AuthPolicy": entry(
        "AWS::VpcLattice::AuthPolicy",
        {
            "ResourceIdentifier": THIS,
            "Policy": policy(allow("vpc-lattice-svcs:Invoke", Principal={"AWS": ROLE_ARN})),
        },
    )
}
AUTHORIZED_API = {
    "Api": entry("AWS::ApiGateway::RestApi", {"Name": "records"}),
    "Method": entry(
        "AWS::ApiGateway::Method", {"RestApiId": {"Ref": "Api"}, "HttpMethod": "GET", "AuthorizationType": "AWS_IAM"}
    ),
}
VALIDATOR = entry("AWS::ApiGateway::RequestValidator", {"RestApiId": {"Ref": SUBJECT}, "ValidateRequestBody": True})
WITH_FACTOR = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

# Types that keep a resource policy: an action of theirs, where the policy stands, and what it needs beside it.
RESOURCE_POLICIES: Mapping[str, tuple[str, str, Properties]] = {
    "AWS::Backup::BackupVault": ("backup:CopyIntoBackupVault", "AccessPolicy", {"BackupVaultName": "records"}),
    "AWS::Backup::LogicallyAirGappedBackupVault": (
        "backup:CopyIntoBackupVault",
        "AccessPolicy",
        {"BackupVaultName": "records"},
    ),
    "AWS::CloudTrail::ResourcePolicy": ("cloudtrail-data:PutAuditEvents", "ResourcePolicy", {}),
    "AWS::CodeArtifact::Domain": (
        "codeartifact:GetAuthorizationToken",
        "PermissionsPolicyDocument",
        {"DomainName": "clinic"},
    ),
    "AWS::CodeArtifact::Repository": (
        "codeartifact:ReadFromRepository",
        "PermissionsPolicyDocument",
        {"DomainName": "clinic", "RepositoryName": "apps"},
    ),
    "AWS::DynamoDB::Table": ("dynamodb:GetItem", "ResourcePolicy.PolicyDocument", {}),
    "AWS::ECR::RegistryPolicy": ("ecr:ReplicateImage", "PolicyText", {}),
    "AWS::ECR::Repository": ("ecr:BatchGetImage", "RepositoryPolicyText", {"RepositoryName": "apps"}),
    "AWS::EFS::FileSystem": ("elasticfilesystem:ClientMount", "FileSystemPolicy", {"Encrypted": True}),
    "AWS::Elasticsearch::Domain": ("es:ESHttpGet", "AccessPolicies", {"DomainName": "notes"}),
    "AWS::Events::EventBus": ("events:PutEvents", "Policy", {"Name": "visits"}),
    "AWS::KMS::Key": ("kms:Decrypt", "KeyPolicy", {"EnableKeyRotation": True}),
    "AWS::KMS::ReplicaKey": ("kms:Decrypt", "KeyPolicy", {"PrimaryKeyArn": KEY_ARN}),
    "AWS::Kinesis::ResourcePolicy": (
        "kinesis:GetRecords",
        "ResourcePolicy",
        {"ResourceArn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/vitals"},
    ),
    "AWS::Logs::Destination": ("logs:PutSubscriptionFilter", "DestinationPolicy", {"DestinationName": "central"}),
    "AWS::Logs::ResourcePolicy": ("logs:PutLogEvents", "PolicyDocument", {"PolicyName": "delivery"}),
    "AWS::MSK::ClusterPolicy": ("kafka:CreateVpcConnection", "Policy", {}),
    "AWS::MediaStore::Container": ("mediastore:GetObject", "Policy", {"ContainerName": "scans"}),
    "AWS::OpenSearchService::Domain": ("es:ESHttpGet", "AccessPolicies", {"DomainName": "notes"}),
    "AWS::Redshift::Cluster": (
        "redshift:CreateInboundIntegration",
        "NamespaceResourcePolicy",
        {"ClusterType": "multi-node"},
    ),
    "AWS::RedshiftServerless::Namespace": (
        "redshift:CreateInboundIntegration",
        "NamespaceResourcePolicy",
        {"NamespaceName": "records"},
    ),
    "AWS::S3::AccessPoint": ("s3:GetObject", "Policy", {"Bucket": "records"}),
    "AWS::S3::BucketPolicy": ("s3:GetObject", "PolicyDocument", {"Bucket": "records"}),
    "AWS::S3::MultiRegionAccessPointPolicy": ("s3:GetObject", "Policy", {"MrapName": "records"}),
    "AWS::S3Express::BucketPolicy": (
        "s3express:CreateSession",
        "PolicyDocument",
        {"Bucket": "records--use1-az4--x-s3"},
    ),
    "AWS::S3ObjectLambda::AccessPointPolicy": (
        "s3-object-lambda:GetObject",
        "PolicyDocument",
        {"ObjectLambdaAccessPoint": "redacted"},
    ),
    "AWS::S3Tables::TableBucketPolicy": ("s3tables:GetTableData", "ResourcePolicy", {}),
    "AWS::S3Tables::TablePolicy": ("s3tables:GetTableData", "ResourcePolicy", {}),
    "AWS::SNS::TopicInlinePolicy": ("sns:Publish", "PolicyDocument", {"TopicArn": TOPIC_ARN}),
    "AWS::SNS::TopicPolicy": ("sns:Publish", "PolicyDocument", {"Topics": [TOPIC_ARN]}),
    "AWS::SQS::QueueInlinePolicy": ("sqs:SendMessage", "PolicyDocument", {"Queue": "visits"}),
    "AWS::SQS::QueuePolicy": ("sqs:SendMessage", "PolicyDocument", {"Queues": ["visits"]}),
    "AWS::SSM::ResourcePolicy": ("ssm:GetParameters", "Policy", {}),
    "AWS::SecretsManager::ResourcePolicy": (
        "secretsmanager:GetSecretValue",
        "ResourcePolicy",
        {"SecretId": "records"},
    ),
    "AWS::VpcLattice::ResourcePolicy": (
        "vpc-lattice:CreateServiceNetworkServiceAssociation",
        "Policy",
        {"ResourceArn": f"arn:aws:vpc-lattice:us-east-1:{ACCOUNT}:service/svc-0123456789abcdef0"},
    ),
    "AWS::XRay::ResourcePolicy": ("xray:PutTraceSegments", "PolicyDocument", {"PolicyName": "traces"}),
}
# CloudFormation takes the policy of these as JSON text alone.
AS_TEXT = (
    "AWS::Logs::Destination",
    "AWS::Logs::ResourcePolicy",
    "AWS::MediaStore::Container",
    "AWS::XRay::ResourcePolicy",
)

BUS_ARN = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/visits"
SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:records"


def _data_access(permission: str) -> str:
    rule = {"ResourceType": "index", "Resource": ["index/notes/*"], "Permission": [permission]}
    return json.dumps([{"Rules": [rule], "Principal": [ROLE_ARN]}])


def _attached(kind: str, document: Properties) -> dict[str, Any]:
    _, path, beside = RESOURCE_POLICIES[kind]
    value: Any = json.dumps(document) if kind in AS_TEXT else document
    *parents, name = path.split(".")
    value = {name: value}
    for parent in reversed(parents):
        value = {parent: value}
    return {**beside, **value}


def _for_role(kind: str) -> Properties:
    return policy(allow(RESOURCE_POLICIES[kind][0], Principal={"AWS": ROLE_ARN}))


def _for_everyone(kind: str) -> Properties:
    return policy(allow(RESOURCE_POLICIES[kind][0], Principal="*"))


def _public(kind: str) -> Example:
    return Example(kind, _attached(kind, _for_role(kind)), _attached(kind, _for_everyone(kind)))


def _named(kind: str) -> Example:
    action = RESOURCE_POLICIES[kind][0]
    one = policy(allow(action, Principal={"AWS": PARTNER}))
    all_of_it = policy(allow(f"{action.partition(':')[0]}:*", Principal={"AWS": PARTNER}))
    return Example(kind, _attached(kind, one), _attached(kind, all_of_it))


def _scoped(kind: str) -> Example:
    service = {"Service": "logs.amazonaws.com"}
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    action = RESOURCE_POLICIES[kind][0]
    return Example(
        kind,
        _attached(kind, policy(allow(action, Principal=service, Condition=condition))),
        _attached(kind, policy(allow(action, Principal=service))),
    )


def _long(action: str, characters: int, **more: Any) -> Properties:
    """A policy of buckets with long names, of ``characters`` or more."""
    names = (f"arn:aws:s3:::clinical-records-of-the-year-{number:06}/*" for number in range(characters // 46 + 1))
    return policy(allow(action, list(names), **more))


def _quota(kind: str, quota: int) -> Example:
    if kind.startswith(("AWS::IAM::", "AWS::SSO::")):
        passes, fails = policy(allow("s3:GetObject", "arn:aws:s3:::records/*")), _long("s3:GetObject", quota)
        return Example(kind, identity(kind, passes), identity(kind, fails))
    action = RESOURCE_POLICIES[kind][0]
    return Example(
        kind,
        _attached(kind, policy(allow(action, Principal={"AWS": ROLE_ARN}))),
        _attached(kind, _long(action, quota, Principal={"AWS": ROLE_ARN})),
    )


def _variables(*path: str, name: str = "Name", more: Mapping[str, Any] | None = None) -> tuple[Properties, Properties]:
    """Two lists of variables at a path: one says where the secret is, one says the secret."""

    def at(variable: str, value: str) -> Properties:
        found: Any = [{**(more or {}), name: variable, "Value": value}]
        for key in reversed(path):
            found = {key: found}
        return dict(found)

    return at("DB_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:records"), at(
        "DB_PASSWORD", IN_CLEAR
    )


def _configured(value: str) -> Properties:
    name = "javax.jdo.option.ConnectionPassword"
    annotated = {f"EMR.secret@{name}": SECRET_ARN} if value.startswith("EMR.secret@") else {name: value}
    return {"Configurations": [{"Classification": "hive-site", "ConfigurationProperties": annotated}]}


def _runtime(value: str) -> Properties:
    return {
        "RuntimeConfiguration": [
            {"Classification": "hive-site", "Properties": {"javax.jdo.option.ConnectionPassword": value}}
        ]
    }


def _for_devices(name: str) -> Properties:
    return {
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [allow("iot:Publish", f"arn:aws:iot:us-east-1:{ACCOUNT}:{name}")],
        }
    }


def _mounted(settings: str, called: str, **more: Any) -> Properties:
    volumes = [{"Name": "scans", settings: {called: "fs-12345678", "TransitEncryption": "ENABLED", **more}}]
    return {"Volumes": volumes} if called == "FilesystemId" else {"ContainerProperties": {"Volumes": volumes}}


def _secret(kind: str, *path: str, **beside: Any) -> Example:
    """A secret at a path of names; ``[]`` behind a name stands for a list of one."""

    def at(value: str) -> Properties:
        found: Any = value
        for key in reversed(path):
            found = {key.removesuffix("[]"): [found] if key.endswith("[]") else found}
        return {**beside, **found}

    return Example(kind, at(SECRET), at(IN_CLEAR))


def _container(name: str, value: str) -> Properties:
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/apps:1"
    return {"ContainerDefinitions": [{"Name": "app", "Image": image, "Environment": [{"Name": name, "Value": value}]}]}


def _user_data(script: str) -> Properties:
    return {"UserData": {"Fn::Base64": f"#!/bin/sh\n{script}\n"}}


FETCHED = _user_data("aws secretsmanager get-secret-value --secret-id records")
EXPORTED = _user_data(f"export PGPASSWORD={IN_CLEAR}")
PUBLIC_BLOCK = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)
TEMPLATE = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": "1"}}


def _by_template(tokens: str) -> dict[str, Any]:
    return {"LaunchTemplateData": {"MetadataOptions": {"HttpTokens": tokens}}}


def _body(**operation: Any) -> dict[str, Any]:
    return {"Body": {"openapi": "3.0.1", "paths": {"/records": {"get": operation}}}}


def _flow(prompt: Properties) -> Properties:
    source = {
        "SourceConfiguration": {"Resource": {"PromptArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:prompt/ABCDE12345"}}
    }
    node = {"Name": "Summary", "Type": "Prompt", "Configuration": {"Prompt": {**source, **prompt}}}
    return {"Name": "summaries", "ExecutionRoleArn": ROLE_ARN, "Definition": {"Nodes": [node]}}


MODEL = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
GUARDRAIL_ARN = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:guardrail/a1b2c3d4e5f6"
_CORS = {"AllowedMethods": ["PUT"]}
_ALLOW_ORIGIN = "method.response.header.Access-Control-Allow-Origin"


def _answers(origin: str) -> Properties:
    answer = {"StatusCode": "200", "ResponseParameters": {_ALLOW_ORIGIN: origin}}
    return {"HttpMethod": "OPTIONS", "Integration": {"Type": "MOCK", "IntegrationResponses": [answer]}}


def _of_pool(keys: str) -> Properties:
    taken_by = {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:clinic"}}
    pool = {"Federated": "cognito-identity.amazonaws.com"}
    document = policy(allow("s3:GetObject", f"arn:aws:s3:::records{keys}"))
    return {
        "AssumeRolePolicyDocument": trust(pool, "sts:AssumeRoleWithWebIdentity", Condition=taken_by),
        "Policies": [{"PolicyName": "records", "PolicyDocument": document}],
    }


def _openapi(origin: str) -> Properties:
    integration = {"type": "mock", "responses": {"default": {"responseParameters": {_ALLOW_ORIGIN: origin}}}}
    return {"Body": {"paths": {"/visits": {"options": {"x-amazon-apigateway-integration": integration}}}}}


_MAKER = "arn:aws:lambda:us-east-1:111122223333:function:secrets"
_MADE = {"Made": entry("Custom::Secret", {"ServiceToken": _MAKER})}


def _showing_files(**behavior: Any) -> dict[str, Any]:
    origin = {"Id": "files", "DomainName": {"Fn::GetAtt": ["Files", "RegionalDomainName"]}, "S3OriginConfig": {}}
    shown = {"TargetOriginId": "files", "ViewerProtocolPolicy": "https-only", **behavior}
    return {"DistributionConfig": {"Enabled": True, "Origins": [origin], "DefaultCacheBehavior": shown}}


def _serving(**given: Any) -> Properties:
    origin = {"Id": "site", "DomainName": "site.s3.us-east-1.amazonaws.com", "S3OriginConfig": {}, **given}
    behavior = {"TargetOriginId": "site", "ViewerProtocolPolicy": "https-only"}
    return {"DistributionConfig": {"Enabled": True, "Origins": [origin], "DefaultCacheBehavior": behavior}}


def _pipeline(owner: str, provider: str) -> Properties:
    kind = {"Category": "Source", "Owner": owner, "Provider": provider, "Version": "1"}
    return {"Stages": [{"Name": "Source", "Actions": [{"Name": "Source", "ActionTypeId": kind}]}]}


def _writing(**validator: Any) -> Properties:
    named = {"RestApiId": {"Ref": SUBJECT}, "ResourceId": {"Fn::GetAtt": [SUBJECT, "RootResourceId"]}}
    return entry(
        "AWS::ApiGateway::Method", {**named, "HttpMethod": "POST", "AuthorizationType": "AWS_IAM", **validator}
    )


def _function_of(role: str) -> Any:
    return entry(
        "AWS::Lambda::Function",
        {"Role": {"Fn::GetAtt": [role, "Arn"]}, "Code": {"ZipFile": "pass"}, "Handler": "index.handler"},
    )


BY_IAM_ALONE = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]

EXAMPLES: Mapping[str, Sequence[Example]] = {
    "ApiAuthorized": [
        Example("AWS::BedrockAgentCore::Gateway", {"AuthorizerType": "AWS_IAM"}, {"AuthorizerType": "NONE"}),
        Example(
            "AWS::ApiGateway::Method",
            {"HttpMethod": "GET", "AuthorizationType": "AWS_IAM"},
            {"HttpMethod": "GET", "AuthorizationType": "NONE"},
        ),
        Example("AWS::ApiGateway::RestApi", _body(security=[{"iam": []}]), _body()),
        Example("AWS::ApiGatewayV2::Api", _body(security=[{"iam": []}]), _body()),
        Example(
            "AWS::ApiGatewayV2::Route",
            {"RouteKey": "GET /records", "AuthorizationType": "JWT"},
            {"RouteKey": "GET /records", "AuthorizationType": "NONE"},
        ),
        Example(
            "AWS::AppSync::Api",
            {"EventConfig": {"AuthProviders": [{"AuthType": "AWS_IAM"}]}},
            {"EventConfig": {"AuthProviders": [{"AuthType": "API_KEY"}]}},
        ),
        Example("AWS::AppSync::GraphQLApi", {"AuthenticationType": "AWS_IAM"}, {"AuthenticationType": "API_KEY"}),
    ],
    "BucketAclsDisabled": [
        Example(
            "AWS::S3::Bucket",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
        ),
    ],
    "BucketNotPublic": [
        Example(
            "AWS::S3::AccessPoint",
            {"Bucket": "records", "PublicAccessBlockConfiguration": PUBLIC_BLOCK},
            {"Bucket": "records", "PublicAccessBlockConfiguration": {**PUBLIC_BLOCK, "BlockPublicPolicy": False}},
        ),
        Example(
            "AWS::S3::Bucket",
            {"PublicAccessBlockConfiguration": PUBLIC_BLOCK},
            {"PublicAccessBlockConfiguration": {**PUBLIC_BLOCK, "RestrictPublicBuckets": False}},
        ),
        Example(
            "AWS::S3::MultiRegionAccessPoint",
            {"Regions": [{"Bucket": "records"}], "PublicAccessBlockConfiguration": PUBLIC_BLOCK},
            {
                "Regions": [{"Bucket": "records"}],
                "PublicAccessBlockConfiguration": {**PUBLIC_BLOCK, "RestrictPublicBuckets": False},
            },
        ),
    ],
    "CachedResponsesKeptApart": [
        Example(
            "AWS::ApiGateway::Deployment",
            {"RestApiId": {"Ref": "Api"}, "StageDescription": {"CacheClusterEnabled": True, "CachingEnabled": False}},
            {"RestApiId": {"Ref": "Api"}, "StageDescription": {"CacheClusterEnabled": True, "CachingEnabled": True}},
            beside=AUTHORIZED_API,
        ),
        Example(
            "AWS::ApiGateway::Stage",
            {
                "RestApiId": {"Ref": "Api"},
                "CacheClusterEnabled": True,
                "MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "CachingEnabled": False}],
            },
            {
                "RestApiId": {"Ref": "Api"},
                "CacheClusterEnabled": True,
                "MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "CachingEnabled": True}],
            },
            beside=AUTHORIZED_API,
        ),
        Example(
            "AWS::AppSync::ApiCache",
            {"ApiId": {"Fn::GetAtt": ["Graph", "ApiId"]}, "ApiCachingBehavior": "FULL_REQUEST_CACHING"},
            {"ApiId": {"Fn::GetAtt": ["Graph", "ApiId"]}, "ApiCachingBehavior": "PER_RESOLVER_CACHING"},
            beside={
                "Graph": entry("AWS::AppSync::GraphQLApi", {"Name": "records", "AuthenticationType": "AWS_IAM"}),
                "Visits": entry(
                    "AWS::AppSync::Resolver",
                    {
                        "ApiId": {"Fn::GetAtt": ["Graph", "ApiId"]},
                        "TypeName": "Query",
                        "FieldName": "visits",
                        "CachingConfig": {"Ttl": 60, "CachingKeys": ["$context.arguments.from"]},
                    },
                ),
            },
        ),
    ],
    "ClientsAuthenticated": [
        Example("AWS::ElastiCache::ReplicationGroup", {"UserGroupIds": ["app"]}, {"Engine": "valkey"}),
        Example("AWS::ElastiCache::ServerlessCache", {"Engine": "valkey", "UserGroupId": "app"}, {"Engine": "valkey"}),
        Example(
            "AWS::MSK::Cluster",
            {"ClientAuthentication": {"Sasl": {"Iam": {"Enabled": True}}}},
            {"ClientAuthentication": {"Sasl": {"Iam": {"Enabled": False}}}},
        ),
        Example("AWS::MemoryDB::Cluster", {"ACLName": "app"}, {"ACLName": "open-access"}),
        Example("AWS::Neptune::DBCluster", {"IamAuthEnabled": True}, {"IamAuthEnabled": False}),
    ],
    "ContainersUnprivileged": [
        Example("AWS::SageMaker::NotebookInstance", {"RootAccess": "Disabled"}, {"RootAccess": "Enabled"}),
        Example(
            "AWS::CodeBuild::Project",
            {"Environment": {"PrivilegedMode": False}},
            {"Environment": {"PrivilegedMode": True}, "Source": {"BuildSpec": "version: 0.2\nphases: {}\n"}},
        ),
        Example(
            "AWS::Batch::JobDefinition",
            {"Type": "container", "ContainerProperties": {"Image": "etl:1.4", "User": "1000"}},
            {"Type": "container", "ContainerProperties": {"Image": "etl:1.4", "Privileged": True}},
        ),
        Example(
            "AWS::ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Name": "app", "Image": "app:1.4", "User": "1000"}]},
            {"ContainerDefinitions": [{"Name": "app", "Image": "app:1.4", "Privileged": True}]},
        ),
    ],
    "DataGrantsNameResources": identities(
        allow("s3:GetObject", "arn:aws:s3:::records/*"),
        allow("s3:GetObject"),
    ),
    "DatabaseIamAuthenticated": [
        Example(
            "AWS::RDS::DBCluster",
            {"Engine": "aurora-postgresql", "EnableIAMDatabaseAuthentication": True},
            {"Engine": "aurora-postgresql", "EnableIAMDatabaseAuthentication": False},
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "postgres", "EnableIAMDatabaseAuthentication": True},
            {"Engine": "postgres", "EnableIAMDatabaseAuthentication": False},
        ),
    ],
    "FunctionUrlAuthorized": [
        Example("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}),
    ],
    "GrantsBounded": identities(allow("ec2:DescribeInstances"), allow("*")),
    "GuestAccessDisabled": [
        Example(
            "AWS::Cognito::IdentityPool",
            {"AllowUnauthenticatedIdentities": False},
            {"AllowUnauthenticatedIdentities": True},
        ),
    ],
    "HumanRoleRequiresMfa": [
        Example(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": trust({"AWS": ROOT}, Condition=WITH_FACTOR)},
            {"AssumeRolePolicyDocument": trust({"AWS": ROOT})},
        ),
    ],
    "HumanSessionsShort": [
        Example(
            "AWS::Cognito::UserPoolClient",
            {"UserPoolId": "us-east-1_abc", "AccessTokenValidity": 1},
            {"UserPoolId": "us-east-1_abc", "AccessTokenValidity": 24},
        ),
        Example(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": trust({"AWS": ROOT}, Condition=WITH_FACTOR),
                "MaxSessionDuration": 3600,
            },
            {
                "AssumeRolePolicyDocument": trust({"AWS": ROOT}, Condition=WITH_FACTOR),
                "MaxSessionDuration": 43200,
            },
        ),
        Example("AWS::SSO::PermissionSet", {"SessionDuration": "PT8H"}, {"SessionDuration": "PT12H"}),
    ],
    "InstanceMetadataV2": [
        Example(
            "AWS::SageMaker::NotebookInstance",
            {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"}},
            {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"}},
        ),
        *beanstalk(
            [("aws:autoscaling:launchconfiguration", "DisableIMDSv1", "true")],
            [("aws:autoscaling:launchconfiguration", "DisableIMDSv1", "false")],
        ),
        Example(
            "AWS::AutoScaling::AutoScalingGroup",
            Never("A group is as its launch template or configuration is, which are judged themselves."),
            Never("A group is as its launch template or configuration is, which are judged themselves."),
        ),
        Example(
            "AWS::AutoScaling::LaunchConfiguration",
            {"MetadataOptions": {"HttpTokens": "required"}},
            {"MetadataOptions": {"HttpTokens": "optional"}},
        ),
        Example(
            "AWS::EC2::Instance",
            {"MetadataOptions": {"HttpTokens": "required"}},
            {"MetadataOptions": {"HttpTokens": "optional"}},
        ),
        Example("AWS::EC2::LaunchTemplate", _by_template("required"), _by_template("optional")),
    ],
    "KeyPolicyNotPublic": [_public("AWS::KMS::Key"), _public("AWS::KMS::ReplicaKey")],
    "ManagedPoliciesReachNoData": [
        Example("AWS::IAM::Group", {"ManagedPolicyArns": [AUDITOR]}, {"ManagedPolicyArns": [READER]}),
        Example(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"}), "ManagedPolicyArns": [AUDITOR]},
            {"AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"}), "ManagedPolicyArns": [READER]},
        ),
        Example("AWS::IAM::User", {"ManagedPolicyArns": [AUDITOR]}, {"ManagedPolicyArns": [READER]}),
        Example(
            "AWS::SSO::PermissionSet",
            {"Name": "Auditor", "ManagedPolicies": [AUDITOR]},
            {"Name": "Auditor", "ManagedPolicies": [READER]},
        ),
        Example(
            "AWS::EMR::Cluster",
            Never("Roles of the app are judged themselves."),
            {"JobFlowRole": "EMR_EC2_DefaultRole", "ServiceRole": "EMR_DefaultRole"},
        ),
    ],
    "ModelAccessNamed": identities(
        allow("bedrock:InvokeModel", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"),
        allow("bedrock:InvokeModel"),
    ),
    "ModelsGuarded": [
        Example(
            "AWS::Bedrock::Agent",
            {"AgentName": "triage", "GuardrailConfiguration": GUARDRAIL},
            {"AgentName": "triage"},
        ),
        Example("AWS::Bedrock::Flow", _flow({"GuardrailConfiguration": GUARDRAIL}), _flow({})),
        *identities(
            allow(
                "bedrock:InvokeModel",
                MODEL,
                Condition={"StringEquals": {"bedrock:GuardrailIdentifier": f"{GUARDRAIL_ARN}:1"}},
            ),
            allow("bedrock:InvokeModel", MODEL),
        ),
        Example(
            "AWS::Bedrock::Guardrail",
            {
                "Name": "notes",
                "BlockedInputMessaging": "Blocked.",
                "BlockedOutputsMessaging": "Blocked.",
                "ContentPolicyConfig": {
                    "FiltersConfig": [{"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}]
                },
                "SensitiveInformationPolicyConfig": {"PiiEntitiesConfig": [{"Type": "NAME", "Action": "ANONYMIZE"}]},
            },
            {"Name": "notes", "BlockedInputMessaging": "Blocked.", "BlockedOutputsMessaging": "Blocked."},
        ),
    ],
    "NoLiteralSecrets": [
        _secret("AWS::EC2::VPNConnection", "VpnTunnelOptionsSpecifications[]", "PreSharedKey"),
        Example(
            "AWS::ImageBuilder::Component",
            {"Data": "commands: [apt-get update]"},
            {"Data": f"commands: [export PGPASSWORD={IN_CLEAR}]"},
        ),
        Example(
            "AWS::SSM::Document",
            {"Content": {"mainSteps": [{"inputs": {"runCommand": ["systemctl restart app"]}}]}},
            {"Content": {"mainSteps": [{"inputs": {"runCommand": [f"export PGPASSWORD={IN_CLEAR}"]}}]}},
        ),
        _secret("AWS::AmazonMQ::Broker", "Users[]", "Password"),
        _secret("AWS::Amplify::App", "AccessToken"),
        _secret("AWS::Amplify::Branch", "BasicAuthConfig", "Password"),
        _secret("AWS::ApiGateway::ApiKey", "Value"),
        Example(
            "AWS::CodeBuild::Project",
            {"Source": {"Type": "GITHUB", "Location": "https://github.com/clinic/apps"}},
            {"Source": {"Type": "GITHUB", "Location": f"https://deploy:{IN_CLEAR}@github.com/clinic/apps"}},
        ),
        _secret("AWS::CodeBuild::SourceCredential", "Token"),
        _secret("AWS::CodePipeline::Pipeline", "Stages[]", "Actions[]", "Configuration", "OAuthToken"),
        _secret("AWS::CodePipeline::Webhook", "AuthenticationConfiguration", "SecretToken"),
        _secret("AWS::Cognito::UserPoolIdentityProvider", "ProviderDetails", "client_secret"),
        _secret("AWS::DMS::Endpoint", "Password"),
        _secret("AWS::DataSync::LocationObjectStorage", "SecretKey"),
        _secret("AWS::DataSync::LocationSMB", "Password"),
        _secret("AWS::DirectoryService::MicrosoftAD", "Password"),
        _secret("AWS::DirectoryService::SimpleAD", "Password"),
        _secret("AWS::DocDB::DBCluster", "MasterUserPassword"),
        _secret("AWS::DocDBElastic::Cluster", "AdminUserPassword"),
        _secret("AWS::EMR::Cluster", "KerberosAttributes", "KdcAdminPassword"),
        _secret("AWS::ElastiCache::ReplicationGroup", "AuthToken"),
        _secret("AWS::ElastiCache::User", "Passwords[]"),
        _secret("AWS::ElasticLoadBalancingV2::Listener", "DefaultActions[]", "AuthenticateOidcConfig", "ClientSecret"),
        _secret("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions[]", "AuthenticateOidcConfig", "ClientSecret"),
        _secret("AWS::Elasticsearch::Domain", "AdvancedSecurityOptions", "MasterUserOptions", "MasterUserPassword"),
        _secret("AWS::Events::Connection", "AuthParameters", "BasicAuthParameters", "Password"),
        _secret("AWS::FSx::FileSystem", "OntapConfiguration", "FsxAdminPassword"),
        _secret("AWS::FSx::StorageVirtualMachine", "SvmAdminPassword"),
        _secret("AWS::Glue::Connection", "ConnectionInput", "ConnectionProperties", "PASSWORD"),
        _secret("AWS::IAM::User", "LoginProfile", "Password"),
        _secret("AWS::KinesisFirehose::DeliveryStream", "SplunkDestinationConfiguration", "HECToken"),
        _secret("AWS::Lightsail::Database", "MasterUserPassword"),
        _secret("AWS::MemoryDB::User", "AuthenticationMode", "Passwords[]"),
        _secret("AWS::OpenSearchService::Domain", "AdvancedSecurityOptions", "MasterUserOptions", "MasterUserPassword"),
        _secret("AWS::QuickSight::DataSource", "Credentials", "CredentialPair", "Password"),
        _secret("AWS::RDS::DBCluster", "MasterUserPassword"),
        _secret("AWS::RDS::DBInstance", "MasterUserPassword"),
        _secret("AWS::Redshift::Cluster", "MasterUserPassword"),
        _secret("AWS::RedshiftServerless::Namespace", "AdminUserPassword"),
        Example(
            "AWS::SSM::Parameter",
            {"Type": "String", "Name": "/records/table", "Value": "records"},
            {"Type": "String", "Name": "/records/password", "Value": IN_CLEAR},
        ),
        _secret("AWS::SecretsManager::Secret", "SecretString"),
        _secret("AWS::Timestream::InfluxDBInstance", "Password"),
    ],
    "NoSecretsInEnvironment": [
        *(
            Example(kind, made("EMR.secret@metastore"), made(IN_CLEAR))
            for kind, made in (
                ("AWS::EMR::Cluster", _configured),
                ("AWS::EMR::InstanceGroupConfig", _configured),
                ("AWS::EMRServerless::Application", _runtime),
            )
        ),
        Example(
            "AWS::KafkaConnect::Connector",
            {"ConnectorConfiguration": {"database.password": "${secretManager:records:password}"}},
            {"ConnectorConfiguration": {"database.password": IN_CLEAR}},
        ),
        Example(
            "AWS::MWAA::Environment",
            {"Name": "imports", "AirflowConfigurationOptions": {"smtp.smtp_host": "mail.clinic"}},
            {"Name": "imports", "AirflowConfigurationOptions": {"smtp.smtp_password": IN_CLEAR}},
        ),
        Example("AWS::Amplify::App", *_variables("EnvironmentVariables")),
        Example("AWS::Amplify::Branch", *_variables("EnvironmentVariables")),
        Example(
            "AWS::AppRunner::Service",
            *_variables("SourceConfiguration", "ImageRepository", "ImageConfiguration", "RuntimeEnvironmentVariables"),
        ),
        Example(
            "AWS::AutoScaling::AutoScalingGroup",
            {"MinSize": "1", "MaxSize": "2"},
            {"MinSize": "1", "MaxSize": "2"},
            passes_with={
                "Metadata": {"AWS::CloudFormation::Init": {"config": {"commands": {"start": {"command": "serve"}}}}}
            },
            fails_with={
                "Metadata": {
                    "AWS::CloudFormation::Init": {
                        "config": {"commands": {"start": {"command": "serve", "env": {"DB_PASSWORD": IN_CLEAR}}}}
                    }
                }
            },
        ),
        Example("AWS::AutoScaling::LaunchConfiguration", FETCHED, EXPORTED),
        Example("AWS::Batch::JobDefinition", *_variables("ContainerProperties", "Environment")),
        Example(
            "AWS::CodeBuild::Project",
            *_variables("Environment", "EnvironmentVariables", more={"Type": "PLAINTEXT"}),
        ),
        Example(
            "AWS::Cognito::UserPoolClient",
            {"UserPoolId": "us-east-1_abc", "GenerateSecret": True},
            Never("What shows its secret is an output."),
        ),
        Example("AWS::IAM::AccessKey", {"UserName": "robot"}, Never("What shows its secret is an output.")),
        Example("AWS::EC2::Instance", FETCHED, EXPORTED),
        Example("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": FETCHED}, {"LaunchTemplateData": EXPORTED}),
        Example("AWS::ECS::TaskDefinition", _container("DB_HOST", "db.internal"), _container("DB_PASSWORD", IN_CLEAR)),
        Example(
            "AWS::ElasticBeanstalk::ConfigurationTemplate",
            *_variables(
                "OptionSettings",
                name="OptionName",
                more={"Namespace": "aws:elasticbeanstalk:application:environment"},
            ),
        ),
        Example(
            "AWS::ElasticBeanstalk::Environment",
            *_variables(
                "OptionSettings",
                name="OptionName",
                more={"Namespace": "aws:elasticbeanstalk:application:environment"},
            ),
        ),
        Example(
            "AWS::Glue::Job",
            {"DefaultArguments": {"--DB_SECRET_ID": "records"}},
            {"DefaultArguments": {"--DB_PASSWORD": IN_CLEAR}},
        ),
        Example(
            "AWS::Lambda::Function",
            {"Environment": {"Variables": {"DB_SECRET_ID": "records"}}},
            {"Environment": {"Variables": {"DB_PASSWORD": IN_CLEAR}}},
        ),
        Example(
            "AWS::SageMaker::Model",
            {"PrimaryContainer": {"Environment": {"DB_SECRET_ID": "records"}}},
            {"PrimaryContainer": {"Environment": {"DB_PASSWORD": IN_CLEAR}}},
        ),
        Example(
            "AWS::Synthetics::Canary",
            {"Name": "portal", "RunConfig": {"EnvironmentVariables": {"DB_SECRET_ID": "records"}}},
            {"Name": "portal", "RunConfig": {"EnvironmentVariables": {"DB_PASSWORD": IN_CLEAR}}},
        ),
    ],
    "PermissionNotPublic": [
        Example(
            "AWS::Events::EventBusPolicy",
            {"StatementId": "partner", "Action": "events:PutEvents", "Principal": "999988887777"},
            {"StatementId": "partner", "Action": "events:PutEvents", "Principal": "*"},
        ),
        Example(
            "AWS::Lambda::LayerVersionPermission",
            {"Action": "lambda:GetLayerVersion", "Principal": "999988887777"},
            {"Action": "lambda:GetLayerVersion", "Principal": "*"},
        ),
        Example(
            "AWS::Lambda::Permission",
            {"Action": "lambda:InvokeFunction", "FunctionName": "intake", "Principal": "999988887777"},
            {"Action": "lambda:InvokeFunction", "FunctionName": "intake", "Principal": "*"},
        ),
    ],
    "PolicyWithinQuota": [
        _quota("AWS::CloudTrail::ResourcePolicy", 8_192),
        Example(
            "AWS::EC2::VPCEndpoint",
            {"VpcId": "vpc-12345678", "PolicyDocument": policy(allow("s3:GetObject", Principal="*"))},
            {"VpcId": "vpc-12345678", "PolicyDocument": _long("s3:GetObject", 20_480, Principal="*")},
        ),
        _quota("AWS::ECR::Repository", 10_240),
        _quota("AWS::EFS::FileSystem", 20_000),
        _quota("AWS::Events::EventBus", 10_240),
        _quota("AWS::IAM::Group", 5_120),
        _quota("AWS::IAM::GroupPolicy", 5_120),
        _quota("AWS::IAM::ManagedPolicy", 6_144),
        _quota("AWS::IAM::Policy", 10_240),
        Example(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": trust({"AWS": ROLE_ARN})},
            {"AssumeRolePolicyDocument": trust({"AWS": [f"{ROLE_ARN}-{number}" for number in range(60)]})},
        ),
        _quota("AWS::IAM::RolePolicy", 10_240),
        _quota("AWS::IAM::User", 2_048),
        _quota("AWS::IAM::UserPolicy", 2_048),
        _quota("AWS::KMS::Key", 32_768),
        _quota("AWS::KMS::ReplicaKey", 32_768),
        # Written as a text, it would be too long for the schema.
        Example(
            "AWS::Logs::ResourcePolicy",
            {"PolicyName": "delivery", "PolicyDocument": policy(allow("logs:PutLogEvents"))},
            {"PolicyName": "delivery", "PolicyDocument": _long("logs:PutLogEvents", 51_200)},
        ),
        _quota("AWS::OpenSearchService::Domain", 102_400),
        Example(
            "AWS::Organizations::Policy",
            {"Type": "RESOURCE_CONTROL_POLICY", "Content": policy(allow("s3:GetObject"))},
            {"Type": "RESOURCE_CONTROL_POLICY", "Content": _long("s3:GetObject", 5_120)},
        ),
        _quota("AWS::S3::BucketPolicy", 20_480),
        _quota("AWS::SNS::TopicInlinePolicy", 30_720),
        _quota("AWS::SNS::TopicPolicy", 30_720),
        _quota("AWS::SQS::QueueInlinePolicy", 8_192),
        _quota("AWS::SQS::QueuePolicy", 8_192),
        _quota("AWS::SSO::PermissionSet", 32_768),
        _quota("AWS::SecretsManager::ResourcePolicy", 20_480),
    ],
    "RepositoriesConnected": [
        Example("AWS::CodeBuild::SourceCredential", {"AuthType": "OAUTH"}, {"AuthType": "PERSONAL_ACCESS_TOKEN"}),
        Example(
            "AWS::CodePipeline::Pipeline",
            _pipeline("AWS", "CodeStarSourceConnection"),
            _pipeline("ThirdParty", "GitHub"),
        ),
    ],
    "ResourcePolicyActionsNamed": [
        Example(
            "AWS::Events::EventBusPolicy",
            {"StatementId": "partner", "Statement": allow("events:PutEvents", BUS_ARN, Principal={"AWS": PARTNER})},
            {"StatementId": "partner", "Statement": allow("events:*", BUS_ARN, Principal={"AWS": PARTNER})},
        ),
        *(
            _named(kind)
            for kind in (
                "AWS::Backup::BackupVault",
                "AWS::DynamoDB::Table",
                "AWS::ECR::Repository",
                "AWS::EFS::FileSystem",
                "AWS::Events::EventBus",
                "AWS::KMS::Key",
                "AWS::KMS::ReplicaKey",
                "AWS::Kinesis::ResourcePolicy",
                "AWS::OpenSearchService::Domain",
                "AWS::S3::AccessPoint",
                "AWS::S3::BucketPolicy",
                "AWS::SNS::TopicPolicy",
                "AWS::SQS::QueuePolicy",
                "AWS::SecretsManager::ResourcePolicy",
            )
        ),
    ],
    "ResourcePolicyNotPublic": [
        *(_public(kind) for kind in RESOURCE_POLICIES if not kind.startswith("AWS::KMS::")),
        Example(
            "AWS::DynamoDB::GlobalTable",
            {
                "Replicas": [
                    {
                        "Region": "us-east-1",
                        "ResourcePolicy": {"PolicyDocument": _for_role("AWS::DynamoDB::Table")},
                    }
                ]
            },
            {
                "Replicas": [
                    {
                        "Region": "us-east-1",
                        "ResourcePolicy": {"PolicyDocument": _for_everyone("AWS::DynamoDB::Table")},
                    }
                ]
            },
        ),
    ],
    "SearchAccessFineGrained": [
        *(
            Example(
                kind,
                {"AdvancedSecurityOptions": {"Enabled": True, "InternalUserDatabaseEnabled": False}},
                {"AdvancedSecurityOptions": {"Enabled": False}},
            )
            for kind in ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")
        ),
        Example(
            "AWS::OpenSearchServerless::AccessPolicy",
            {"Name": "notes", "Type": "data", "Policy": _data_access("aoss:ReadDocument")},
            {"Name": "notes", "Type": "data", "Policy": _data_access("aoss:*")},
        ),
    ],
    "SecretRotated": [
        Example(
            "AWS::SecretsManager::Secret",
            {"GenerateSecretString": {"PasswordLength": 32}},
            {"GenerateSecretString": {"PasswordLength": 32}},
            passes_beside={
                "Schedule": entry(
                    "AWS::SecretsManager::RotationSchedule",
                    {"SecretId": THIS, "RotationRules": {"AutomaticallyAfterDays": 30}},
                )
            },
        ),
    ],
    "ServiceAccessScoped": [
        _scoped(kind)
        for kind in (
            "AWS::ECR::Repository",
            "AWS::KMS::Key",
            "AWS::KMS::ReplicaKey",
            "AWS::Logs::ResourcePolicy",
            "AWS::S3::BucketPolicy",
            "AWS::SNS::TopicInlinePolicy",
            "AWS::SNS::TopicPolicy",
            "AWS::SQS::QueueInlinePolicy",
            "AWS::SQS::QueuePolicy",
            "AWS::SecretsManager::ResourcePolicy",
        )
    ]
    + [
        Example(
            "AWS::Lambda::Permission",
            {**CALLED_BY_TOPICS, "SourceArn": TOPIC_ARN},
            CALLED_BY_TOPICS,
        ),
    ],
    "ServiceLinkedRolesNamed": identities(
        allow(
            "iam:CreateServiceLinkedRole",
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS",
        ),
        allow("iam:CreateServiceLinkedRole"),
    ),
    "ServicesActForAccount": [
        Example(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": trust(
                    {"Service": "ecs-tasks.amazonaws.com"},
                    Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                ),
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            },
            {
                "AssumeRolePolicyDocument": trust({"Service": "ecs-tasks.amazonaws.com"}),
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            },
        ),
    ],
    "SnapshotNotPublic": [
        Example("AWS::EC2::SnapshotBlockPublicAccess", {"State": "block-all-sharing"}, {"State": "block-new-sharing"}),
        Example(
            "AWS::ImageBuilder::DistributionConfiguration",
            Never("An image that no group may launch is not judged, and the only group is all."),
            {
                "Distributions": [
                    {
                        "Region": "us-east-1",
                        "AmiDistributionConfiguration": {"LaunchPermissionConfiguration": {"UserGroups": ["all"]}},
                    }
                ]
            },
        ),
    ],
    "TagsProtected": identities(
        allow("rds:AddTagsToResource", f"arn:aws:rds:us-east-1:{ACCOUNT}:db:staging"), allow("rds:AddTagsToResource")
    ),
    "TrustPolicyNotOpen": [
        Example(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": trust({"AWS": PARTNER})},
            {"AssumeRolePolicyDocument": trust({"AWS": "*"})},
        ),
    ],
    "UserHasNoPolicies": [
        Example("AWS::IAM::ManagedPolicy", {"Roles": ["intake"]}, {"Users": ["robot"]}),
        Example("AWS::IAM::Policy", {"Roles": ["intake"]}, {"Users": ["robot"]}),
        Example(
            "AWS::IAM::User", {"Groups": ["readers"]}, {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
        ),
        Example(
            "AWS::IAM::UserPolicy",
            Never("It is a policy of a user."),
            identity("AWS::IAM::UserPolicy", policy(allow("s3:GetObject", "arn:aws:s3:::records/*"))),
        ),
    ],
    "UserHasNoStandingCredentials": [
        Example(
            "AWS::Connect::Instance",
            {"IdentityManagementType": "SAML", "Attributes": {"InboundCalls": True, "OutboundCalls": False}},
            {"IdentityManagementType": "CONNECT_MANAGED"},
        ),
        Example(
            "AWS::IAM::AccessKey",
            {"UserName": "robot", "Status": "Inactive"},
            {"UserName": "robot", "Status": "Active"},
        ),
        Example("AWS::IAM::User", {"UserName": "robot"}, {"LoginProfile": {"Password": SECRET}}),
        *(
            Example(
                kind,
                _attached(kind, policy(allow(action, Principal={"AWS": ROLE_ARN}))),
                _attached(kind, policy(allow(action, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/robot"}))),
            )
            for kind, action in (
                ("AWS::KMS::Key", "kms:Decrypt"),
                ("AWS::KMS::ReplicaKey", "kms:Decrypt"),
                ("AWS::S3::BucketPolicy", "s3:GetObject"),
                ("AWS::SNS::TopicPolicy", "sns:Publish"),
                ("AWS::SQS::QueuePolicy", "sqs:SendMessage"),
                ("AWS::SecretsManager::ResourcePolicy", "secretsmanager:GetSecretValue"),
            )
        ),
    ],
    "UserPoolClientFlowsSafe": [
        Example(
            "AWS::Cognito::UserPoolClient",
            {
                "UserPoolId": "us-east-1_abc",
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthFlows": ["code"],
                "PreventUserExistenceErrors": "ENABLED",
            },
            {"UserPoolId": "us-east-1_abc", "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["implicit"]},
        ),
    ],
    "UserRightsProtected": [
        Example(
            "AWS::Cognito::UserPoolClient",
            {"UserPoolId": {"Ref": "Pool"}, "WriteAttributes": ["email", "given_name"]},
            {"UserPoolId": {"Ref": "Pool"}, "WriteAttributes": ["email", "custom:role"]},
            beside={
                "Pool": entry(
                    "AWS::Cognito::UserPool",
                    {"Schema": [{"Name": "role", "AttributeDataType": "String", "Mutable": True}]},
                )
            },
        ),
    ],
    "UserPoolThreatsBlocked": [
        Example(
            "AWS::Cognito::UserPool",
            {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}, "UserPoolTier": "PLUS"},
            {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}},
        ),
    ],
    "RoleTrustsOneService": [
        Example(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": trust({"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]})},
            {"AssumeRolePolicyDocument": trust({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]})},
        ),
    ],
    "ClusterAccessRecorded": [
        Example(
            "AWS::EKS::Cluster",
            {"AccessConfig": {"AuthenticationMode": "API"}},
            {"AccessConfig": {"AuthenticationMode": "CONFIG_MAP"}},
        ),
    ],
    "TransferUsersConfined": [
        Example(
            "AWS::Transfer::User",
            {
                "UserName": "laboratory",
                "HomeDirectoryType": "LOGICAL",
                "HomeDirectoryMappings": [{"Entry": "/", "Target": "/records/laboratory"}],
            },
            {"UserName": "laboratory", "HomeDirectoryType": "PATH", "HomeDirectory": "/records/laboratory"},
        ),
    ],
    "PoolIdentitiesKeptApart": [
        Example("AWS::IAM::Role", _of_pool("/${cognito-identity.amazonaws.com:sub}/*"), _of_pool("/*")),
    ],
    "UserPoolMfaRequired": [
        Example("AWS::Cognito::UserPool", {"MfaConfiguration": "ON"}, {"MfaConfiguration": "OFF"}),
    ],
    "UserPoolPasswordsStrong": [
        Example(
            "AWS::Cognito::UserPool",
            {"Policies": {"PasswordPolicy": {"MinimumLength": 15}}},
            {"Policies": {"PasswordPolicy": {"MinimumLength": 6}}},
        ),
    ],
    "UserPoolSignUpClosed": [
        Example(
            "AWS::Cognito::UserPool",
            {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}},
            {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False}},
        ),
    ],
    "MasterPasswordManaged": [
        *(
            Example(
                kind,
                {"ManageMasterUserPassword": True},
                {"MasterUserPassword": {"Fn::GetAtt": ["Made", "Secret"]}},
                fails_beside=_MADE,
            )
            for kind in ("AWS::DocDB::DBCluster", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance")
        ),
        Example(
            "AWS::Redshift::Cluster",
            {"ManageMasterPassword": True},
            {"MasterUserPassword": {"Fn::GetAtt": ["Made", "Secret"]}},
            fails_beside=_MADE,
        ),
        Example(
            "AWS::RedshiftServerless::Namespace",
            {"ManageAdminPassword": True},
            {"AdminUserPassword": {"Fn::GetAtt": ["Made", "Secret"]}},
            fails_beside=_MADE,
        ),
    ],
    "OriginsNamed": [
        Example("AWS::ApiGateway::Method", _answers("'https://portal.example.org'"), _answers("'*'")),
        Example("AWS::ApiGateway::RestApi", _openapi("'https://portal.example.org'"), _openapi("'*'")),
        Example(
            "AWS::ApiGatewayV2::Api",
            {"CorsConfiguration": {"AllowOrigins": ["https://portal.example.org"]}},
            {"CorsConfiguration": {"AllowOrigins": ["*"]}},
        ),
        Example(
            "AWS::Lambda::Url",
            {"Cors": {"AllowOrigins": ["https://portal.example.org"]}},
            {"Cors": {"AllowOrigins": ["*"]}},
        ),
        Example(
            "AWS::S3::Bucket",
            {"CorsConfiguration": {"CorsRules": [_CORS | {"AllowedOrigins": ["https://portal.example.org"]}]}},
            {"CorsConfiguration": {"CorsRules": [_CORS | {"AllowedOrigins": ["*"]}]}},
        ),
    ],
    "InstanceLoginsPersonal": [
        Example("AWS::AutoScaling::LaunchConfiguration", {}, {"KeyName": "ops"}),
        Example("AWS::EC2::Instance", {}, {"KeyName": "ops"}),
        Example("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {}}, {"LaunchTemplateData": {"KeyName": "ops"}}),
        Example("AWS::EKS::Nodegroup", {"AmiType": "AL2023_x86_64_STANDARD"}, {"RemoteAccess": {"Ec2SshKey": "ops"}}),
        Example("AWS::EMR::Cluster", {"Instances": {}}, {"Instances": {"Ec2KeyName": "ops"}}),
    ],
    "DevicePoliciesBounded": [
        Example("AWS::IoT::Policy", _for_devices("topic/${iot:Connection.Thing.ThingName}/*"), _for_devices("topic/*"))
    ],
    "FileAccessConfined": [
        Example(
            "AWS::Batch::JobDefinition",
            _mounted("EfsVolumeConfiguration", "FileSystemId", AuthorizationConfig={"Iam": "ENABLED"}),
            _mounted("EfsVolumeConfiguration", "FileSystemId"),
        ),
        Example(
            "AWS::ECS::TaskDefinition",
            _mounted("EFSVolumeConfiguration", "FilesystemId", AuthorizationConfig={"AccessPointId": "fsap-12345678"}),
            _mounted("EFSVolumeConfiguration", "FilesystemId"),
        ),
        Example(
            "AWS::EFS::AccessPoint",
            {
                "FileSystemId": "fs-12345678",
                "PosixUser": {"Uid": "1000", "Gid": "1000"},
                "RootDirectory": {"Path": "/scans"},
            },
            {"FileSystemId": "fs-12345678"},
        ),
    ],
    "ContainerFilesReadOnly": [
        Example(
            "AWS::Batch::JobDefinition",
            {"ContainerProperties": {"Image": "api:1", "ReadonlyRootFilesystem": True}},
            {"ContainerProperties": {"Image": "api:1", "ReadonlyRootFilesystem": False}},
        ),
        Example(
            "AWS::ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Name": "api", "Image": "api:1", "ReadonlyRootFilesystem": True}]},
            {"ContainerDefinitions": [{"Name": "api", "Image": "api:1", "ReadonlyRootFilesystem": False}]},
        ),
    ],
    "TasksIsolated": [
        Example(
            "AWS::ECS::TaskDefinition",
            {"NetworkMode": "awsvpc", "RequiresCompatibilities": ["EC2"], "TaskRoleArn": ROLE_ARN},
            {"NetworkMode": "bridge", "RequiresCompatibilities": ["EC2"], "TaskRoleArn": ROLE_ARN},
        ),
        Example(
            "AWS::Batch::JobDefinition",
            {"Type": "container", "ContainerProperties": {"Image": "fold", "JobRoleArn": ROLE_ARN}},
            {"Type": "container", "ContainerProperties": {"Image": "fold"}},
        ),
    ],
    "PrivateFilesSigned": [
        Example(
            "AWS::CloudFront::Distribution",
            _showing_files(TrustedKeyGroups=["b5e5c9d0-1f3a-4c8e-9d7b-2a6f0c4e8d11"]),
            _showing_files(),
            beside={
                "Files": entry(
                    "AWS::S3::Bucket",
                    {"CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]}},
                )
            },
        ),
    ],
    "BucketOriginSigned": [
        Example(
            "AWS::CloudFront::Distribution",
            _serving(OriginAccessControlId="E2QWRUHAPOMQZL"),
            _serving(S3OriginConfig={"OriginAccessIdentity": "origin-access-identity/cloudfront/E127EXAMPLE51Z"}),
        ),
    ],
    "ApiRequestsValidated": [
        Example(
            "AWS::ApiGateway::RestApi",
            {"Name": "records"},
            {"Name": "records"},
            passes_beside={"Write": _writing(RequestValidatorId={"Ref": "Validator"}), "Validator": VALIDATOR},
            fails_beside={"Write": _writing()},
        ),
    ],
    "RoleForOneWorkload": [
        Example(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": trust({"Service": "lambda.amazonaws.com"})},
            {
                "AssumeRolePolicyDocument": trust({"Service": "lambda.amazonaws.com"}),
                "Policies": [
                    {
                        "PolicyName": "records",
                        "PolicyDocument": policy(allow("s3:GetObject", "arn:aws:s3:::records/intake/*")),
                    }
                ],
            },
            beside={name: _function_of(SUBJECT) for name in ("Intake", "Letters")},
        ),
    ],
    "LakeGrantsNamed": [
        Example(
            "AWS::Glue::Database",
            {"CatalogId": "111122223333", "DatabaseInput": {"Name": "claims"}},
            {"CatalogId": "111122223333", "DatabaseInput": {"CreateTableDefaultPermissions": BY_IAM_ALONE}},
        ),
        Example(
            "AWS::LakeFormation::DataLakeSettings",
            {"CreateTableDefaultPermissions": []},
            {"CreateTableDefaultPermissions": BY_IAM_ALONE},
        ),
        *(
            Example(
                kind,
                {"Permissions": ["SELECT"], where: {"DataLakePrincipalIdentifier": ROLE_ARN}},
                {"Permissions": ["SELECT"], where: {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}},
            )
            for kind, where in (
                ("AWS::LakeFormation::Permissions", "DataLakePrincipal"),
                ("AWS::LakeFormation::PrincipalPermissions", "Principal"),
            )
        ),
    ],
    "ServiceNetworkAuthorized": [
        Example(
            "AWS::VpcLattice::Service",
            {"Name": "records", "AuthType": "AWS_IAM"},
            {"Name": "records", "AuthType": "NONE"},
            beside=CALLED_BY_ROLE,
        ),
        Example(
            "AWS::VpcLattice::ServiceNetwork",
            {"Name": "clinic", "AuthType": "AWS_IAM"},
            {"Name": "clinic", "AuthType": "NONE"},
            beside=CALLED_BY_ROLE,
        ),
    ],
}
