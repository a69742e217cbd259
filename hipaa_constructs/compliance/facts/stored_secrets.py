"""What a secret of Secrets Manager holds, by what the template says of it."""

from __future__ import annotations

import re
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.mentions import users_in_template

ATTACHMENT: Final = "AWS::SecretsManager::SecretTargetAttachment"
# By which types take logins that Secrets Manager has functions for:
# docs.aws.amazon.com/secretsmanager/latest/userguide/reference_available-rotation-templates.html
WITH_ROTATION = ("AWS::DocDB::DBCluster", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::Redshift::Cluster")
# And what else has a password of the app's own.
WITH_LOGINS = (
    *WITH_ROTATION,
    "AWS::AmazonMQ::Broker",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::User",
    "AWS::Elasticsearch::Domain",
    "AWS::MemoryDB::User",
    "AWS::OpenSearchService::Domain",
    "AWS::RedshiftServerless::Namespace",
)
# EncryptionKey, encryption-key, key for encryption
_OF_ENCRYPTION = re.compile(r"encrypt(ion|ing)?[\W_]*keys?(?![a-z])|keys?[\W_]+(for|of)[\W_]+encryption", re.IGNORECASE)


def is_attached(secret: Resource) -> bool:
    """Whether a secret is a database's login that says whose it is."""
    return bool(secret.template.app.referring(secret, ATTACHMENT, "SecretId"))


def is_login(secret: Resource) -> bool:
    """Whether a database of the template is made with a secret."""
    return any(user.type in WITH_ROTATION for user in users_in_template(secret))


def is_password(secret: Resource) -> bool:
    """Whether what signs people or programs in is made with a secret, so that another one can be set there."""
    return is_attached(secret) or any(user.type in WITH_LOGINS for user in users_in_template(secret))


def is_for_encryption(secret: Resource) -> bool:
    """Whether a secret is called a key by which a program encrypts."""
    told = (secret.logical_id, secret.get("Name"), secret.get("Description"))
    return any(_OF_ENCRYPTION.search(str(one)) for one in told)


def is_kept_elsewhere(secret: Resource) -> bool:
    """Whether whoever gave a secret its text has it still, or the template does: a copy, of which nothing is lost.

    What encrypts is another matter: a parameter that is hidden cannot be read again, nor what was encrypted by it.
    """
    given = secret.get("SecretString") is not None and secret.get("GenerateSecretString") is None
    return given and not is_for_encryption(secret) and not _OF_ENCRYPTION.search(str(secret.written("SecretString")))
