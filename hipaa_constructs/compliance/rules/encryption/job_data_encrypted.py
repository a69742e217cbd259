"""Analytics jobs encrypt what they write.

Compliant: a Glue security configuration or catalogue with every part encrypted; a Glue job or crawler with a security
configuration; a transform that matches records, with its data encrypted and a security configuration; an EMR security
configuration with encryption at rest, and an EMR cluster that has one; an Athena workgroup that encrypts results and
enforces it. Non-compliant: a part that is disabled or absent, which means disabled. S3 and CloudWatch Logs encrypt all
that is written there by themselves (docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/data-protection.html), so that what a Glue job writes lacks a key of
the account's, and not encryption (docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html): as with
other keys, it is a warning, and nothing is asked of what holds no PHI. Of S3 nothing is said where the buckets that a
job's arguments name have a customer key by default, which encrypts what is written there. Warnings for the same
reason: an Athena workgroup that names no encryption or lets clients choose theirs; an Athena query, saved or run by a
state machine, in no workgroup but the account's first, ``primary``, which encrypts nothing of its own. Not applicable:
state machines that run no such query, or whose definition is in S3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    is_true,
    negate,
    placed,
)
from hipaa_constructs.compliance.facts.emr import emr_setting
from hipaa_constructs.compliance.facts.encryption import asks_for_own_key
from hipaa_constructs.compliance.facts.job_buckets import writes_under_key
from hipaa_constructs.compliance.facts.state_machines import STATE_MACHINE, states
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, shown, unknown, weaker, worst

_RUNS_QUERY = re.compile(r":athena:startQueryExecution(\.sync(:\d)?)?$")
_WORKGROUP = Choose("the name of an Athena workgroup that encrypts results")
_GLUE_CONFIGURATION = Choose("the name of a Glue security configuration")
# docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
_USES_KEYS = (
    "The role may use the configuration's keys (kms:Decrypt, kms:Encrypt, kms:GenerateDataKey) and, where logs have "
    "one, logs:AssociateKmsKey on /aws-glue/*, and that key admits CloudWatch Logs."
)
_CONFIGURATION = "SecurityConfiguration"
_NO_KEY = "no key of the account's encrypts"
_ALSO_WRITTEN = ("CloudWatchEncryption", "JobBookmarksEncryption")


def check(resource: Resource) -> Verdict:
    return worst(_CHECKS[resource.type](resource))


def _mode(path: str, value: Resolved | None, so: str = f"{_NO_KEY} this") -> Verdict:
    return judge(
        negate(is_one_of("" if value is None else value, "", "DISABLED")),
        f"{path} is {shown(value)}, so {so}.",
        unknown_message=f"{path} is known only at deployment.",
    )


def _named(resource: Resource, path: str, so: str) -> Verdict:
    absent = is_present(resource.get(path)) is Ternary.NO
    return judge(not absent, f"{path} is absent, so {so}.")


def _glue_job(job: Resource) -> Iterator[Verdict]:
    to_s3 = "" if writes_under_key(job) else ", and what it writes to S3 unless the bucket has one by default"
    written = f"the job's logs and its bookmarks{to_s3}"
    yield asks_for_own_key(job, _named(job, _CONFIGURATION, f"{_NO_KEY} {written}"))


def _glue_endpoint(endpoint: Resource) -> Iterator[Verdict]:
    yield asks_for_own_key(endpoint, _named(endpoint, _CONFIGURATION, f"{_NO_KEY} what the endpoint writes to S3"))


def _crawler(crawler: Resource) -> Iterator[Verdict]:
    lacking = _named(crawler, f"Crawler{_CONFIGURATION}", f"{_NO_KEY} the crawler's logs")
    yield asks_for_own_key(crawler, lacking)


def _emr_cluster(cluster: Resource) -> Iterator[Verdict]:
    yield _named(cluster, _CONFIGURATION, "EMR does not encrypt the cluster's disks")


def _glue_configuration(resource: Resource) -> Iterator[Verdict]:
    parts = "EncryptionConfiguration"
    buckets = list(placed(resource.properties, f"{parts}.S3Encryptions[].S3EncryptionMode"))
    modes = [
        *((place.removeprefix(f"{parts}."), mode) for place, mode in buckets),
        *((f"{part}Mode", resource.get(f"{parts}.{part}.{part}Mode")) for part in _ALSO_WRITTEN),
    ]
    if not buckets:
        yield asks_for_own_key(resource, _mode("S3EncryptionMode", None))
    for name, mode in modes:
        yield asks_for_own_key(resource, _mode(name, mode))


def _glue_catalogue(resource: Resource) -> Iterator[Verdict]:
    settings = "DataCatalogEncryptionSettings"
    mode = "CatalogEncryptionMode"
    yield _mode(mode, resource.get(f"{settings}.EncryptionAtRest.{mode}"), "metadata is not encrypted")
    path = f"{settings}.ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted"
    yield judge(is_true(resource.get(path)), "ReturnConnectionPasswordEncrypted is not true.")


def _emr_configuration(resource: Resource) -> Iterator[Verdict]:
    enabled = emr_setting(resource, "EnableAtRestEncryption")
    yield judge(enabled, "EnableAtRestEncryption is not true, so data on EMR's disks is not encrypted.")


def _athena(resource: Resource) -> Iterator[Verdict]:
    managed = "WorkGroupConfiguration.ManagedQueryResultsConfiguration.Enabled"
    if is_true(resource.get(managed)) is Ternary.YES:
        yield PASSED
        return
    option = "WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption"
    results = "only what their bucket does by itself encrypts them"
    yield weaker(_mode("EncryptionOption of the query results", resource.get(option), results))
    if is_one_of(resource.get(option), "SSE_S3") is Ternary.YES:
        # What a request says counts for more than the default of the bucket.
        yield failed(
            "EncryptionOption of the query results is SSE_S3, so S3's own key encrypts them, whichever the bucket has.",
            severity="warning",
        )
    enforced = is_true(resource.get("WorkGroupConfiguration.EnforceWorkGroupConfiguration", True))
    yield weaker(
        judge(enforced, "EnforceWorkGroupConfiguration is false, so clients may write results without the group's key.")
    )


def _transform(resource: Resource) -> Iterator[Verdict]:
    mode = "MLUserDataEncryptionMode"
    runs = _named(resource, "TransformEncryption.TaskRunSecurityConfigurationName", f"{_NO_KEY} what its runs write")
    for verdict in (_mode(mode, resource.get(f"TransformEncryption.MLUserDataEncryption.{mode}")), runs):
        yield asks_for_own_key(resource, verdict)


def _saved_query(resource: Resource) -> Iterator[Verdict]:
    yield weaker(
        judge(
            negate(_is_primary(resource.get("WorkGroup"))),
            "WorkGroup names none but primary, so results of the query are not encrypted with a key of the account's.",
            unknown_message="WorkGroup is known only at deployment.",
        )
    )


def _is_primary(workgroup: Resolved) -> Ternary:
    # One that is given, or made by the template, is some other: none can make the account's first.
    named = isinstance(workgroup, str) and bool(workgroup) and workgroup != "primary"
    return Ternary.NO if named or not isinstance(workgroup, (str, type(None))) else Ternary.YES


def _queries(resource: Resource) -> Iterator[Verdict]:
    for name, state in states(resource):
        if isinstance(state, Unknown):
            yield unknown(f"{name} of the state machine is known only at deployment.")
        elif _RUNS_QUERY.search(str(state.get("Resource"))):
            yield from (_query(name, state, given) for given in ("Parameters", "Arguments") if given in state)


def _query(name: str, state: Fields, given: str) -> Verdict:
    request = state.get(given)
    if not is_mapping(request):
        return PASSED
    # What a state takes of its input has a name that ends so.
    workgroup = request.get("WorkGroup", request.get("WorkGroup.$"))
    result = request.get("ResultConfiguration", {})
    encrypted = any(
        is_present(found) is not Ternary.NO
        for found in (
            request.get("ResultConfiguration.$"),
            dig(result, "EncryptionConfiguration"),
            result.get("EncryptionConfiguration.$") if is_mapping(result) else result,
        )
    )
    return weaker(
        judge(
            negate(all_of((_is_primary(workgroup), Ternary.of(not encrypted)))),
            f"State {name} runs a query in no workgroup but primary, without EncryptionConfiguration of its results.",
            at="",
        )
    )


_CHECKS: Mapping[str, Callable[[Resource], Iterator[Verdict]]] = {
    "AWS::Athena::NamedQuery": _saved_query,
    "AWS::Athena::WorkGroup": _athena,
    "AWS::EMR::Cluster": _emr_cluster,
    "AWS::EMR::SecurityConfiguration": _emr_configuration,
    "AWS::Glue::Crawler": _crawler,
    "AWS::Glue::DataCatalogEncryptionSettings": _glue_catalogue,
    "AWS::Glue::DevEndpoint": _glue_endpoint,
    "AWS::Glue::Job": _glue_job,
    "AWS::Glue::MLTransform": _transform,
    "AWS::Glue::SecurityConfiguration": _glue_configuration,
    STATE_MACHINE: _queries,
}

RULE = Rule(
    name="JobDataEncrypted",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(a)(2)(iv)",),
    fix="Encrypt what jobs write with a customer key: by the security configuration of Glue and EMR, and by Athena's "
    "workgroup, which enforces it.",
    fixes=(
        Fix(("AWS::Athena::NamedQuery",), {"WorkGroup": _WORKGROUP}),
        Fix(
            ("AWS::Athena::WorkGroup",),
            {
                "WorkGroupConfiguration.EnforceWorkGroupConfiguration": True,
                "WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration": {
                    "EncryptionOption": "SSE_KMS",
                    "KmsKey": CUSTOMER_KEY,
                },
            },
        ),
        Fix(
            ("AWS::EMR::Cluster",),
            {"SecurityConfiguration": Choose("the name of an EMR security configuration that encrypts")},
        ),
        Fix(
            ("AWS::EMR::SecurityConfiguration",),
            {
                "SecurityConfiguration.EncryptionConfiguration.EnableAtRestEncryption": True,
                "SecurityConfiguration.EncryptionConfiguration.AtRestEncryptionConfiguration": {
                    "S3EncryptionConfiguration": {"EncryptionMode": "SSE-KMS", "AwsKmsKey": CUSTOMER_KEY},
                    "LocalDiskEncryptionConfiguration": {
                        "EncryptionKeyProviderType": "AwsKms",
                        "AwsKmsKey": CUSTOMER_KEY,
                        "EnableEbsEncryption": True,
                    },
                },
            },
        ),
        Fix(("AWS::Glue::Crawler",), {"CrawlerSecurityConfiguration": _GLUE_CONFIGURATION}, beside=_USES_KEYS),
        Fix(
            ("AWS::Glue::DataCatalogEncryptionSettings",),
            {
                "DataCatalogEncryptionSettings.EncryptionAtRest": {
                    "CatalogEncryptionMode": "SSE-KMS",
                    "SseAwsKmsKeyId": CUSTOMER_KEY,
                },
                "DataCatalogEncryptionSettings.ConnectionPasswordEncryption": {
                    "ReturnConnectionPasswordEncrypted": True,
                    "KmsKeyId": CUSTOMER_KEY,
                },
            },
        ),
        Fix(("AWS::Glue::DevEndpoint",), {"SecurityConfiguration": _GLUE_CONFIGURATION}, beside=_USES_KEYS),
        Fix(
            ("AWS::Glue::Job",),
            {"SecurityConfiguration": _GLUE_CONFIGURATION},
            beside=_USES_KEYS,
            cdk=(
                "glue.PySparkEtlJob(security_configuration=<a security configuration>)",
                "glue.PythonShellJob(security_configuration=<a security configuration>)",
            ),
        ),
        Fix(
            ("AWS::Glue::MLTransform",),
            {
                "TransformEncryption.MLUserDataEncryption": {
                    "MLUserDataEncryptionMode": "SSE-KMS",
                    "KmsKeyId": CUSTOMER_KEY,
                },
                "TransformEncryption.TaskRunSecurityConfigurationName": _GLUE_CONFIGURATION,
            },
            beside=_USES_KEYS,
        ),
        Fix(
            ("AWS::Glue::SecurityConfiguration",),
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": CUSTOMER_KEY}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": CUSTOMER_KEY},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": CUSTOMER_KEY},
                }
            },
            cdk=(
                "glue.SecurityConfiguration(s3_encryption=glue.S3Encryption.kms(<a key>), "
                "cloud_watch_encryption=glue.CloudWatchEncryption.kms(<a key>), "
                "job_bookmarks_encryption=glue.JobBookmarksEncryption.client_side_kms(<a key>))",
            ),
        ),
        Fix(
            (STATE_MACHINE,),
            template=f"The state that the finding names has WorkGroup in its Parameters or Arguments: {_WORKGROUP}.",
            cdk=("stepfunctions_tasks.AthenaStartQueryExecution(work_group=<the workgroup's name>)",),
        ),
    ),
    check=check,
)
