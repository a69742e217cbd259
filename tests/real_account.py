"""What CloudFormation's schemas let through, and a real account refuses, or takes and never acts on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Resources = Mapping[str, Mapping[str, Any]]


def faults(template: Mapping[str, Any]) -> list[str]:
    """Return the resources of a template that would fail or do nothing, each with the reason."""
    resources: Resources = template["Resources"]
    return [f"{name}: {reason}" for check in _CHECKS for name, reason in check(resources)]


def _of_type(resources: Resources, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, resource in resources.items():
        if resource["Type"] == kind:
            yield name, resource


def _fields_without_keys(resources: Resources) -> Iterator[tuple[str, str]]:
    """WAF wants the names of single headers, cookies and arguments (botocore's ``FieldToProtect``)."""
    for name, acl in _of_type(resources, "AWS::WAFv2::WebACL"):
        for protection in acl["Properties"].get("DataProtectionConfig", {}).get("DataProtections", ()):
            field = protection["Field"]
            if field["FieldType"].startswith("SINGLE_") != bool(field.get("FieldKeys")):
                yield name, f"{field['FieldType']} with keys {field.get('FieldKeys')}"


def _answers_undeclared(resources: Resources) -> Iterator[tuple[str, str]]:
    """API Gateway maps an integration's answer to a response that the method declares."""
    for name, method in _of_type(resources, "AWS::ApiGateway::Method"):
        declared = {answer["StatusCode"] for answer in method["Properties"].get("MethodResponses", ())}
        for answer in method["Properties"].get("Integration", {}).get("IntegrationResponses", ()):
            if answer["StatusCode"] not in declared:
                yield name, f"{answer['StatusCode']} is not declared"


def _reads_unseen(resources: Resources) -> Iterator[tuple[str, str]]:
    """Calls that CloudTrail takes for reads reach only rules that ask for all management events."""
    for name, rule in _of_type(resources, "AWS::Events::Rule"):
        kinds = rule["Properties"].get("EventPattern", {}).get("detail-type", ())
        recorded = any(str(kind).endswith("via CloudTrail") for kind in kinds)
        if recorded and rule["Properties"].get("State") != "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
            yield name, "sees no reads"


def _standards_at_once(resources: Resources) -> Iterator[tuple[str, str]]:
    """Security Hub takes one request for a standard each second."""
    standards = dict(_of_type(resources, "AWS::SecurityHub::Standard"))
    first = [name for name, standard in standards.items() if not standards.keys() & set(standard.get("DependsOn", ()))]
    for name in first[1:]:
        yield name, f"starts with {first[0]}"


def _continuous_backups_left_out(resources: Resources) -> Iterator[tuple[str, str]]:
    """Where start windows overlap, eight hours by default, AWS Backup runs the rule that keeps longer."""
    for name, plan in _of_type(resources, "AWS::Backup::BackupPlan"):
        rules = plan["Properties"]["BackupPlan"]["BackupPlanRule"]
        for continuous in (rule for rule in rules if rule.get("EnableContinuousBackup")):
            for other in (rule for rule in rules if rule is not continuous):
                longer = other["Lifecycle"]["DeleteAfterDays"] >= continuous["Lifecycle"]["DeleteAfterDays"]
                if longer and _window(continuous) & _window(other):
                    yield name, f"{other['RuleName']} runs instead of {continuous['RuleName']}"


def _window(rule: Mapping[str, Any]) -> set[int]:
    """The minutes of the day in which a rule of one time of day may begin."""
    minute, hour = rule["ScheduleExpression"].removeprefix("cron(").split()[:2]
    start = 60 * int(hour) + int(minute)
    return {one % 1440 for one in range(start, start + int(rule.get("StartWindowMinutes", 480)))}


def _unread_by_macie(resources: Resources) -> Iterator[tuple[str, str]]:
    """A bucket of data that Macie cannot decrypt is one that it cannot look into.

    Buckets that services alone write logs and results to are no data, and a plain key is its owner's.
    """
    policies = {
        policy["Properties"]["Bucket"]["Ref"]: json.dumps(policy["Properties"]["PolicyDocument"])
        for _, policy in _of_type(resources, "AWS::S3::BucketPolicy")
        if "Ref" in policy["Properties"]["Bucket"]
    }
    for name, bucket in _of_type(resources, "AWS::S3::Bucket"):
        if "DenyOtherWriters" in policies.get(name, ""):
            continue
        for rule in bucket["Properties"].get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", ()):
            key = rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID", {})
            made = resources.get(key["Fn::GetAtt"][0], {}) if "Fn::GetAtt" in key else {}
            policy = json.dumps(made.get("Properties", {}).get("KeyPolicy"))
            if "GrantToAwsServices" in policy and "AWSServiceRoleForAmazonMacie" not in policy:
                yield name, "Macie cannot decrypt it"


_CHECKS = (
    _fields_without_keys,
    _answers_undeclared,
    _reads_unseen,
    _standards_at_once,
    _continuous_backups_left_out,
    _unread_by_macie,
)
