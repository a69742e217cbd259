"""A template that is being mended, as data; and why something in it is not mended."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace as replaced
from typing import Any, TypeGuard

from hipaa_constructs.cloudformation.for_each import LOOP
from hipaa_constructs.cloudformation.naming import IN_SUB, is_about, names
from hipaa_constructs.compliance.fix import CERTIFICATE, PRIVATE_SUBNETS, SECURITY_GROUPS
from hipaa_constructs.mending.nodes import plain
from hipaa_constructs.mending.questions import MOST_PARAMETERS, QUESTIONS
from hipaa_constructs.mending.shared import Shared

ACCOUNT: Mapping[str, Any] = {"Ref": "AWS::AccountId"}
_IDENTIFIER = re.compile(r"([$&]\{\w+\})")


class CannotMendError(Exception):
    """A finding is left as it is; ``why`` says it in a sentence, the same for what is alike."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


_BUCKET_POLICY = "AWS::S3::BucketPolicy"


class Draft:
    """The data of one template; what it holds may be changed in place.

    Resources stay those of the template that it was made of until they are asked for; whoever asks gets a copy.
    """

    def __init__(
        self,
        body: Mapping[str, Any],
        given: Mapping[str, str] | None = None,
        *,
        ask: bool = False,
        alike: Sequence[str] = (),
    ) -> None:
        """Take a template and what its owner says of what it cannot say itself, by the names of ``GIVEN``.

        :param ask: whether parameters ask for what is not given. Default: it is left.
        :param alike: logical ids of the other resources for which the finding speaks that is mended.
        """
        rest = {key: None if key == "Resources" else plain(part) for key, part in body.items()}
        self._resources = Shared(body["Resources"])
        self.body: dict[str, Any] = {**rest, "Resources": self._resources}
        self.alike = alike
        # The parameters on which what was done relies, each with the name of what it asks for.
        self.asked: dict[str, str] = {}
        self._given = given or {}
        self._asks = ask

    @property
    def resources(self) -> dict[str, Any]:
        """The template's resources by logical id, as it writes them."""
        return self._resources

    def done(self) -> dict[str, Any]:
        """Return what the template has become, which shares with what it was what nobody touched."""
        resources = dict(self._resources.look())
        return {key: resources if key == "Resources" else part for key, part in self.body.items()}

    @property
    def touched(self) -> Collection[str]:
        """The names of resources that may not be what they were: all others are."""
        return self._resources.own

    def resource(self, logical_id: str) -> dict[str, Any]:
        """Return a resource as the template writes it.

        :raises CannotMendError: it is written by something else there.
        """
        raw = self.resources.get(logical_id)
        if isinstance(raw, dict):
            return raw
        loops = {name: self.resources[name] for name in self.resources if str(name).startswith(LOOP)}
        looped = [found for name, found in entries(loops) if "{" in name and _makes(name, logical_id)]
        if len(looped) != 1:
            raise CannotMendError(MADE_BY_SAM)
        return looped[0]

    def written_as(self, logical_id: str) -> str:
        """Return a resource's logical id as the template writes it: in a loop with what that fills in."""
        if logical_id in self.resources:
            return logical_id
        written = entries(dict(self._resources.look()))
        return next((name for name, _ in written if "{" in name and _makes(name, logical_id)), logical_id)

    def properties(self, logical_id: str) -> dict[str, Any]:
        """Return a resource's properties, empty ones if it has none yet.

        :raises CannotMendError: only deployment knows them.
        """
        raw = self.resource(logical_id)
        if raw.get("Properties") is None:
            raw["Properties"] = {}
        properties = raw["Properties"]
        if not isinstance(properties, dict) or is_function(properties):
            raise CannotMendError(DECIDED)
        return properties

    def add(self, name: str, raw: Mapping[str, Any]) -> str:
        """Add a resource under a name like this one that is free, and return the name."""
        free = self._free(name)
        self.resources[free] = dict(raw)
        return free

    def _free(self, name: str) -> str:
        free, number = name, 1
        while free in self.resources or free in _parameters(self.body):
            number += 1
            free = f"{name}{number}"
        return free

    def given(self, name: str, *, called: str = "", says: str = "") -> Any:
        """Return what the owner gives under a name; what is called like a part of the template is a reference to it.

        What is not given a parameter asks for, if parameters may.

        :param called: what that parameter is called. Default: as the question says, one for the template.
        :param says: its description. Default: as the question says.
        :raises CannotMendError: nothing is given, and no parameter asks.
        """
        if name not in self._given:
            if self.may_ask(name):
                return {"Ref": self._asking(name, called, says)}
            by_parameter = ", or a parameter by --ask" if name in QUESTIONS else ""
            raise CannotMendError(f"Only its owner knows {GIVEN[name]}: --given {name}=… says it{by_parameter}.")
        values = [self._named(value.strip()) for value in self._given[name].split(",")]
        if not name.endswith("s"):
            return values[0]
        whole = _parameters(self.body).get(self._given[name].strip())
        return values[0] if isinstance(whole, dict) and "List" in str(whole.get("Type")) else values

    def may_ask(self, name: str) -> bool:
        """Whether a parameter may ask for something, since the owner does not give it."""
        return self._asks and name in QUESTIONS and name not in self._given

    def is_given(self, name: str) -> bool:
        """Whether the owner gives something under a name."""
        return name in self._given

    def relies_on(self, raw: Any) -> None:
        """Note the parameters that ask and that a part of the template names, since what is done relies on them."""
        for name, parameter in _parameters(self.body).items():
            for what, question in QUESTIONS.items():
                if question.is_asked_by(name, parameter) and names(raw, name):
                    self.asked[name] = what

    def _asking(self, what: str, called: str, says: str) -> str:
        """Return the parameter that asks for something, which the template then has."""
        question, declared = QUESTIONS[what], _parameters(self.body)
        question = replaced(question, name=called or question.name, says=says or question.says)
        name = next((one for one, parameter in declared.items() if question.is_asked_by(one, parameter)), None)
        if name is None:
            if _FRAMEWORK.search(str(self.body)):
                raise CannotMendError(_NO_DIALOG)
            if len(declared) >= MOST_PARAMETERS:
                raise CannotMendError(f"The template has {MOST_PARAMETERS} parameters, which is the most that it may.")
            name = self._free(question.name)
            if not declared:
                self._begin_parameters()
            self.body["Parameters"][name] = question.declared()
        self.asked[name] = what
        return name

    def _begin_parameters(self) -> None:
        """Give the template a section for parameters, where people look for it."""
        body = {key: value for key, value in self.body.items() if key != "Parameters"}
        first = next((key for key in body if key not in _BEFORE_PARAMETERS), None)
        self.body.clear()
        for key, value in body.items():
            if key == first:
                self.body["Parameters"] = {}
            self.body[key] = value

    def _named(self, value: str) -> Any:
        return {"Ref": value} if value in self.resources or value in _parameters(self.body) else value

    def of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the resources of some types with properties that can be read, by logical id."""
        for logical_id, raw in list(self._resources.look()):
            if isinstance(raw, dict) and raw.get("Type") in types and isinstance(raw.get("Properties"), dict):
                yield logical_id, self.resources[logical_id]

    def ids(self, *types: str) -> Iterator[tuple[str, str]]:
        """Yield the logical ids of resources of some types, each with its type."""
        for logical_id, raw in list(self._resources.look()):
            if isinstance(raw, dict) and raw.get("Type") in types:
                yield logical_id, raw["Type"]

    def policies_of(self, bucket: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the policies of a bucket, which name it by reference, or by the name that the template gives it."""
        own = self.resources.get(bucket)
        name = own["Properties"].get("BucketName") if own and is_plain(own.get("Properties")) else None
        for logical_id, raw in list(self._resources.look()):
            if isinstance(raw, dict) and raw.get("Type") == _BUCKET_POLICY and isinstance(raw.get("Properties"), dict):
                about = raw["Properties"].get("Bucket")
                if is_about(about, bucket) or (name is not None and about == name):
                    yield logical_id, self.resources[logical_id]

    def naming(self, logical_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the other resources that name one anywhere in what they are."""
        for other, raw in list(self._resources.look()):
            # To search a text takes a fraction of the time that it takes to look at each part.
            if other != logical_id and isinstance(raw, dict) and logical_id in repr(raw) and names(raw, logical_id):
                yield other, self.resources[other]


# Sections that come before it by custom.
_BEFORE_PARAMETERS = ("AWSTemplateFormatVersion", "Transform", "Description", "Metadata")
# Variables of the Serverless Framework, which deploys without asking:
# serverless.com/framework/docs/providers/aws/guide/variables.
_FRAMEWORK = re.compile(r"\$\{(?:aws|cf|env|file|opt|param|s3|self|sls|ssm|strToBool)(?:\([^}]*\))?[:(]")
_NO_DIALOG = "The Serverless Framework deploys the template and asks nobody for parameters: --given says the value."


def _parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    declared = body.get("Parameters")
    return declared if isinstance(declared, dict) else {}


GIVEN: Mapping[str, str] = {
    "allowed-range": "the range of addresses that connect",
    "backup-plan": "the id of a backup plan",
    "backup-role": "the ARN of the role by which AWS Backup reads",
    "certificate": CERTIFICATE,
    "copy-vault": "the ARN of a vault in another Region",
    "data-resources": "the ARNs of what roles read, write and start",
    "edge-certificate": "the ARN of a certificate in us-east-1",
    "edge-logs": "the domain name of a bucket for access logs",
    "edge-web-acl": "the ARN of a web ACL of scope CLOUDFRONT",
    "images": "the images by their digests",
    "private-subnets": PRIVATE_SUBNETS,
    "runtimes": "the runtimes that functions were tested on",
    "security-groups": SECURITY_GROUPS,
}
MADE_BY_SAM = "AWS SAM or a loop writes the resource, so that it is not in the template itself."
DECIDED = "A parameter, a condition or another function decides the value at deployment: it is changed there."


def entries(resources: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each resource that a template writes, by its logical id; what is in a loop by what that makes of it."""
    for name, raw in resources.items():
        if isinstance(raw, dict):
            yield name, raw
        elif str(name).startswith(LOOP) and isinstance(raw, list) and isinstance(raw[-1], dict):
            yield from entries(raw[-1])


def _makes(name: str, logical_id: str) -> bool:
    pattern = "".join(".*" if part[:2] in ("${", "&{") else re.escape(part) for part in _IDENTIFIER.split(name))
    return re.fullmatch(pattern, logical_id) is not None


def is_plain(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a mapping that stands there as it is."""
    return isinstance(value, dict) and not is_function(value)


def require_undecided(*values: Any) -> None:
    """Refuse values that only deployment fills in.

    :raises CannotMendError: one is such a value.
    """
    if any(map(is_function, values)):
        raise CannotMendError(DECIDED)


def replace(raw: dict[str, Any], mended: Mapping[str, Any], *, first: Sequence[str]) -> None:
    """Make ``raw`` what ``mended`` is; new attributes go where people look for them, behind the type."""
    kept = {key: value for key, value in mended.items() if key in raw or key not in first}
    new = {key: mended[key] for key in first if key not in raw}
    raw.clear()
    for key, value in kept.items():
        raw[key] = value
        if key == "Type":
            raw.update(new)
    if not raw.get("Properties", True):
        del raw["Properties"]


def is_function(value: Any) -> bool:
    """Whether a value is what only deployment fills in."""
    return isinstance(value, Mapping) and any(key == "Ref" or str(key).startswith("Fn::") for key in value)


def has_circle(resources: Mapping[str, Any]) -> bool:
    """Whether resources wait for each other in a circle, which CloudFormation refuses."""
    waiting = {
        name: {other for other in _named_in(raw) if other in resources and other != name}
        for name, raw in resources.items()
    }
    while ready := {name for name, others in waiting.items() if not others & waiting.keys()}:
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    return bool(waiting)


def _named_in(raw: Any) -> Iterator[str]:
    """Yield what a resource names: by reference, in text that is filled in, and as what comes before it."""
    if isinstance(raw, list):
        for item in raw:
            yield from _named_in(item)
    elif isinstance(raw, Mapping):
        for key, value in raw.items():
            if key in ("Ref", "DependsOn", "Fn::GetAtt"):
                named = listed(value)
                yield from (str(one).split(".")[0] for one in (named if key == "DependsOn" else named[:1]))
            elif key == "Fn::Sub":
                yield from (name for text in listed(value)[:1] for name in IN_SUB.findall(str(text)))
            yield from _named_in(value)


def listed(value: Any) -> list[Any]:
    """Return a value that may stand alone where a list is meant, as a list."""
    return value if isinstance(value, list) else [value]
