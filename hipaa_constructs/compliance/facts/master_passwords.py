"""The master passwords of databases: where they are taken from, and which secrets are copies of them alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, is_false

_PASSWORD, _MANAGED = "MasterUserPassword", "ManageMasterUserPassword"
# Where each type takes the password, where it says that the service manages it, and where it names that secret's key.
MASTER_PASSWORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "AWS::DocDB::DBCluster": (_PASSWORD, _MANAGED, "MasterUserSecretKmsKeyId"),
    "AWS::RDS::DBCluster": (_PASSWORD, _MANAGED, "MasterUserSecret.KmsKeyId"),
    "AWS::RDS::DBInstance": (_PASSWORD, _MANAGED, "MasterUserSecret.KmsKeyId"),
    "AWS::Redshift::Cluster": (_PASSWORD, "ManageMasterPassword", "MasterPasswordSecretKmsKeyId"),
    "AWS::RedshiftServerless::Namespace": ("AdminUserPassword", "ManageAdminPassword", "AdminPasswordSecretKmsKeyId"),
}
# What the text of a login may hold, as Secrets Manager has it, and what stands for a parameter in a template:
# docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
_OF_LOGIN: Final = frozenset(
    {
        "database",
        "dbclusteridentifier",
        "dbinstanceidentifier",
        "dbname",
        "engine",
        "host",
        "namespacename",
        "password",
        "port",
        "ref",
        "user",
        "username",
    }
)
_NAME: Final = re.compile(r"\"([^\":]+)\"\s*:(?!:)")


def copied_from(secret: Resource) -> Resource | None:
    """Return the database whose master password a secret is given by the same parameter, and nothing but its login.

    The database is not let manage it, and has every parameter of the secret, such as that of its user's name.
    """
    template = secret.template
    text = as_mapping(secret.raw.get("Properties")).get("SecretString")
    if {name.lower() for name in _NAME.findall(json.dumps(text, default=str).replace("\\", ""))} - _OF_LOGIN:
        return None
    given = [name for name in template.parameters if names(text, name)]
    for database in template.resources.values():
        if database.type not in MASTER_PASSWORDS or not template.app.is_there(database):
            continue
        password, managed, _ = MASTER_PASSWORDS[database.type]
        properties = as_mapping(database.raw.get("Properties"))
        if (
            any(names(properties.get(password), name) for name in given)
            and all(names(properties, name) for name in given)
            and is_false(database.get(managed, False)) is Ternary.YES
        ):
            return database
    return None
