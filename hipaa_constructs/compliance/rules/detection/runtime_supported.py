"""Functions run on runtimes that AWS still mends.

After a runtime's deprecation AWS may apply no security patches to it (docs.aws.amazon.com/lambda/latest/dg/
lambda-runtimes.html). Compliant: a runtime whose deprecation is not reached on the day of the check, or not announced:
what the dated table of the catalogue does not name is newer than it. Non-compliant: a deprecated one, which is said
once a template of all functions that have it from the same words, such as one line of AWS SAM's ``Globals``. Not
applicable: container images, whose runtime is their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown, as_text
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.facts.said_once import as_written, say_once
from hipaa_constructs.compliance.facts.support_dates import judge_support, newest
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, unknown

_SAME = as_written("Runtime")


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge, (FUNCTION,), _SAME)


def _judge(resource: Resource) -> Verdict:
    runtime = as_text(resource.get("Runtime"))
    if isinstance(runtime, Unknown):
        return unknown("Runtime is known only at deployment.")
    if runtime is None:
        return NOT_APPLICABLE
    return judge_support(f"Runtime {runtime}", "lambda", runtime, resource.template.app.today)


# How the names of runtimes begin, by language. What has none of its own any more, such as Go, is built for the system:
# docs.aws.amazon.com/lambda/latest/dg/lambda-golang.html
_LANGUAGES = ("dotnet", "java", "nodejs", "provided", "python", "ruby")
_BUILT = ("go",)


def _is_of(language: str) -> Callable[[Resource], bool]:
    beginnings = (language, *_BUILT) if language == "provided" else (language,)

    def is_of(function: Resource) -> bool:
        runtime = as_text(function.get("Runtime"))
        return isinstance(runtime, str) and runtime.startswith(beginnings)

    return is_of


def _fix(language: str, when: Callable[[Resource], bool] | None) -> Fix:
    """Say which runtime of a language is the newest; with ``when``, of functions in that language."""
    runtime = newest("lambda", language)
    constant = re.sub(r"^([a-z]+)(?=\d)", r"\1_", runtime).replace(".", "_").upper()
    return Fix(
        template=f"Name a runtime of the same language that AWS patches in Runtime, such as {runtime}.",
        cdk=(f"lambda_.Function(runtime=lambda_.Runtime.{constant})",),
        constructs=("PrivateFunction",),
        when=when,
    )


RULE = Rule(
    name="RuntimeSupported",
    severity="error",
    resource_types=(FUNCTION,),
    controls=("164.308(a)(1)(ii)(B)", "164.308(a)(5)(ii)(B)"),
    fix="Move the function to a current runtime of its language.",
    fixes=(*(_fix(language, _is_of(language)) for language in _LANGUAGES), _fix("python", None)),
    check=check,
)
