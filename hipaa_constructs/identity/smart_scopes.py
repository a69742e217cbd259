"""The scopes of SMART App Launch 2 as Cognito has them: a resource server for what stands before the slash.

Cognito writes a scope ``server/name``, so that ``patient/*.rs`` is the scope ``*.rs`` of the server ``patient``. A name
has neither spaces, quotes, backslashes nor slashes. Sources: hl7.org/fhir/smart-app-launch/STU2.2/
scopes-and-launch-context.html and docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
API_ResourceServerScopeType.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aws_cdk import aws_cognito as cognito

from hipaa_constructs._arguments import refuse

# docs.aws.amazon.com/cognito/latest/developerguide/limits.html: scopes of a resource server, and of a client.
_MOST_OF_SERVER, _MOST_OF_CLIENT = 100, 50
# Letters stand in this order: create, read, update, delete, search.
_RECORDS = re.compile(
    r"(patient|user)/(\*|[A-Z][A-Za-z]*)\.(?=[cruds])c?r?u?d?s?(\?[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+)?"
)
_LAUNCH = re.compile(r"launch/[a-z]+")

Scopes = Mapping[str, cognito.OAuthScope]


def require_scopes(scopes: Sequence[str]) -> None:
    """Refuse what is no scope of SMART 2 for a patient's app, or none that Cognito can write."""
    if not scopes:
        refuse("smart_scopes", [], allowed="a directory has one at least", fix="Leave it out for patient/*.rs.")
    for scope in scopes:
        if not (_RECORDS.fullmatch(scope) or _LAUNCH.fullmatch(scope)) or len(scope) > 256:
            refuse(
                "smart_scopes",
                scope,
                allowed="it takes scopes of SMART 2 such as 'patient/*.rs', 'patient/Observation.rs', "
                "'user/Patient.r' and 'launch/patient'; with no further slash, which Cognito refuses, and not those of "
                "'system/', which are for programs",
                fix="Write version 1's '.read' as '.rs', and '.write' as '.cud'.",
            )
        if scopes.count(scope) > 1:
            refuse("smart_scopes", scope, allowed="each scope is there once", fix="Leave one out.")
    for server, names in _by_server(scopes).items():
        if len(names) > _MOST_OF_SERVER:
            allowed = f"Cognito takes {_MOST_OF_SERVER} that begin alike"
            refuse("smart_scopes", f"{len(names)} of {server}/", allowed=allowed, fix="Leave some out.")


def require_scopes_of(directory: Scopes, scopes: Sequence[str]) -> None:
    """Refuse scopes of an app that its directory does not have."""
    for scope in scopes:
        if scope not in directory:
            refuse(
                "scopes",
                scope,
                allowed=f"the directory has {', '.join(directory)}",
                fix="Pass it to PatientDirectory as one of smart_scopes.",
            )
    if len(set(scopes)) >= _MOST_OF_CLIENT:
        refuse("scopes", f"{len(scopes)}", allowed="Cognito takes 49 beside openid", fix="Leave some out.")


def define_scopes(pool: cognito.UserPool, scopes: Sequence[str]) -> Scopes:
    """Define the resource servers of ``scopes``, and return what a client asks for, by the scope as SMART writes it."""
    found: dict[str, cognito.OAuthScope] = {}
    for server, names in _by_server(scopes).items():
        held = [
            cognito.ResourceServerScope(scope_name=name, scope_description=f"SMART on FHIR: {server}/{name}"[:256])
            for name in names
        ]
        resource = pool.add_resource_server(server.capitalize(), identifier=server, scopes=held)
        for name, one in zip(names, held, strict=True):
            found[f"{server}/{name}"] = cognito.OAuthScope.resource_server(resource, one)
    return found


def _by_server(scopes: Sequence[str]) -> Mapping[str, Sequence[str]]:
    split = [scope.split("/", 1) for scope in scopes]
    return {server: [name for of, name in split if of == server] for server in dict.fromkeys(of for of, _ in split)}
