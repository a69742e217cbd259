"""What each eligible RDS engine needs so that it takes TLS 1.2 or later only, and can record who did what.

One row per engine: differences between engines are data here, not branches elsewhere. The sources are the
pages of docs.aws.amazon.com/AmazonRDS/latest/UserGuide and …/AuroraUserGuide named beside each row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from aws_cdk import aws_rds as rds

from hipaa_constructs.database.engine_controls import EngineControls

_ANY_LICENCE = (rds.LicenseModel.BRING_YOUR_OWN_LICENSE, rds.LicenseModel.LICENSE_INCLUDED)
_NAME_63 = r"[A-Za-z][A-Za-z0-9_]{0,62}"
_NAME_64 = r"[A-Za-z][A-Za-z0-9_]{0,63}"

# PostgreSQL.Concepts.General.SSL.html, Appendix.PostgreSQL.CommonDBATasks.pgaudit.html. Statements are recorded
# without their bound values, which is where PHI is.
_POSTGRES = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "log_connections": "1",
    "log_disconnections": "1",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    "pgaudit.log": "ddl,function,read,role,write",
}
# mysql-ssl-connections.require-ssl.html, mariadb-ssl-connections.require-ssl.html. The general log stays off: the
# audit log holds the same statements together with who ran them.
_MYSQL = {
    "require_secure_transport": "1",
    "tls_version": "TLSv1.2,TLSv1.3",
    "log_output": "FILE",
    "slow_query_log": "1",
}
_MYSQL_LOGS = ("audit", "error", "general", "slowquery", "iam-db-auth-error")
_AUDITED_EVENTS = "CONNECT,QUERY_DCL,QUERY_DDL,QUERY_DML"
# Appendix.MySQL.Options.AuditPlugin.html. RDS's own user polls every second and has nothing of ours to answer for.
_AUDIT_PLUGIN = {
    "MARIADB_AUDIT_PLUGIN": {"SERVER_AUDIT_EVENTS": _AUDITED_EVENTS, "SERVER_AUDIT_EXCL_USERS": "rdsadmin"}
}
# SQLServer.Concepts.General.SSL.Using.html, SQLServer.Ciphers.html
_SQL_SERVER = {
    "rds.force_ssl": "1",
    "rds.tls10": "disabled",
    "rds.tls11": "disabled",
    "rds.rc4": "disabled",
    "rds.3des168": "disabled",
}
# Appendix.Oracle.Options.SSL.html: the suite is FIPS 140 capable and fits the RSA certificate that is set.
_ORACLE_SSL = {
    "SSL": {
        "SQLNET.SSL_VERSION": "1.2",
        "SQLNET.CIPHER_SUITE": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "FIPS.SSLFIPS_140": "TRUE",
    }
}
# USER_DatabaseInsights.Engines.html
_TOO_SMALL = ("t2.micro", "t2.small", "t3.micro", "t3.small", "t4g.micro", "t4g.small")
_TOO_SMALL_AURORA = ("t2.", "t3.", "t4g.micro", "t4g.small")


_SQL_SERVER_ROW = EngineControls(
    port=11433,
    parameters=_SQL_SERVER,
    logs=("agent", "error"),
    # Appendix.SQLServer.Options.Audit.html
    audit_option="SQLSERVER_AUDIT",
    audit_bucket="S3_BUCKET_ARN",
    minimum_version=(13,),
    instance_classes=("m6i.large", "m5.large"),
    storage_limit=16_384,
)
# Oracle cannot close its clear-text listener (Appendix.Oracle.Options.SSL.html): the security group never opens that
# port.
_ORACLE_ROW = EngineControls(
    port=11521,
    tls_port=2484,
    options=_ORACLE_SSL,
    # USER_LogAccess.Concepts.Oracle.html: RDS exports the audit files of traditional auditing, not the unified audit
    # trail, which is in the database. Traditional auditing ended with release 23, which became 26ai:
    # docs.oracle.com/en/database/oracle/oracle-database/26/refrn/AUDIT_TRAIL.html. Only the option OEM_AGENT
    # brings the agent that writes oemagent (Oracle.Options.OEMAgent.html).
    parameters={"audit_trail": "OS"},
    parameters_until={"audit_trail": (23,)},
    logs=("alert", "audit", "listener", "trace"),
    unwritten_logs=("oemagent",),
    minimum_version=(19,),
    instance_classes=("m5.large", "m6i.large", "m7i.large", "r5.large", "r6i.large", "t3.large"),
    database_name=r"[A-Za-z][A-Za-z0-9]{0,7}",
    licences=(rds.LicenseModel.BRING_YOUR_OWN_LICENSE,),
)
# Db2.Concepts.SSL.html: DB2COMM may be SSL alone, and then no listener for clear text is started. RDS has Db2 from
# 11.5.9 on (Db2.Concepts.VersionMgmt.Supported.html), the first whose default is TLS 1.2 (IBM on ssl_versions:
# www.ibm.com/docs/en/SSHRBY/com.ibm.db2.luw.admin.config.doc/doc/r0053616.html).
_DB2_ROW = EngineControls(
    port=50010,
    tls_port=50443,
    parameters={"db2comm": "SSL", "ssl_svcename": "50443"},
    logs=("diag.log", "notify.log"),
    # Db2.Options.Audit.html
    audit_option="DB2_AUDIT",
    audit_bucket="S3_BUCKET_NAME",
    insights=False,
    minimum_version=(11, 5),
    instance_classes=("m6i.large", "t3.large"),
    database_name=_NAME_64,
    storage_limit=64_000,
)

ENGINES: Mapping[str, EngineControls] = {
    "postgres": EngineControls(
        port=15432,
        parameters=_POSTGRES,
        logs=("postgresql", "upgrade", "iam-db-auth-error"),
        iam_authentication=True,
        minimum_version=(12,),
        instance_classes=("m6g.large",),
        database_name=_NAME_63,
    ),
    "mysql": EngineControls(
        port=13306,
        parameters=_MYSQL,
        options=_AUDIT_PLUGIN,
        logs=_MYSQL_LOGS,
        iam_authentication=True,
        minimum_version=(8, 0),
        instance_classes=("m6g.large",),
        refused_classes=_TOO_SMALL,
        database_name=_NAME_64,
    ),
    "mariadb": EngineControls(
        port=13306,
        parameters=_MYSQL,
        options=_AUDIT_PLUGIN,
        logs=_MYSQL_LOGS,
        iam_authentication=True,
        minimum_version=(10, 6),
        instance_classes=("m6g.large",),
        refused_classes=_TOO_SMALL,
        database_name=_NAME_64,
    ),
    "sqlserver-se": _SQL_SERVER_ROW,
    "sqlserver-ee": dataclasses.replace(_SQL_SERVER_ROW, instance_classes=("m6i.xlarge", "m5.xlarge")),
    # USER_SQLServerMultiAZ.html: the first Web Edition with a standby.
    "sqlserver-web": dataclasses.replace(_SQL_SERVER_ROW, minimum_version=(16, 0, 4215, 2)),
    "oracle-ee": _ORACLE_ROW,
    "oracle-ee-cdb": _ORACLE_ROW,
    "oracle-se2": dataclasses.replace(_ORACLE_ROW, licences=_ANY_LICENCE),
    "oracle-se2-cdb": dataclasses.replace(_ORACLE_ROW, licences=_ANY_LICENCE),
    "db2-se": _DB2_ROW,
    "db2-ae": _DB2_ROW,
    "aurora-postgresql": EngineControls(
        port=15432,
        parameters=_POSTGRES,
        logs=("postgresql", "instance", "iam-db-auth-error"),
        cluster=True,
        iam_authentication=True,
        minimum_version=(12,),
        instance_classes=("r6g.large", "r7g.large"),
        refused_classes=(),
        database_name=_NAME_63,
    ),
    "aurora-mysql": EngineControls(
        port=13306,
        # AuroraMySQL.Auditing.html; AuroraMySQL.Security.html#AuroraMySQL.Security.SSL
        parameters={
            **_MYSQL,
            "require_secure_transport": "ON",
            "server_audit_logging": "1",
            "server_audit_events": _AUDITED_EVENTS,
            "server_audit_excl_users": "rdsadmin",
        },
        logs=(*_MYSQL_LOGS, "instance"),
        cluster=True,
        iam_authentication=True,
        minimum_version=(8, 0),
        instance_classes=("r6g.large", "r7g.large"),
        refused_classes=_TOO_SMALL_AURORA,
        database_name=_NAME_64,
    ),
}
