"""Builds, replications, connectors, contact flows and file shares record what they do.

Compliant: a build that logs to CloudWatch, as it does where nothing is said, or to S3; a replication task of DMS with
logging on; a connector of MSK Connect whose workers log anywhere; a contact center of Amazon Connect that logs its
flows; a file system of FSx for Windows that audits who opens files or shares. Non-compliant: off, as all but builds are
where nothing is said. Security Hub asks it as CodeBuild.4, DMS.7 and DMS.8, MSK.5 and Connect.2
(docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html); of files, see
docs.aws.amazon.com/fsx/latest/WindowsGuide/file-access-auditing.html. A warning, since CloudTrail tells who began each
of these. Not applicable: file systems of FSx but Windows', whose audit no template can switch on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    any_of,
    as_int,
    dig,
    is_one_of,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import LOG_GROUP, Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge
from hipaa_constructs.iam.document import parsed

_BUILD, _FILES, _TASK = "AWS::CodeBuild::Project", "AWS::FSx::FileSystem", "AWS::DMS::ReplicationTask"
_CONTACTS, _CONNECTOR = "AWS::Connect::Instance", "AWS::KafkaConnect::Connector"
_AUDIT = "WindowsConfiguration.AuditLogConfiguration"
_LEVELS = ("FileAccessAuditLogLevel", "FileShareAccessAuditLogLevel")
_WORKERS = "LogDelivery.WorkerLogDelivery"
_GROUP = Choose("the name of a log group with key and retention")


def _build(project: Resource) -> Verdict:
    to_cloudwatch = negate(is_one_of(project.get("LogsConfig.CloudWatchLogs.Status", "ENABLED"), "DISABLED"))
    to_bucket = is_one_of(project.get("LogsConfig.S3Logs.Status"), "ENABLED")
    return judge(
        any_of((to_cloudwatch, to_bucket)),
        "LogsConfig.CloudWatchLogs.Status is DISABLED, and no build logs to S3.",
        unknown_message="LogsConfig is known only at deployment.",
    )


def _task(task: Resource) -> Verdict:
    settings: Resolved | None = task.get("ReplicationTaskSettings")
    if isinstance(settings, str):
        settings = parsed(settings)
    enabled = Ternary.UNKNOWN if settings is UNKNOWN else is_true(dig(settings, "Logging.EnableLogging"))
    return judge(
        enabled,
        "Logging.EnableLogging of ReplicationTaskSettings is not true, so what the task did is not logged.",
        unknown_message="ReplicationTaskSettings is known only at deployment.",
    )


def _connector(connector: Resource) -> Verdict:
    return judge(
        any_of(is_true(connector.get(f"{_WORKERS}.{to}.Enabled")) for to in ("CloudWatchLogs", "Firehose", "S3")),
        f"{_WORKERS} switches no log on.",
        unknown_message=f"{_WORKERS} is known only at deployment.",
    )


def _files(files: Resource) -> Verdict:
    if is_one_of(files.get("FileSystemType"), "WINDOWS") is not Ternary.YES:
        return NOT_APPLICABLE
    levels = (files.get(f"{_AUDIT}.{name}", "DISABLED") for name in _LEVELS)
    return judge(
        any_of(negate(is_one_of(level, "DISABLED")) for level in levels),
        f"{_AUDIT} switches no audit on, so who opened which file is recorded nowhere.",
        unknown_message=f"{_AUDIT} is known only at deployment.",
    )


# docs.aws.amazon.com/fsx/latest/WindowsGuide/file-access-auditing.html
_THROUGHPUT, _LEAST_THROUGHPUT = "WindowsConfiguration.ThroughputCapacity", 32
_TO_AUDIT = {_AUDIT: {**dict.fromkeys(_LEVELS, "SUCCESS_AND_FAILURE"), "AuditLogDestination": LOG_GROUP}}


def _is_slow(files: Resource) -> bool:
    capacity = as_int(files.get(_THROUGHPUT))
    return isinstance(capacity, int) and capacity < _LEAST_THROUGHPUT


_CHECKS: Mapping[str, Callable[[Resource], Verdict]] = {
    _BUILD: _build,
    _CONTACTS: Setting("Attributes.ContactflowLogs", is_true, default=False).judge,
    _TASK: _task,
    _FILES: _files,
    _CONNECTOR: _connector,
}


def check(resource: Resource) -> Verdict:
    return _CHECKS[resource.type](resource)


RULE = Rule(
    name="ActivityLogged",
    severity="warning",
    resource_types=tuple(_CHECKS),
    controls=("164.312(b)",),
    fix="Switch the log on.",
    fixes=(
        Fix(
            (_BUILD,),
            {"LogsConfig.CloudWatchLogs": {"Status": "ENABLED", "GroupName": _GROUP}},
            cdk=(
                "codebuild.Project(logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions("
                "enabled=True, log_group=<a log group>)))",
            ),
            constructs=("DeploymentPipeline",),
        ),
        Fix((_CONTACTS,), {"Attributes.ContactflowLogs": True}),
        Fix((_TASK,), beside='ReplicationTaskSettings has {"Logging": {"EnableLogging": true}}.'),
        Fix(
            (_FILES,),
            {_THROUGHPUT: _LEAST_THROUGHPUT, **_TO_AUDIT},
            beside=f"File systems of less than {_LEAST_THROUGHPUT} MB/s audit nothing.",
            when=_is_slow,
        ),
        Fix((_FILES,), _TO_AUDIT),
        Fix((_CONNECTOR,), {f"{_WORKERS}.CloudWatchLogs": {"Enabled": True, "LogGroup": _GROUP}}),
    ),
    check=check,
)
