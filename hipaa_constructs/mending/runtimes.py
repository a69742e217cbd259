"""Runtimes of functions: moved where the code shows that it runs on the new one, or where the owner says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.draft import CannotMendError, Draft, is_function, listed, require_undecided

# The rule's own examples; from nodejs24.x on handlers with a callback are gone:
# docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html.
_NODE = "nodejs22.x"
_PYTHON = "python3.13"
# What every runtime for Python has, by modules whose ways have not changed since 3.6, dateutil with boto3;
# cfnresponse comes with code that stands in the template: docs.aws.amazon.com/AWSCloudFormation/latest/
# TemplateReference/cfn-lambda-function-code-cfnresponsemodule.html.
_MODULES = frozenset(
    {
        "__future__",
        "base64",
        "boto3",
        "botocore",
        "cfnresponse",
        "copy",
        "csv",
        "datetime",
        "dateutil",
        "decimal",
        "functools",
        "hashlib",
        "hmac",
        "http",
        "io",
        "itertools",
        "json",
        "logging",
        "math",
        "os",
        "random",
        "re",
        "secrets",
        "string",
        "sys",
        "tempfile",
        "threading",
        "time",
        "traceback",
        "typing",
        "urllib",
        "urllib3",
        "uuid",
        "zipfile",
    }
)
# What Python has dropped or changed since 3.6, or what the runtimes carry no more: docs.python.org/3/whatsnew/3.7.html
# to 3.13.html; the last is urllib3's.
_DROPPED = frozenset(
    {
        "FancyURLopener",
        "URLopener",
        "clock",
        "decodestring",
        "encodestring",
        "errno",
        "isAlive",
        "method_whitelist",
        "sample",
        "template",
        "vendored",
    }
)
# Modules of Node.js whose ways have not changed since 8, and what comes with code that stands in the template:
# nodejs.org/api/deprecations.html, docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
# cfn-lambda-function-code-cfnresponsemodule.html. From nodejs18.x on there is no aws-sdk.
_NODE_MODULES = frozenset({"cfn-response", "crypto", "events", "http", "https", "path", "querystring", "url"})
_REQUIRED = re.compile(r"\brequire\b(?:\s*\(\s*(['\"])(?:node:)?([\w./@-]+)\1\s*\))?")
_NODE_DROPPED = re.compile(r"\bimport\b|createCipher\b|createDecipher\b|\bbinding\b|_headers\b|\bDEFAULT_ENCODING\b")
_LATE_FLAG = re.compile(r".\(\?[aiLmsux]+\)", re.DOTALL)
_UNSURE = "Whether its code runs on a newer runtime the template does not show: --given runtimes=… says on which."


def runtime_current(draft: Draft, finding: Finding) -> None:
    """Move a function to a runtime that AWS mends."""
    properties = draft.properties(finding.resource_logical_id)
    runtime = properties.get("Runtime") or _shared(draft).get("Runtime")
    require_undecided(runtime)
    try:
        given = [str(one) for one in listed(draft.given("runtimes"))]
    except CannotMendError:
        given = []
    chosen = next((one for one in given if _language(one) == _language(str(runtime))), None)
    if chosen is None and _runs_on_all(draft, properties, str(runtime)):
        chosen = _PYTHON if str(runtime).startswith("python3.") else _NODE
    if chosen is None:
        raise CannotMendError(_UNSURE)
    properties["Runtime"] = chosen


def _shared(draft: Draft) -> Mapping[str, Any]:
    found = draft.body.get("Globals")
    found = found.get("Function") if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _language(runtime: str) -> str:
    letters = re.match(r"[a-z]*", runtime)
    return (letters.group() if letters else "").replace("dotnetcore", "dotnet")


def _runs_on_all(draft: Draft, properties: Mapping[str, Any], runtime: str) -> bool:
    """Whether the code stands in the template, can be read, and uses only what all runtimes of its language have."""
    code = properties.get("Code")
    text = _text(code.get("ZipFile") if isinstance(code, dict) else properties.get("InlineCode"))
    if text is None or "Layers" in properties or "Layers" in _shared(draft):
        return False
    if runtime.startswith("nodejs"):
        required = {match[2] for match in _REQUIRED.finditer(text)}
        return required <= _NODE_MODULES and _NODE_DROPPED.search(text) is None
    if not runtime.startswith("python3."):
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return not any(_is_unsure(node) for node in ast.walk(tree))


def _text(value: Any) -> str | None:
    """Return code as it is at least in shape; None where parts are filled in that are no text."""
    if isinstance(value, str):
        return value
    if not is_function(value) or len(value) != 1:
        return None
    ((name, inner),) = value.items()
    if name == "Fn::Sub":
        inner = inner[0] if isinstance(inner, list) and inner else inner
        return re.sub(r"\$\{[^!}][^}]*\}", "x", inner) if isinstance(inner, str) else None
    if name == "Fn::Join" and isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list):
        parts = [part if isinstance(part, str) else "x" for part in inner[1]]
        return str(inner[0]).join(parts)
    return None


def _is_unsure(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and _LATE_FLAG.search(node.value) is not None
    if isinstance(node, ast.Call):
        names = {keyword.arg for keyword in node.keywords}
        return bool(names & {"encoding", "method_whitelist"}) and getattr(node.func, "attr", "") in ("loads", "Retry")
    return any(name in _DROPPED or root not in _MODULES for root, name in _names(node))


def _names(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what a node names, each with the module that it is of; what is no module's counts as a known one's."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            root, *rest = alias.name.split(".")
            yield from ((root, part) for part in rest or [root])
    elif isinstance(node, ast.ImportFrom):
        root, *rest = (node.module or "").split(".")
        yield from ((root, part) for part in [*rest, *(alias.name for alias in node.names)])
    elif isinstance(node, ast.Attribute):
        yield "os", node.attr
