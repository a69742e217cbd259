"""By which template of Secrets Manager the login of a database rotates, and which database can make it by itself."""

from __future__ import annotations

from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.facts.master_passwords import MASTER_PASSWORDS
from hipaa_constructs.compliance.facts.mentions import users_in_template
from hipaa_constructs.compliance.facts.stored_secrets import ATTACHMENT, WITH_ROTATION

# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
# aws-properties-secretsmanager-rotationschedule-hostedrotationlambda.html; DocumentDB speaks MongoDB's protocol.
_BY_TYPE: Final = {"AWS::DocDB::DBCluster": "MongoDB", "AWS::Redshift::Cluster": "Redshift"}
_BY_ENGINE: Final = (
    ("aurora-postgresql", "PostgreSQL"),
    ("aurora", "MySQL"),
    ("db2", "Db2"),
    ("mariadb", "MariaDB"),
    ("mysql", "MySQL"),
    ("oracle", "Oracle"),
    ("postgres", "PostgreSQL"),
    ("sqlserver", "SQLServer"),
)


def login_of(secret: Resource) -> Resource | None:
    """Return the database whose login a secret is, by its attachment or by that the database is made with it."""
    app = secret.template.app
    for attachment in app.referring(secret, ATTACHMENT, "SecretId"):
        database = secret.template.target(attachment.get("TargetId"), *WITH_ROTATION)
        if database is not None:
            return database
    return next((user for user in users_in_template(secret) if user.type in WITH_ROTATION), None)


def rotation_type(database: Resource) -> str | None:
    """Return the template by which the only user of a login rotates; None if the engine is not known."""
    engine = str(database.get("Engine")).lower()
    by_engine = (name for start, name in _BY_ENGINE if engine.startswith(start))
    name = _BY_TYPE.get(database.type) or next(by_engine, None)
    return name and f"{name}SingleUser"


def is_master(secret: Resource, database: Resource) -> bool:
    """Whether a database takes its master password from a secret, and could make it by itself."""
    if database.type not in MASTER_PASSWORDS:
        return False
    password = as_mapping(database.raw.get("Properties")).get(MASTER_PASSWORDS[database.type][0])
    return names(password, secret.logical_id)
