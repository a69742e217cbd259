"""Analytics jobs encrypt what they write.

Compliant: a Glue security configuration or catalogue with every part encrypted; a Glue job or crawler with a
security configuration; an EMR security configuration with encryption at rest, and an EMR cluster that has one; an
Athena workgroup that encrypts results and does not let clients decide otherwise. Non-compliant: a part that is
disabled or absent, which means disabled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_text, spread
from hipaa_constructs.compliance.facts.emr import emr_setting
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, shown, unknown, worst


def check(resource: Resource) -> Verdict:
    return worst(_CHECKS[resource.type](resource))


def _mode(path: str, value: Any) -> Verdict:
    mode = as_text(value)
    if mode is UNKNOWN:
        return unknown(f"{path} is known only at deployment.")
    if mode in (None, "", "DISABLED"):
        return failed(f"{path} is {shown(mode)}, so that this lies in clear.")
    return PASSED


def _named(resource: Resource, path: str) -> Iterator[Verdict]:
    named = resource.get(path, "")
    yield failed(f"{path} is absent, so that nothing encrypts what is written.") if named == "" else PASSED


def _glue_configuration(resource: Resource) -> Iterator[Verdict]:
    parts = "EncryptionConfiguration"
    buckets = list(spread(resource.properties, f"{parts}.S3Encryptions[].S3EncryptionMode"))
    for mode in buckets or [None]:
        yield _mode("S3EncryptionMode", mode)
    yield _mode("CloudWatchEncryptionMode", resource.get(f"{parts}.CloudWatchEncryption.CloudWatchEncryptionMode"))
    yield _mode(
        "JobBookmarksEncryptionMode", resource.get(f"{parts}.JobBookmarksEncryption.JobBookmarksEncryptionMode")
    )


def _glue_catalogue(resource: Resource) -> Iterator[Verdict]:
    settings = "DataCatalogEncryptionSettings"
    yield _mode("CatalogEncryptionMode", resource.get(f"{settings}.EncryptionAtRest.CatalogEncryptionMode"))
    path = f"{settings}.ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted"
    yield judge(as_bool(resource.get(path)), "ReturnConnectionPasswordEncrypted is not true.")


def _emr_configuration(resource: Resource) -> Iterator[Verdict]:
    enabled = emr_setting(resource, "EnableAtRestEncryption")
    yield judge(enabled, "EnableAtRestEncryption is not true, so that data on EMR's disks lies in clear.")


def _athena(resource: Resource) -> Iterator[Verdict]:
    managed = "WorkGroupConfiguration.ManagedQueryResultsConfiguration.Enabled"
    if as_bool(resource.get(managed)) is True:
        yield PASSED
        return
    option = "WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption"
    yield _mode("EncryptionOption of the query results", resource.get(option))
    enforced = as_bool(resource.get("WorkGroupConfiguration.EnforceWorkGroupConfiguration", True))
    yield judge(enforced, "EnforceWorkGroupConfiguration is false, so that clients may write results in clear.")


_CHECKS: Mapping[str, Callable[[Resource], Iterator[Verdict]]] = {
    "AWS::Athena::WorkGroup": _athena,
    "AWS::EMR::Cluster": lambda resource: _named(resource, "SecurityConfiguration"),
    "AWS::EMR::SecurityConfiguration": _emr_configuration,
    "AWS::Glue::Crawler": lambda resource: _named(resource, "CrawlerSecurityConfiguration"),
    "AWS::Glue::DataCatalogEncryptionSettings": _glue_catalogue,
    "AWS::Glue::DevEndpoint": lambda resource: _named(resource, "SecurityConfiguration"),
    "AWS::Glue::Job": lambda resource: _named(resource, "SecurityConfiguration"),
    "AWS::Glue::SecurityConfiguration": _glue_configuration,
}

RULE = Rule(
    name="JobDataEncrypted",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(a)(2)(iv)",),
    fix="Give Glue jobs and EMR clusters a security configuration that encrypts everything with KMS, and Athena "
    "workgroups an EncryptionConfiguration that they enforce.",
    check=check,
)
