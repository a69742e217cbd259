"""Lake Formation grants the catalog to whom it names, and few hand it on.

A warning. Compliant: grants to roles and users by name; default permissions that are left out or empty, so that Lake
Formation decides on new databases and tables. Non-compliant: ``IAM_ALLOWED_PRINCIPALS``, by which whoever an IAM policy
lets call Glue reads all columns and rows, as "Use only IAM access control" has it, AWS's setting for an account that
nobody has changed; ``<account>:IAMPrincipals``, everybody of an account; all permissions with the grant option, so that
the grantee hands on what he has, to other accounts too (docs.aws.amazon.com/lake-formation/latest/dg/
change-settings.html, docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, as_items, dig, is_one_of, negate, placed
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, unknown, worst

_SETTINGS, _DATABASE = "AWS::LakeFormation::DataLakeSettings", "AWS::Glue::Database"
# What new databases and tables are granted with.
_DEFAULTS: Mapping[str, tuple[str, ...]] = {
    _DATABASE: ("DatabaseInput.CreateTableDefaultPermissions",),
    _SETTINGS: ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"),
}
# Where a grant says to whom.
_GRANTS: Mapping[str, str] = {
    "AWS::LakeFormation::Permissions": "DataLakePrincipal",
    "AWS::LakeFormation::PrincipalPermissions": "Principal",
}
_NAME = "DataLakePrincipalIdentifier"
_EVERYBODY_BY_IAM = "IAM_ALLOWED_PRINCIPALS"
_WITH_OPTION = "PermissionsWithGrantOption"
# The console calls ALL "Super".
_ALL = ("ALL", "SUPER")


def _principal(value: Resolved, path: str) -> Verdict:
    if isinstance(value, str) and value.endswith(":IAMPrincipals"):
        return failed(f"{path} is {value}, everybody of the account.", at=path)
    return judge(
        negate(is_one_of(value, _EVERYBODY_BY_IAM)),
        f"{path} is {_EVERYBODY_BY_IAM}, so IAM policies alone decide who reads what.",
        unknown_message=f"{path} is known only at deployment.",
        at=path,
    )


def _judge(resource: Resource) -> Iterator[Verdict]:
    for path in _DEFAULTS.get(resource.type, ()):
        for place, grant in placed(resource.properties, f"{path}[]"):
            if grant is UNKNOWN:
                yield unknown(f"{path} is known only at deployment.")
            elif as_items(dig(grant, "Permissions")):
                yield _principal(dig(grant, f"Principal.{_NAME}"), f"{place}.Principal.{_NAME}")
    if resource.type in _GRANTS:
        path = f"{_GRANTS[resource.type]}.{_NAME}"
        yield _principal(resource.get(path), path)
        for permission in as_items(resource.get(_WITH_OPTION)):
            yield judge(
                negate(is_one_of(permission, *_ALL)),
                f"{_WITH_OPTION} has {permission}, so the grantee may hand on everything.",
                unknown_message=f"{_WITH_OPTION} is known only at deployment.",
                at=_WITH_OPTION,
            )


def check(resource: Resource) -> Verdict:
    return worst((PASSED, *_judge(resource)))


RULE = Rule(
    name="LakeGrantsNamed",
    severity="warning",
    resource_types=(_DATABASE, _SETTINGS, *_GRANTS),
    controls=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    fix="Grant databases and tables to roles by name, with the permissions that each uses.",
    fixes=(
        Fix((_SETTINGS,), {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}),
        Fix((_DATABASE,), {"?DatabaseInput.CreateTableDefaultPermissions": []}),
        *(
            Fix(
                (kind,),
                beside=f"{path}.{_NAME} has the ARN of a role or user, Permissions what it uses, such as SELECT and "
                f"DESCRIBE, and {_WITH_OPTION} no ALL.",
            )
            for kind, path in _GRANTS.items()
        ),
    ),
    check=check,
)
