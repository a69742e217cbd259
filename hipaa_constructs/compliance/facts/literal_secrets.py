"""Secrets that stand in a template in plain text, and parameters that would show them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from hipaa_constructs._secret_texts import (
    IN_URL,
    holds_secret,
    is_secret_name,
    looks_like_secret,
    names_secret,
    secret_in,
)
from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, is_true
from hipaa_constructs.cloudformation.written import Source, Written, written_at
from hipaa_constructs.compliance.facts.fetched_secrets import judge_fetched
from hipaa_constructs.compliance.facts.named_secrets import is_name_of_secret
from hipaa_constructs.compliance.facts.shown_logins import hashed_password, json_of, logins_in, names_logins, texts_of
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed, listed, worst

_USER = re.compile(r"user(_?name)?s?$", re.IGNORECASE)
# A secret that CloudFormation looks up at deployment. docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
# dynamic-references.html
_DYNAMIC = "{{resolve:"
# What resources give away that is a secret: an access key of a user's, and what a client of a user pool signs in with.
SECRET_ATTRIBUTES = {
    "AWS::Cognito::UserPoolClient": "ClientSecret",
    "AWS::IAM::AccessKey": "SecretAccessKey",
}
# An API key, of AppSync or of what a custom resource made; ``Outputs.ApiKey`` of a nested stack may be the key's id.
_API_KEY = re.compile(r"[^.]+\.ApiKey")
_SECRET_ENDS = tuple(f".{name}" for name in SECRET_ATTRIBUTES.values())
_DYNAMIC_SECRET = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):[^{}]*(\$\{[^}]*\}[^{}]*)*\}\}")
# Of a secret that is JSON, which field is meant: a user's name or a host beside the password is none.
_JSON_KEY = re.compile(r":SecretString:([^:}]+)")
# How templates write that nobody gave a value.
_NOTHING = ("", "-", "n/a", "none", "null")
# What is no secret of a login, and stands in the JSON of those that Secrets Manager rotates beside the password
# (docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html), or of others beside a key.
_OPEN = re.compile(
    r"(user|host|server|domain|db|database|cluster|instance|schema|account|tenant|client|app|project)?[_-]?"
    r"(id|name|identifier|arn|address|email|host|port|user|username|engine|type|region)|(db|database|schema|domain)|"
    r"(db)?(instance|cluster)identifier|(master|superuser)arn|hostname|server|engine|ssl|sslmode|protocol|environment",
    re.IGNORECASE,
)
_BARE = re.compile(r'(:\s*)([^\s":,{}\[\]][^":,{}\[\]]*)(?=\s*[,}])')
# What evidently waits for the secret, as authors of templates write it.
_PLACEHOLDER = re.compile(
    r"<[^<>]+>|x{3,}|\*{3,}|\.{3,}|to[ _-]?do|tbd|placeholder|dummy|"
    r"(replace|change|fill|set)[ _-]?(me|this)([ _-].*)?|replace[ _-]with[ _-].*|(your|insert)[ _-].*[ _-]here",
    re.IGNORECASE,
)
# How defaults begin that say what to put in: your-api-key, example-token.
_NO_DEFAULT = re.compile(r"(your|insert|enter|example|sample)[ _-]", re.IGNORECASE)
_PASSWORD_NAME = re.compile(r"(passw(or)?d|passphrase|pwd|pass)s?$", re.IGNORECASE)
# How a secret is called where it is kept, such as clinic-db-password or clinic/db.
_PLACE = re.compile(r".*[\s/].*|.*[-_.](passw(or)?d|secret|token|credentials?)", re.IGNORECASE)
# What a machine made, which nobody gives anything for a name.
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+=]{20,}")
# How messages say of a placeholder what comes of it.
WAITS = "which counts until somebody puts in the secret."
# What messages say of such a default.
BY_DEFAULT = "shows it to all who read the template"
# What stands for a source while JSON around it is read; no template holds such a character.
_MARK = "\ue000"


def judge_secret(written: Written, name: str, *, filled_later: bool = False) -> Verdict:
    """Judge one of the ways in which a property is written that holds a secret.

    :param filled_later: whether it keeps the secret for others, so that a placeholder is no secret in use yet.
    """
    text, sources = shown(written), [part for part in written if isinstance(part, Source)]
    fields = secret_fields(written)
    if fields:
        return worst(judge_secret(field, f"{key} in {name}", filled_later=filled_later) for key, field in fields)
    if filled_later and secret_in(text) is None and _holds_nothing_secret(written):
        return PASSED
    # The host beside such a password may well be what a resource gives.
    if secret_in(text) == IN_URL:
        return failed(f"{name} holds {IN_URL} in plain text.")
    hidden = [source for source in sources if not source.pseudo and _shown_parameter(source) is None]
    if hidden or _DYNAMIC in text:
        return PASSED
    for source in sources:
        if not source.pseudo:
            given = f"parameter {_shown_parameter(source)}"
            return failed(f"{name} comes from {given}, which does not set NoEcho.", inner=(given,))
    if filled_later and is_placeholder(written):
        return judge_placeholder(text, name)
    literal = any(isinstance(part, str) and part.strip().lower() not in _NOTHING for part in written)
    return failed(f"{name} stands in the template in plain text.") if literal else PASSED


def judge_empty(resource: Resource, path: str) -> Iterator[Verdict]:
    """Judge whether fields of a secret's JSON are empty wherever a deployment leaves parameters at their defaults."""
    value = resource.get(path)
    if not isinstance(value, str):
        return
    now = dict(secret_fields((str(value),)))
    for written in written_at(resource, path):
        for key, field in secret_fields(written):
            said = [part for part in field if part != ""]
            whole = said[0] if len(said) == 1 else None
            if not isinstance(whole, Source) or key not in now or shown(now[key]) != "":
                continue
            for template, name in whole.parameters:
                if as_mapping(template.parameters[name]).get("Default") == "":
                    yield failed(f"{key} in {path} is empty by the default of parameter {name}.", severity="warning")


def judge_exposed(written: Written, name: str, where: str = "") -> Verdict:
    """Judge one of the ways in which a text is written that more people may read than may read secrets.

    What deployment fills in is as readable there as what the template says: CloudFormation resolves parameters and
    dynamic references before it hands a property on. ``where`` says in messages where the text of that name stands.
    """
    text, called = shown(written), f"{name}{where}"
    of_secrets = is_secret_name(name) or names_logins(name)
    kind = secret_in(text)
    if kind is not None:
        return failed(f"{called} holds {kind} in plain text.")
    kind = logins_in(name, text)
    if kind is not None:
        return failed(f"{called} holds {kind} in plain text.")
    if is_placeholder(written) and is_secret_name(name):
        return judge_placeholder(text, called)
    if is_literal(written) and holds_secret(name, text) and json_of(text) is None:
        return failed(f"{called} holds a secret in plain text.")
    if hashed_password(text):
        return failed(f"{called} holds the hash of a user's password, at which anyone can guess.", severity="warning")
    for found in _DYNAMIC_SECRET.finditer(text):
        key = _JSON_KEY.search(found.group())
        if key is None or is_secret_name(key.group(1)):
            return failed(f"{called} is given the secret itself, by a dynamic reference.")
    for part in written:
        if isinstance(part, Source) and part.attribute.endswith(_SECRET_ENDS):
            return failed(f"{called} is given the secret itself, {part.attribute}.")
        if isinstance(part, Source) and _API_KEY.fullmatch(part.attribute):
            return failed(f"{called} is given the secret itself, {part.attribute}.", severity="warning")
        if isinstance(part, Source) and is_secret_name(part.undeclared) and of_secrets:
            return failed(
                f"{called} is given the secret itself, by {part.undeclared}, which the template does not declare."
            )
    given = {
        parameter: shows_secret(template.parameters[parameter])
        for template, parameter in _given(written, name, of_secrets)
    }
    if given:
        word = "parameter" if len(given) == 1 else "parameters"
        written_out = [parameter for parameter, shows in given.items() if shows]
        default = f", and the Default of {listed(written_out)} {BY_DEFAULT}" if written_out else ""
        return failed(f"{called} is given the secret itself, by {word} {listed(given)}{default}.")
    return worst((PASSED, *judge_fetched(written, name, called)))


def shows_secret(parameter: object) -> bool:
    """Whether the ``Default`` of a parameter for a secret is one, which the template shows, and no placeholder."""
    default = as_mapping(parameter).get("Default")
    if not isinstance(default, str) or str(as_mapping(parameter).get("Type")).startswith("AWS::SSM::"):
        return False
    text = default.strip()
    evident = text.lower() in _NOTHING or _PLACEHOLDER.fullmatch(text) or _NO_DEFAULT.match(text)
    return not evident and _DYNAMIC not in text and looks_like_secret(text)


def token_by_default(parameter: object) -> str | None:
    """Return what kind of secret the ``Default`` of a parameter is by itself, whatever its name; None if of none."""
    kind = secret_in(str(as_mapping(parameter)["Default"])) if shows_secret(parameter) else None
    # What is said about passwords is mostly prose.
    return None if kind == "a password" else kind


def secret_by_default(name: str, parameter: object) -> bool:
    """Whether the ``Default`` of a parameter is a secret wherever it is used: by itself, or by name and form.

    The default of one that is named for a secret may also be what the secret is called where it is kept.
    """
    if not shows_secret(parameter):
        return False
    text = str(as_mapping(parameter)["Default"]).strip()
    by_form = _RANDOM.fullmatch(text) or (_PASSWORD_NAME.search(name) and not _PLACE.fullmatch(text))
    return secret_in(text) is not None or (bool(by_form) and holds_secret(name, text))


def _given(written: Written, name: str, of_secrets: bool) -> Iterator[tuple[Template, str]]:
    """Yield the parameters by which a text of a name is given a secret, each with its template."""
    for template, parameter in (one for part in written if isinstance(part, Source) for one in part.parameters):
        hidden = is_true(as_mapping(template.parameters[parameter]).get("NoEcho")) is Ternary.YES
        # Some hide a user's name as well, which is no secret.
        hidden = hidden and not (_USER.search(parameter) and not is_secret_name(name))
        declared = as_mapping(template.parameters[parameter])
        named = is_secret_name(parameter) and not names_secret(parameter, str(declared.get("Default")))
        named = named and of_secrets and not is_name_of_secret(template, parameter)
        if hidden or named or secret_by_default(parameter, declared):
            yield template, parameter


def is_placeholder(written: Written) -> bool:
    """Whether all that is written of a secret evidently waits for it, such as ``REPLACE_ME``."""
    return is_literal(written) and _PLACEHOLDER.fullmatch(shown(written).strip()) is not None


def judge_placeholder(text: str, name: str) -> Verdict:
    """Answer that a secret is none until somebody puts it in by hand."""
    said = "a placeholder" if text.strip().lower() == "placeholder" else f"the placeholder {text.strip()}"
    return failed(f"{name} is {said}, {WAITS}", severity="warning")


def made_secret(resource: Resource, path: str) -> str:
    """Return which attribute of another resource, as ``Client.ClientSecret``, is all that stands at a path, if any."""
    for written in written_at(resource, path):
        parts = [part for part in written if part]
        if len(parts) == 1 and isinstance(parts[0], Source) and parts[0].attribute.endswith(_SECRET_ENDS):
            return parts[0].attribute
    return ""


def shown(written: Written) -> str:
    """Return what a reader of the template sees of a value, with ``${…}`` for the rest."""
    return "".join(map(str, written))


def is_literal(written: Written) -> bool:
    """Whether a value is text that stands in the template, not a reference to where the secret is kept."""
    text = shown(written)
    return text != "" and all(isinstance(part, str) for part in written) and not text.strip().startswith(_DYNAMIC)


def secret_fields(written: Written) -> Sequence[tuple[str, Written]]:
    """Return the fields of JSON text whose names say that they are secrets, each as it is written."""
    fields, sources = _json(written)
    return [
        (key, tuple(sources[int(part)] if number % 2 else part for number, part in enumerate(value.split(_MARK))))
        for key, value in texts_of(fields)
        if is_secret_name(key)
    ]


def _json(written: Written) -> tuple[object, Sequence[Source]]:
    """Return what JSON text says, with marks in the place of sources; None for what is none."""
    sources: list[Source] = []
    text = ""
    for part in written:
        text += part if isinstance(part, str) else f"{_MARK}{len(sources)}{_MARK}"
        sources += [] if isinstance(part, str) else [part]
    try:
        return json.loads(text), sources
    except ValueError:
        # Some write values without quotation marks, which is no JSON and means the same.
        try:
            return json.loads(_BARE.sub(r'\1"\2"', text)), sources
        except ValueError:
            return None, sources


def _holds_nothing_secret(written: Written) -> bool:
    """Whether a secret is JSON of no fields, or of those alone that say where and as whom one signs in."""
    fields, _ = _json(written)
    return isinstance(fields, (dict, list)) and _is_open(fields)


def _is_open(value: object) -> bool:
    if isinstance(value, dict):
        return all(_is_open(inner) or (_OPEN.fullmatch(key) and _is_text(inner)) for key, inner in value.items())
    return all(map(_is_open, value)) if isinstance(value, list) else value in ("", None) or isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, (str, int))


def _shown_parameter(source: Source) -> str | None:
    """Return the parameter through which a value comes that CloudFormation would show to anyone who may read."""
    for template, name in source.parameters:
        declared = as_mapping(template.parameters[name])
        if (
            not str(declared.get("Type")).startswith("AWS::SSM::")
            and is_true(declared.get("NoEcho")) is not Ternary.YES
        ):
            return name
    return None
