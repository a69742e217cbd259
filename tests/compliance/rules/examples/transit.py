from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.compliance.rules.examples.example import (
    THIS,
    TOPIC_ARN,
    Example,
    Never,
    Properties,
    allow,
    beanstalk,
    deny,
    entry,
    policy,
)

GROUP = {"Ref": "Group"}
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


def _parameters(kind: str, **parameters: Any) -> dict[str, Any]:
    return {"Group": entry(kind, {"Parameters": parameters})}


def _distribution(**config: Any) -> dict[str, Any]:
    origins = [
        {"Id": "records", "DomainName": "records.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    ]
    return {"DistributionConfig": {"Enabled": True, "Origins": origins, **config}}


def _behavior(**more: Any) -> dict[str, Any]:
    return {"TargetOriginId": "records", "ViewerProtocolPolicy": "https-only", **more}


def _resources(count: int) -> dict[str, Any]:
    return {"ClusterConfig": {"InstanceCount": count, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}}


def _network(encrypted: bool) -> dict[str, Any]:
    return {"NetworkConfig": {"EnableInterContainerTrafficEncryption": encrypted, "EnableNetworkIsolation": True}}


def _job(kind: str) -> Example:
    jobs = {"JobResources": _resources(2)}
    return Example(f"AWS::SageMaker::{kind}", {**jobs, **_network(True)}, {**jobs, **_network(False)})


def _monitoring(encrypted: bool) -> dict[str, Any]:
    job = {"MonitoringResources": _resources(2), **_network(encrypted)}
    return {"MonitoringScheduleConfig": {"MonitoringJobDefinition": job}}


def _connecting(kind: str, path: str, made: Callable[[str], Any], **beside: Any) -> Example:
    """What is given at a path, with the address of a cache in it; ``[]`` behind a name stands for a list of one."""

    def at(address: str) -> Properties:
        found = made(address)
        for key in reversed(path.split(".")):
            found = {key.removesuffix("[]"): [found] if key.endswith("[]") else found}
        return {**beside, **found}

    return Example(kind, at("rediss://cache.clinic:6379"), at("redis://cache.clinic:6379"))


def _item(name: str = "Name", **more: Any) -> Callable[[str], Any]:
    return lambda address: {**more, name: "CACHE_URL", "Value": address}


def _map(address: str) -> Any:
    return {"CACHE_URL": address}


OPTION = _item("OptionName", Namespace="aws:elasticbeanstalk:application:environment")


def _search_domain(policy_name: str) -> dict[str, Any]:
    return {
        "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": policy_name},
        "NodeToNodeEncryptionOptions": {"Enabled": True},
    }


def _script(mode: str) -> Properties:
    return {"UserData": {"Fn::Base64": f"#!/bin/sh\nexport PGSSLMODE={mode}\nserve"}}


def _init(command: str) -> Properties:
    return {"Metadata": {"AWS::CloudFormation::Init": {"config": {"commands": {"mount": {"command": command}}}}}}


FORWARD = {"Forward": {"TargetGroups": [{"TargetGroupIdentifier": "tg-0123456789abcdef0"}]}}
# A group that lets anybody in on port 80, and what launches machines with it.
OPENED = {
    "Web": entry(
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "web",
            "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}],
        },
    ),
    "Launch": entry(
        "AWS::EC2::LaunchTemplate",
        {"LaunchTemplateData": {"SecurityGroupIds": [{"Fn::GetAtt": ["Web", "GroupId"]}]}},
    ),
}
EXAMPLES: Mapping[str, Sequence[Example]] = {
    "ApiIntegrationTlsRequired": [
        Example(
            "AWS::AppSync::DataSource",
            {"Type": "HTTP", "HttpConfig": {"Endpoint": "https://records.clinic"}},
            {"Type": "HTTP", "HttpConfig": {"Endpoint": "http://records.clinic"}},
        ),
        Example(
            "AWS::ApiGateway::Method",
            {"Integration": {"Type": "HTTP_PROXY", "Uri": "https://backend.example"}},
            {"Integration": {"Type": "HTTP_PROXY", "Uri": "http://backend.example"}},
        ),
        Example(
            "AWS::ApiGatewayV2::Integration",
            {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://backend.example"},
            {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "http://backend.example"},
        ),
    ],
    "BeanstalkTlsRequired": [
        *beanstalk(
            [
                ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
                ("aws:elbv2:listener:default", "ListenerEnabled", "false"),
                ("aws:elbv2:listener:443", "Protocol", "HTTPS"),
                ("aws:elbv2:listener:443", "SSLPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06"),
            ],
            [
                ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
                ("aws:elbv2:listener:443", "Protocol", "HTTPS"),
                ("aws:elbv2:listener:443", "SSLPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06"),
            ],
        )
    ],
    "BucketTlsRequired": [
        Example(
            "AWS::S3::Bucket",
            {},
            {},
            passes_beside={
                "Policy": entry(
                    "AWS::S3::BucketPolicy",
                    {
                        "Bucket": THIS,
                        "PolicyDocument": policy(
                            deny(
                                "s3:*",
                                [{"Fn::GetAtt": ["Subject", "Arn"]}, {"Fn::Sub": "${Subject.Arn}/*"}],
                                Principal="*",
                                Condition=INSECURE,
                            )
                        ),
                    },
                )
            },
        ),
    ],
    "CacheTlsRequired": [
        Example("AWS::AppSync::ApiCache", {"TransitEncryptionEnabled": True}, {"TransitEncryptionEnabled": False}),
        Example(
            "AWS::DAX::Cluster",
            {"ClusterEndpointEncryptionType": "TLS"},
            {"ClusterEndpointEncryptionType": "NONE"},
        ),
        Example(
            "AWS::ElastiCache::CacheCluster", {"TransitEncryptionEnabled": True}, {"TransitEncryptionEnabled": False}
        ),
        Example(
            "AWS::ElastiCache::ReplicationGroup",
            {"TransitEncryptionEnabled": True},
            {"TransitEncryptionEnabled": False},
        ),
        Example("AWS::MemoryDB::Cluster", {"TLSEnabled": True}, {"TLSEnabled": False}),
        Example("AWS::MemoryDB::MultiRegionCluster", {"TLSEnabled": True}, {"TLSEnabled": False}),
    ],
    "ClassicLoadBalancerTlsRequired": [
        Example(
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [
                    {
                        "Protocol": "HTTPS",
                        "LoadBalancerPort": "443",
                        "InstancePort": "443",
                        "InstanceProtocol": "HTTPS",
                        "PolicyNames": ["tls"],
                        "SSLCertificateId": CERTIFICATE,
                    }
                ],
                "Policies": [
                    {
                        "PolicyName": "tls",
                        "PolicyType": "SSLNegotiationPolicyType",
                        "Attributes": [
                            {"Name": "Reference-Security-Policy", "Value": "ELBSecurityPolicy-TLS-1-2-2017-01"}
                        ],
                    }
                ],
            },
            {"Listeners": [{"Protocol": "HTTP", "LoadBalancerPort": "80", "InstancePort": "80"}]},
        ),
    ],
    "ClientTlsRequired": [
        Example(
            "AWS::CodeBuild::Project",
            {"Source": {"Type": "GITHUB_ENTERPRISE", "InsecureSsl": False}},
            {"Source": {"Type": "GITHUB_ENTERPRISE", "InsecureSsl": True}},
        ),
        Example(
            "AWS::Glue::Connection",
            {"ConnectionInput": {"ConnectionType": "JDBC", "ConnectionProperties": {"JDBC_ENFORCE_SSL": "true"}}},
            {"ConnectionInput": {"ConnectionType": "JDBC", "ConnectionProperties": {"JDBC_ENFORCE_SSL": "false"}}},
        ),
        Example(
            "AWS::QuickSight::DataSource",
            {"SslProperties": {"DisableSsl": False}},
            {"SslProperties": {"DisableSsl": True}},
        ),
    ],
    "ClusterTlsRequired": [
        Example(
            "AWS::DocDB::DBCluster",
            {"DBClusterParameterGroupName": GROUP},
            {"DBClusterParameterGroupName": GROUP},
            passes_beside=_parameters("AWS::DocDB::DBClusterParameterGroup", tls="tls1.2+"),
            fails_beside=_parameters("AWS::DocDB::DBClusterParameterGroup", tls="disabled"),
        ),
        Example(
            "AWS::Neptune::DBCluster",
            {"DBClusterParameterGroupName": GROUP},
            {"DBClusterParameterGroupName": GROUP},
            passes_beside=_parameters("AWS::Neptune::DBClusterParameterGroup", neptune_enforce_ssl=1),
            fails_beside=_parameters("AWS::Neptune::DBClusterParameterGroup", neptune_enforce_ssl=0),
        ),
    ],
    "ConnectionStringTlsRequired": [
        _connecting("AWS::Amplify::App", "EnvironmentVariables[]", _item()),
        _connecting("AWS::Amplify::Branch", "EnvironmentVariables[]", _item()),
        _connecting(
            "AWS::AppRunner::Service",
            "SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables[]",
            _item(),
        ),
        _connecting("AWS::Batch::JobDefinition", "ContainerProperties.Environment[]", _item()),
        _connecting("AWS::CodeBuild::Project", "Environment.EnvironmentVariables[]", _item(Type="PLAINTEXT")),
        _connecting(
            "AWS::ECS::TaskDefinition",
            "ContainerDefinitions[]",
            lambda address: {"Name": "app", "Image": "app:1", "Environment": [_item()(address)]},
        ),
        _connecting("AWS::ElasticBeanstalk::ConfigurationTemplate", "OptionSettings[]", OPTION),
        _connecting("AWS::ElasticBeanstalk::Environment", "OptionSettings[]", OPTION),
        _connecting(
            "AWS::EMR::Step", "HadoopJarStep", lambda address: {"Jar": "command-runner.jar", "Args": [address]}
        ),
        _connecting("AWS::EMR::Cluster", "Configurations[].ConfigurationProperties", _map),
        _connecting("AWS::EMR::InstanceGroupConfig", "Configurations[].ConfigurationProperties", _map),
        _connecting("AWS::EMRServerless::Application", "RuntimeConfiguration[].Properties", _map),
        _connecting("AWS::Glue::Job", "DefaultArguments", _map),
        _connecting("AWS::KafkaConnect::Connector", "ConnectorConfiguration", _map),
        _connecting("AWS::Lambda::Function", "Environment.Variables", _map),
        _connecting("AWS::MWAA::Environment", "AirflowConfigurationOptions", _map, Name="imports"),
        _connecting("AWS::SSM::Parameter", "Value", lambda address: address, Type="String"),
        _connecting("AWS::SageMaker::Model", "PrimaryContainer.Environment", _map),
        _connecting("AWS::SecretsManager::Secret", "SecretString", lambda address: f'{{"url": "{address}"}}'),
        _connecting("AWS::Synthetics::Canary", "RunConfig.EnvironmentVariables", _map, Name="portal"),
    ],
    "DatabaseProxyTlsRequired": [Example("AWS::RDS::DBProxy", {"RequireTLS": True}, {"RequireTLS": False})],
    "DatabaseTlsMinimum": [
        Example(
            "AWS::RDS::DBCluster",
            {"Engine": "aurora-postgresql", "EngineVersion": "17.4", "DBClusterParameterGroupName": GROUP},
            {"Engine": "aurora-postgresql", "EngineVersion": "17.4", "DBClusterParameterGroupName": GROUP},
            passes_beside=_parameters("AWS::RDS::DBClusterParameterGroup", ssl_min_protocol_version="TLSv1.2"),
            fails_beside=_parameters("AWS::RDS::DBClusterParameterGroup", ssl_min_protocol_version="TLSv1"),
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "mysql", "EngineVersion": "5.7.44", "DBParameterGroupName": GROUP},
            {"Engine": "mysql", "EngineVersion": "5.7.44", "DBParameterGroupName": GROUP},
            passes_beside=_parameters("AWS::RDS::DBParameterGroup", tls_version="TLSv1.2"),
            fails_beside=_parameters("AWS::RDS::DBParameterGroup", tls_version="TLSv1.1,TLSv1.2"),
        ),
    ],
    "DatabaseTlsRequired": [
        Example(
            "AWS::RDS::DBCluster",
            {"Engine": "aurora-postgresql", "EngineVersion": "16.4", "DBClusterParameterGroupName": GROUP},
            {"Engine": "aurora-postgresql", "EngineVersion": "16.4", "DBClusterParameterGroupName": GROUP},
            passes_beside=_parameters("AWS::RDS::DBClusterParameterGroup", **{"rds.force_ssl": "1"}),
            fails_beside=_parameters("AWS::RDS::DBClusterParameterGroup", **{"rds.force_ssl": "0"}),
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "mysql", "EngineVersion": "8.0.40", "DBParameterGroupName": GROUP},
            {"Engine": "mysql", "EngineVersion": "8.0.40", "DBParameterGroupName": GROUP},
            passes_beside=_parameters("AWS::RDS::DBParameterGroup", require_secure_transport="1"),
            fails_beside=_parameters("AWS::RDS::DBParameterGroup", require_secure_transport="0"),
        ),
    ],
    "DistributionHeadersSecure": [
        Example(
            "AWS::CloudFront::Distribution",
            # AWS's own policy SecurityHeadersPolicy.
            _distribution(
                DefaultCacheBehavior=_behavior(ResponseHeadersPolicyId="67f7725c-6f97-4210-82d7-5512b31e9d03")
            ),
            _distribution(DefaultCacheBehavior=_behavior()),
        ),
    ],
    "DistributionTlsRequired": [
        Example(
            "AWS::CloudFront::Distribution",
            _distribution(
                DefaultCacheBehavior=_behavior(),
                ViewerCertificate={
                    "AcmCertificateArn": CERTIFICATE,
                    "SslSupportMethod": "sni-only",
                    "MinimumProtocolVersion": "TLSv1.2_2021",
                },
            ),
            _distribution(
                DefaultCacheBehavior=_behavior(ViewerProtocolPolicy="allow-all"),
                ViewerCertificate={
                    "AcmCertificateArn": CERTIFICATE,
                    "SslSupportMethod": "sni-only",
                    "MinimumProtocolVersion": "TLSv1.2_2021",
                },
            ),
        ),
        Example(
            "AWS::CloudFront::VpcOrigin",
            {"VpcOriginEndpointConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}},
            {"VpcOriginEndpointConfig": {"OriginProtocolPolicy": "http-only", "OriginSSLProtocols": ["TLSv1.2"]}},
        ),
    ],
    "EmailTlsRequired": [
        Example(
            "AWS::SES::ConfigurationSet",
            {"DeliveryOptions": {"TlsPolicy": "REQUIRE"}},
            {"DeliveryOptions": {"TlsPolicy": "OPTIONAL"}},
        ),
        Example("AWS::SES::MailManagerIngressPoint", {"TlsPolicy": "REQUIRED"}, {"TlsPolicy": "OPTIONAL"}),
        Example("AWS::SES::ReceiptRule", {"Rule": {"TlsPolicy": "Require"}}, {"Rule": {"TlsPolicy": "Optional"}}),
    ],
    "EndpointTlsMinimum": [
        Example("AWS::ApiGateway::DomainName", {"SecurityPolicy": "TLS_1_2"}, {"SecurityPolicy": "TLS_1_0"}),
        Example(
            "AWS::ApiGateway::DomainNameV2",
            {"SecurityPolicy": "TLS_1_2"},
            {"SecurityPolicy": "TLS_1_0"},
        ),
        Example(
            "AWS::ApiGateway::RestApi",
            {
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "SecurityPolicy": "SecurityPolicy_TLS13_1_2_2021_06",
            },
            {"EndpointConfiguration": {"Types": ["REGIONAL"]}, "SecurityPolicy": "TLS_1_0"},
        ),
        Example(
            "AWS::ApiGatewayV2::DomainName",
            {"DomainNameConfigurations": [{"SecurityPolicy": "TLS_1_2"}]},
            {"DomainNameConfigurations": [{"SecurityPolicy": "TLS_1_0"}]},
        ),
        Example(
            "AWS::Cognito::UserPoolDomain",
            {"CustomDomainConfig": {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_2_2021"}},
            {"CustomDomainConfig": {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1"}},
        ),
        Example(
            "AWS::IoT::DomainConfiguration",
            {"TlsConfig": {"SecurityPolicy": "IotSecurityPolicy_TLS13_1_2_2022_10"}},
            {"TlsConfig": {"SecurityPolicy": "IotSecurityPolicy_TLS12_1_0_2016_01"}},
        ),
    ],
    "FileMountTlsRequired": [
        Example(
            "AWS::Batch::JobDefinition",
            {
                "ContainerProperties": {
                    "Volumes": [
                        {
                            "Name": "scans",
                            "EfsVolumeConfiguration": {
                                "FileSystemId": "fs-12345678",
                                "TransitEncryption": "ENABLED",
                            },
                        }
                    ]
                }
            },
            {
                "ContainerProperties": {
                    "Volumes": [{"Name": "scans", "EfsVolumeConfiguration": {"FileSystemId": "fs-12345678"}}]
                }
            },
        ),
        Example("AWS::DataSync::LocationEFS", {"InTransitEncryption": "TLS1_2"}, {"InTransitEncryption": "NONE"}),
        Example("AWS::DataSync::LocationObjectStorage", {"ServerProtocol": "HTTPS"}, {"ServerProtocol": "HTTP"}),
        Example(
            "AWS::ECS::TaskDefinition",
            {
                "Volumes": [
                    {
                        "Name": "scans",
                        "EFSVolumeConfiguration": {"FilesystemId": "fs-12345678", "TransitEncryption": "ENABLED"},
                    }
                ]
            },
            {
                "Volumes": [
                    {
                        "Name": "scans",
                        "EFSVolumeConfiguration": {"FilesystemId": "fs-12345678", "TransitEncryption": "DISABLED"},
                    }
                ]
            },
        ),
    ],
    "FileSystemTlsRequired": [
        Example(
            "AWS::EFS::FileSystem",
            {"FileSystemPolicy": policy(deny("*", Principal={"AWS": "*"}, Condition=INSECURE))},
            {
                "FileSystemPolicy": policy(
                    allow("elasticfilesystem:ClientMount", Principal={"AWS": "arn:aws:iam::111122223333:role/intake"})
                )
            },
        ),
    ],
    "FileTransferEncrypted": [
        Example("AWS::Transfer::Connector", {"Url": "sftp://partner.example"}, {"Url": "http://partner.example"}),
        Example(
            "AWS::Transfer::Server",
            {"Protocols": ["SFTP"], "SecurityPolicyName": "TransferSecurityPolicy-2025-03"},
            {"Protocols": ["SFTP", "FTP"], "SecurityPolicyName": "TransferSecurityPolicy-2025-03"},
        ),
    ],
    "JobTrafficEncrypted": [
        Example(
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableInTransitEncryption": True}}},
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableInTransitEncryption": False}}},
        ),
        _job("DataQualityJobDefinition"),
        _job("ModelBiasJobDefinition"),
        _job("ModelExplainabilityJobDefinition"),
        _job("ModelQualityJobDefinition"),
        Example("AWS::SageMaker::MonitoringSchedule", _monitoring(True), _monitoring(False)),
        Example(
            "AWS::SageMaker::ProcessingJob",
            {"ProcessingResources": _resources(2), **_network(True)},
            {"ProcessingResources": _resources(2), **_network(False)},
        ),
    ],
    "KafkaTlsRequired": [
        Example(
            "AWS::KafkaConnect::Connector",
            {"KafkaClusterEncryptionInTransit": {"EncryptionType": "TLS"}},
            {"KafkaClusterEncryptionInTransit": {"EncryptionType": "PLAINTEXT"}},
        ),
        Example(
            "AWS::MSK::Cluster",
            {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": True}}},
            {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS_PLAINTEXT", "InCluster": True}}},
        ),
    ],
    "LoadBalancerTlsRequired": [
        Example(
            "AWS::ElasticLoadBalancingV2::Listener",
            {
                "Protocol": "HTTPS",
                "Port": 443,
                "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                "Certificates": [{"CertificateArn": CERTIFICATE}],
                "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
            },
            {
                "Protocol": "HTTP",
                "Port": 80,
                "DefaultActions": [
                    {
                        "Type": "forward",
                        "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/a/1",
                    }
                ],
            },
        ),
        Example(
            "AWS::VpcLattice::Listener",
            {"Protocol": "HTTPS", "Port": 443, "DefaultAction": FORWARD},
            {"Protocol": "HTTP", "Port": 80, "DefaultAction": FORWARD},
        ),
    ],
    "MachineTlsRequired": [
        Example("AWS::EC2::EIP", Never("An output of the template tells."), Never("An output of the template tells.")),
        *(
            Example(kind, Never("An output of the template tells."), properties, beside=OPENED)
            for kind, properties in {
                "AWS::AutoScaling::AutoScalingGroup": {
                    "MinSize": "1",
                    "MaxSize": "2",
                    "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launch"}, "Version": "1"},
                },
                "AWS::EC2::Instance": {"SecurityGroupIds": [{"Fn::GetAtt": ["Web", "GroupId"]}]},
                "AWS::ECS::Service": {
                    "NetworkConfiguration": {
                        "AwsvpcConfiguration": {
                            "AssignPublicIp": "ENABLED",
                            "SecurityGroups": [{"Fn::GetAtt": ["Web", "GroupId"]}],
                            "Subnets": ["subnet-0123"],
                        }
                    }
                },
            }.items()
        ),
    ],
    "QueueTlsRequired": [
        Example(
            "AWS::SNS::Topic",
            {},
            {},
            passes_beside={
                "Policy": entry(
                    "AWS::SNS::TopicPolicy",
                    {
                        "Topics": [THIS],
                        "PolicyDocument": policy(deny("sns:Publish", THIS, Principal="*", Condition=INSECURE)),
                    },
                )
            },
        ),
        Example(
            "AWS::SQS::Queue",
            {},
            {},
            passes_beside={
                "Policy": entry(
                    "AWS::SQS::QueuePolicy",
                    {
                        "Queues": [THIS],
                        "PolicyDocument": policy(
                            deny("sqs:*", {"Fn::GetAtt": ["Subject", "Arn"]}, Principal="*", Condition=INSECURE)
                        ),
                    },
                )
            },
        ),
    ],
    "ReplicationEndpointTlsRequired": [
        Example(
            "AWS::DMS::DataProvider",
            {"Engine": "postgres", "Settings": {"PostgreSqlSettings": {"SslMode": "verify-full"}}},
            {"Engine": "postgres", "Settings": {"PostgreSqlSettings": {"SslMode": "none"}}},
        ),
        Example(
            "AWS::DMS::Endpoint",
            {"EngineName": "postgres", "SslMode": "verify-full"},
            {"EngineName": "postgres", "SslMode": "none"},
        ),
    ],
    "SearchDomainTlsRequired": [
        Example(kind, _search_domain("Policy-Min-TLS-1-2-2019-07"), _search_domain("Policy-Min-TLS-1-0-2019-07"))
        for kind in ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")
    ],
    "StartupScriptsProtectData": [
        Example(
            "AWS::AutoScaling::AutoScalingGroup",
            {"MinSize": "1", "MaxSize": "2"},
            {"MinSize": "1", "MaxSize": "2"},
            passes_with=_init("mount -t efs -o tls fs-1234abcd:/ /records"),
            fails_with=_init("mount -t efs fs-1234abcd:/ /records"),
        ),
        Example("AWS::AutoScaling::LaunchConfiguration", _script("require"), _script("disable")),
        Example("AWS::EC2::Instance", _script("require"), _script("disable")),
        Example(
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": _script("require")},
            {"LaunchTemplateData": _script("disable")},
        ),
    ],
    "SubscriptionTlsRequired": [
        Example(
            "AWS::SNS::Subscription",
            {"TopicArn": TOPIC_ARN, "Protocol": "https", "Endpoint": "https://pager.example"},
            {"TopicArn": TOPIC_ARN, "Protocol": "http", "Endpoint": "http://pager.example"},
        ),
        Example(
            "AWS::SNS::Topic",
            {"Subscription": [{"Protocol": "https", "Endpoint": "https://pager.example"}]},
            {"Subscription": [{"Protocol": "http", "Endpoint": "http://pager.example"}]},
        ),
    ],
    "TargetTlsRequired": [
        Example(
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [
                    {
                        "Protocol": "HTTPS",
                        "LoadBalancerPort": "443",
                        "InstancePort": "443",
                        "InstanceProtocol": "HTTPS",
                        "SSLCertificateId": CERTIFICATE,
                    }
                ],
            },
            {
                "Listeners": [
                    {
                        "Protocol": "HTTPS",
                        "LoadBalancerPort": "443",
                        "InstancePort": "80",
                        "InstanceProtocol": "HTTP",
                        "SSLCertificateId": CERTIFICATE,
                    }
                ],
            },
        ),
        Example(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {"TargetType": "ip", "Protocol": "HTTPS", "Port": 443},
            {"TargetType": "ip", "Protocol": "HTTP", "Port": 443},
        ),
        Example(
            "AWS::VpcLattice::TargetGroup",
            {"Type": "IP", "Config": {"Protocol": "HTTPS", "Port": 443}},
            {"Type": "IP", "Config": {"Protocol": "HTTP", "Port": 80}},
        ),
        *beanstalk(
            [
                ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
                ("aws:elasticbeanstalk:environment:process:default", "Protocol", "HTTPS"),
            ],
            [("aws:elasticbeanstalk:environment", "LoadBalancerType", "application")],
        ),
    ],
    "WarehouseTlsRequired": [
        Example(
            "AWS::Redshift::Cluster",
            {"ClusterParameterGroupName": GROUP},
            {"ClusterParameterGroupName": GROUP},
            passes_beside={
                "Group": entry(
                    "AWS::Redshift::ClusterParameterGroup",
                    {
                        "ParameterGroupFamily": "redshift-1.0",
                        "Parameters": [{"ParameterName": "require_ssl", "ParameterValue": "true"}],
                    },
                )
            },
            fails_beside={
                "Group": entry(
                    "AWS::Redshift::ClusterParameterGroup",
                    {
                        "ParameterGroupFamily": "redshift-1.0",
                        "Parameters": [{"ParameterName": "require_ssl", "ParameterValue": "false"}],
                    },
                )
            },
        ),
        Example(
            "AWS::RedshiftServerless::Workgroup",
            {"ConfigParameters": [{"ParameterKey": "require_ssl", "ParameterValue": "true"}]},
            {"ConfigParameters": [{"ParameterKey": "require_ssl", "ParameterValue": "false"}]},
        ),
    ],
}
