"""Distributed jobs encrypt traffic between their nodes.

Compliant: EMR security configurations with encryption in transit; SageMaker's distributed and monitoring jobs with
``EnableInterContainerTrafficEncryption``. Non-compliant: it is not true. Not applicable: SageMaker jobs on a single
instance.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_true
from hipaa_constructs.compliance.facts.emr import emr_setting
from hipaa_constructs.compliance.fix import Choose, Fix, fixes_of_types
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge

# Type: where the switch stands, and where the number of instances.
_JOBS: Mapping[str, tuple[str, str]] = {
    f"AWS::SageMaker::{kind}": (
        "NetworkConfig.EnableInterContainerTrafficEncryption",
        "JobResources.ClusterConfig.InstanceCount",
    )
    for kind in (
        "DataQualityJobDefinition",
        "ModelBiasJobDefinition",
        "ModelExplainabilityJobDefinition",
        "ModelQualityJobDefinition",
    )
} | {
    "AWS::SageMaker::MonitoringSchedule": (
        "MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig.EnableInterContainerTrafficEncryption",
        "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig.InstanceCount",
    ),
    "AWS::SageMaker::ProcessingJob": (
        "NetworkConfig.EnableInterContainerTrafficEncryption",
        "ProcessingResources.ClusterConfig.InstanceCount",
    ),
}


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::EMR::SecurityConfiguration":
        enabled = emr_setting(resource, "EnableInTransitEncryption")
        return judge(enabled, "EnableInTransitEncryption is not true, so EMR's nodes exchange data unencrypted.")
    path, count_path = _JOBS[resource.type]
    if is_one_of(resource.get(count_path, 1), "1") is Ternary.YES:
        return NOT_APPLICABLE
    enabled = is_true(resource.get(path, False))
    return judge(enabled, f"{path} is not true, so containers exchange data unencrypted.")


RULE = Rule(
    name="JobTrafficEncrypted",
    severity="error",
    resource_types=("AWS::EMR::SecurityConfiguration", *_JOBS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Encrypt traffic between the nodes, with certificates in EMR's security configuration.",
    fixes=(
        Fix(
            ("AWS::EMR::SecurityConfiguration",),
            {
                "SecurityConfiguration.EncryptionConfiguration.EnableInTransitEncryption": True,
                "SecurityConfiguration.EncryptionConfiguration.InTransitEncryptionConfiguration": {
                    "TLSCertificateConfiguration": {
                        "CertificateProviderType": "PEM",
                        "S3Object": Choose("the S3 address of a zip file with certificates"),
                    }
                },
            },
        ),
        *fixes_of_types({kind: {path: True} for kind, (path, _) in _JOBS.items()}),
    ),
    check=check,
)
