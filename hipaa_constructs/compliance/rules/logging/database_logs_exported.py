"""Databases deliver their logs.

Compliant: every log that AWS Config's rds-logging-enabled asks for, and the equivalent for other databases; with IAM
authentication also the log of denied log-ins, whose absence is a warning. Non-compliant: one is missing; a warning
where those that are say nothing of who came and what was asked, such as PostgreSQL's log of upgrades. Not applicable:
members of a cluster, whose cluster exports; Aurora Serverless v1, which exports what it logs by itself; engines without
such logs. Whether an engine records log-ins and statements at all is judged by DatabaseActivityLogged: SQL Server's and
Db2's go to a bucket, not to a log.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    any_of,
    as_items,
    as_text,
    is_one_of,
    is_present,
    is_true,
)
from hipaa_constructs.compliance.facts.databases import Engine, in_cluster, is_serverless_v1, numbers_of
from hipaa_constructs.compliance.fix import LOG_GROUP, Choose, Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    unknown,
    worst,
)

_MYSQL = ("audit", "error", "general", "slowquery")
# By the beginning of the engine's name, the longer first.
# docs.aws.amazon.com/config/latest/developerguide/rds-logging-enabled.html
ENGINES: Mapping[str, tuple[str, ...]] = {
    "aurora-postgresql": ("postgresql",),
    "aurora": _MYSQL,
    "mariadb": _MYSQL,
    "mysql": _MYSQL,
    "oracle": ("alert", "audit", "listener", "trace"),
    "postgres": ("postgresql", "upgrade"),
    "sqlserver-ex": ("error",),
    "sqlserver": ("agent", "error"),
    "db2": ("diag.log", "notify.log"),
}
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Troubleshooting.html
IAM_LOG = "iam-db-auth-error"
WITH_IAM_LOG = ("aurora", "mariadb", "mysql", "postgres")
# What is slow, how an upgrade or a job of the server's agent went, and what the vendor's support reads:
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.html
_OF_OPERATION = frozenset({"agent", "slowquery", "trace", "upgrade"})
_EXPORTS = "EnableCloudwatchLogsExports"
_SEARCH_LOGS = ("AUDIT_LOGS", "ES_APPLICATION_LOGS")
_CLUSTERS = {"AWS::DocDB::DBCluster": ("audit",), "AWS::Neptune::DBCluster": ("audit",)}
_NAMESPACE = "AWS::RedshiftServerless::Namespace"
# docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html
_WAREHOUSE_LOGS = ("connectionlog", "useractivitylog", "userlog")
_SEARCH = ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")


def _exports(resource: Resource, needed: tuple[str, ...], path: str = _EXPORTS) -> Verdict:
    exported = as_items(resource.get(path))
    answers = {log: any_of(is_one_of(one, log) for one in exported) for log in needed}
    missing = [log for log, answer in answers.items() if answer is Ternary.NO]
    if missing:
        lesser = _OF_OPERATION.issuperset(missing)
        return failed(f"{path} lacks {', '.join(missing)}.", severity="warning" if lesser else None)
    unclear = [log for log, answer in answers.items() if answer is Ternary.UNKNOWN]
    if unclear:
        return unknown(f"Whether {path} has {', '.join(unclear)} is known only at deployment.")
    return PASSED


def _relational(resource: Resource) -> Verdict:
    if in_cluster(resource) or is_serverless_v1(resource):
        return NOT_APPLICABLE
    engine = resource.get("Engine")
    if engine is UNKNOWN:
        return unknown("Engine is known only at deployment, and with it the logs to export.")
    for name, needed in ENGINES.items():
        if str(engine).lower().startswith(name):
            return worst((_exports(resource, needed), _denied_log_ins(resource, name)))
    return NOT_APPLICABLE


def _denied_log_ins(resource: Resource, engine: str) -> Verdict:
    """With IAM authentication, who was turned away stands in a log of its own, and nowhere else."""
    by_iam = is_true(resource.get("EnableIAMDatabaseAuthentication", False))
    if not engine.startswith(WITH_IAM_LOG) or by_iam is not Ternary.YES:
        return PASSED
    verdict = _exports(resource, (IAM_LOG,))
    return failed(verdict.message, severity="warning") if verdict.outcome is Outcome.FAILED else verdict


def check(resource: Resource) -> Verdict:
    if resource.type in _CLUSTERS:
        return _exports(resource, _CLUSTERS[resource.type])
    if resource.type == _NAMESPACE:
        return _exports(resource, _WAREHOUSE_LOGS, "LogExports")
    if resource.type == "AWS::Redshift::Cluster":
        logging = resource.get("LoggingProperties", "")
        return judge(is_present(logging), "LoggingProperties is not set, so connections are not logged.")
    if resource.type in _SEARCH:
        return worst(
            judge(is_true(resource.get(f"LogPublishingOptions.{log}.Enabled", False)), f"{log} is not published.")
            for log in _SEARCH_LOGS
        )
    return _relational(resource)


_OF_SEARCH = {
    f"LogPublishingOptions.{log}": {"Enabled": True, "CloudWatchLogsLogGroupArn": LOG_GROUP} for log in _SEARCH_LOGS
}
# docs.aws.amazon.com/opensearch-service/latest/developerguide/audit-logs.html and …/fgac.html
_TO_SEARCH_LOGS = (
    "An AWS::Logs::ResourcePolicy lets es.amazonaws.com write there; audit logs need AdvancedSecurityOptions.Enabled: "
    "true, and that needs DomainEndpointOptions.EnforceHTTPS, EncryptionAtRestOptions.Enabled and "
    "NodeToNodeEncryptionOptions.Enabled: true."
)
# Without a version, a domain of the older type is the first that the service had:
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticsearch-domain.html
_FIRST_VERSION = "1.5"


def _is_old(domain: Resource) -> bool:
    """Whether a domain certainly runs Elasticsearch before 6.7."""
    if domain.type == _SEARCH[0]:
        version = as_text(domain.get("ElasticsearchVersion", _FIRST_VERSION))
    else:
        engine, _, version = str(as_text(domain.get("EngineVersion"))).partition("_")
        if engine != "Elasticsearch":
            return False
    return Engine("elasticsearch", numbers_of("elasticsearch", version)).at_least(6, 7) is Ternary.NO


RULE = Rule(
    name="DatabaseLogsExported",
    severity="error",
    resource_types=(
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        *_CLUSTERS,
        "AWS::Redshift::Cluster",
        _NAMESPACE,
        *_SEARCH,
    ),
    controls=("164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Export the logs of the engine to CloudWatch Logs; for Redshift, to a bucket.",
    fixes=(
        Fix(
            ("AWS::RDS::DBCluster",),
            {_EXPORTS: Choose("the logs of the cluster's engine, which the finding names")},
            cdk=("rds.DatabaseCluster(cloudwatch_logs_exports=[<the logs of its engine>])",),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::RDS::DBInstance",),
            {_EXPORTS: Choose("the logs of the instance's engine, which the finding names")},
            cdk=("rds.DatabaseInstance(cloudwatch_logs_exports=[<the logs of its engine>])",),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::DocDB::DBCluster",),
            {_EXPORTS: list(_CLUSTERS["AWS::DocDB::DBCluster"])},
            beside="The Parameters of its AWS::DocDB::DBClusterParameterGroup have audit_logs: all, without "
            "which the log is empty.",
            cdk=("docdb.DatabaseCluster(export_audit_logs_to_cloud_watch=True)",),
            constructs=("TlsDocumentDb",),
            keeps=True,
        ),
        Fix(
            ("AWS::Neptune::DBCluster",),
            {_EXPORTS: list(_CLUSTERS["AWS::Neptune::DBCluster"])},
            beside="The Parameters of its AWS::Neptune::DBClusterParameterGroup have neptune_enable_audit_log: 1, "
            "without which the log is empty.",
            keeps=True,
        ),
        Fix(
            ("AWS::Redshift::Cluster",),
            {"LoggingProperties.BucketName": Choose("the name of a bucket that redshift.amazonaws.com may write to")},
            beside="Statements are in it only if the Parameters of its AWS::Redshift::ClusterParameterGroup have "
            '{ParameterName: enable_user_activity_logging, ParameterValue: "true"}; the group that Redshift gives by '
            "itself has false.",
        ),
        Fix(
            (_NAMESPACE,),
            {"LogExports": list(_WAREHOUSE_LOGS)},
            constructs=("TlsWarehouse",),
            keeps=True,
        ),
        Fix(
            _SEARCH,
            _OF_SEARCH,
            beside=f"{_TO_SEARCH_LOGS} An engine before Elasticsearch 6.7 has neither fine-grained access control nor "
            "audit logs, so that the version is that or a newer one.",
            constructs=("TlsSearchDomain",),
            when=_is_old,
        ),
        *(
            Fix(
                (kind,),
                _OF_SEARCH,
                template=_TO_SEARCH_LOGS,
                cdk=(
                    f"{module}.Domain(fine_grained_access_control=<a main user>, "
                    f"logging={module}.LoggingOptions(app_log_enabled=True, app_log_group=<a log group>, "
                    f"audit_log_enabled=True, audit_log_group=<a log group>){also})",
                ),
                constructs=("TlsSearchDomain",) if kind == _SEARCH[1] else (),
            )
            # CDK lets the service write by a function of its own, where that is not left to a resource policy.
            for kind, module, also in zip(
                _SEARCH,
                ("elasticsearch", "opensearchservice"),
                ("", ", suppress_logs_resource_policy=True"),
                strict=True,
            )
        ),
    ),
    check=check,
)
