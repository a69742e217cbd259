"""A CloudFormation template as text, JSON or YAML, turned into data; every refusal says where in the file."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from hipaa_constructs._extras import install_line
from hipaa_constructs.cloudformation.load.framework_variables import with_gaps
from hipaa_constructs.cloudformation.load.marks import JsonMarks, Mark
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import Oddity

# CloudFormation takes 1 MB; what is this much larger is no template, and would only fill the memory.
_MAX_BYTES = 64 * 1024 * 1024
# Real templates stay below 30 levels.
_MAX_DEPTH = 250
# YAML aliases share what they repeat; readers follow each, so what counts is the size written out.
_MAX_NODES = 5_000_000

# UTF-32 begins as UTF-16 does, so it is looked for first.
_FOREIGN = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def parse_template(
    content: bytes, name: str, odd: list[Oddity] | None = None, *, may_be_empty: bool = False
) -> dict[str, Any]:
    """Read a template; ``name`` is how an error calls it.

    :param odd: what is added to where the template can be read, but not as it may have been meant.
    :param may_be_empty: whether to take one without resources, unless a macro may make some.
    :raises UnusableInput: it is no JSON or YAML, or no template.
    """
    odd = [] if odd is None else odd
    encoding = encoding_of(content)
    if encoding != "UTF-8":
        odd.append(Oddity(f"The file is {encoding}; CloudFormation reads UTF-8.", "Save it as UTF-8.", 1, 1))
    text = decode(content, name)
    _refuse_terraform(name)
    body = with_gaps(parse(text, name, odd), text)
    _refuse_terraform(name, body)
    if not isinstance(body, dict):
        raise UnusableInput(name, f"a template is a mapping with Resources; this is {_kind(body)}", line=1)
    resources = body.get("Resources")
    if may_be_empty and resources in (None, {}) and not {"Transform", "Fn::Transform"} & body.keys():
        return body
    if resources is None:
        raise UnusableInput(name, "this is no CloudFormation template: it has no Resources", line=1)
    if not isinstance(resources, dict):
        line = line_of_key(text, "Resources")
        raise UnusableInput(name, f"Resources must be a mapping; it is {_kind(resources)}", line=line)
    if not resources:
        raise UnusableInput(name, "Resources is empty: there is nothing to check", line=line_of_key(text, "Resources"))
    return body


# Its configuration, and what `terraform show -json` prints of a plan or a state: developer.hashicorp.com/terraform.
_TERRAFORM_FILES = (".tf", ".tf.json", ".tfvars", ".tfstate", ".tofu")
_TERRAFORM_KEY = "terraform_version"


def _refuse_terraform(name: str, body: Any = None) -> None:
    if name.lower().endswith(_TERRAFORM_FILES) or (isinstance(body, dict) and _TERRAFORM_KEY in body):
        said = "this is Terraform's, and the rules read CloudFormation; docs/guides/terraform.md says what does apply"
        raise UnusableInput(name, said, line=1)


def parse(text: str, name: str, odd: list[Oddity] | None = None) -> Any:
    """Turn JSON or YAML into plain data: mappings with text keys, lists, text, numbers, booleans, None.

    :param odd: what is added to for a key that stands twice in a mapping, the last of which counts.
        Default: such a key is refused.
    """
    if not text.strip():
        raise UnusableInput(name, "the file is empty", line=1)
    if text.lstrip()[0] not in "{[":
        return _bounded(_yaml(text, name, odd), name)
    try:
        return _bounded(_json(text, name, odd), name)
    except UnusableInput as as_json:
        if name.lower().endswith(".json"):
            raise
        try:
            # YAML's flow style opens with the same brackets.
            return _bounded(_yaml(text, name, odd), name)
        except UnusableInput:
            raise as_json from None


def encoding_of(content: bytes) -> str:
    """Return the encoding that a file's first bytes tell."""
    return next((encoding for mark, encoding in _FOREIGN if content.startswith(mark)), "UTF-8")


def line_of_key(text: str, key: str, start: int = 0) -> int | None:
    """Return the first line that opens with ``key``, in JSON or YAML."""
    found = re.compile(rf"""^[ \t{{]*["']?{re.escape(key)}["']?[ \t]*:""", re.MULTILINE).search(text, start)
    return text.count("\n", 0, found.start()) + 1 if found else None


def decode(content: bytes, name: str) -> str:
    """Return a file's text, without the mark that tells its encoding.

    :raises UnusableInput: it is no text.
    """
    if len(content) > _MAX_BYTES:
        raise UnusableInput(name, f"the file has {len(content)} bytes; a template has 1 MB at most")
    encoding = encoding_of(content)
    try:
        text = content.decode("utf-8-sig" if encoding == "UTF-8" else encoding)
    except UnicodeDecodeError as error:
        if encoding != "UTF-8":
            raise UnusableInput(name, f"it begins as {encoding} and is not: {error.reason}", line=1) from None
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        byte = f"0x{content[error.start]:02x}"
        raise UnusableInput(name, f"byte {byte} is not UTF-8; this is no text", line=line, column=column) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnusableInput(name, "it holds zero bytes; this is no text", line=line)
    return text


def _json(text: str, name: str, odd: list[Oddity] | None) -> Any:
    repeats = False

    def refuse_number(number: str) -> NoReturn:
        raise UnusableInput(name, f"{number} is no JSON number", line=_line(text, rf"(?<![\w\"]){re.escape(number)}"))

    def number(literal: str) -> float:
        value = float(literal)
        return value if abs(value) != float("inf") else refuse_number(literal)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeats
        made = dict(pairs)
        repeats = repeats or len(made) < len(pairs)
        return made

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_constant=refuse_number, parse_float=number)
    except json.JSONDecodeError as error:
        raise UnusableInput(name, f"not valid JSON: {error.msg}", line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise UnusableInput(name, f"nested deeper than {_MAX_DEPTH} levels") from None
    except ValueError as error:  # a whole number of thousands of digits
        raise UnusableInput(name, f"not valid JSON: {error}") from None
    if repeats:
        # The parser does not say where it stands, so the text is read once more.
        _take_last(JsonMarks(text).repeated, name, odd)
    return data


def _yaml(text: str, name: str, odd: list[Oddity] | None) -> Any:
    try:
        from hipaa_constructs.cloudformation.load import template_yaml
    except ModuleNotFoundError:
        raise UnusableInput(name, f"reading YAML needs PyYAML: {install_line('cli')}") from None
    data, repeated = template_yaml.load(text, name, max_depth=_MAX_DEPTH)
    _take_last(repeated, name, odd)
    return data


def _take_last(repeated: Sequence[tuple[str, Mark]], name: str, odd: list[Oddity] | None) -> None:
    for key, (line, column) in repeated:
        if odd is None:
            raise UnusableInput(name, f"the key {_quoted(key)} stands twice in one mapping", line=line, column=column)
        seen = f"The key {_quoted(key)} stands twice in one mapping; CloudFormation takes the last."
        odd.append(Oddity(seen, "Remove all but one.", line, column))


def _bounded(body: Any, name: str) -> Any:
    """Return ``body``, unless it is too deep or, its aliases written out, too large."""
    sizes: dict[int, int] = {}
    entered: set[int] = set()
    stack: list[tuple[Any, Iterator[Any]]] = []

    def enter(value: Any) -> None:
        if id(value) in entered:
            raise UnusableInput(name, "an alias stands within what it names, so it has no end")
        if len(stack) >= _MAX_DEPTH:
            raise UnusableInput(name, f"nested deeper than {_MAX_DEPTH} levels")
        entered.add(id(value))
        sizes[id(value)] = 1
        stack.append((value, iter(value.values() if isinstance(value, dict) else value)))

    if isinstance(body, (dict, list)):
        enter(body)
    while stack:
        value, items = stack[-1]
        for item in items:
            if not isinstance(item, (dict, list)):
                sizes[id(value)] += 1
            elif id(item) in sizes and id(item) not in entered:
                sizes[id(value)] += sizes[id(item)]
            else:
                enter(item)
                break
        else:
            stack.pop()
            entered.discard(id(value))
            if stack:
                sizes[id(stack[-1][0])] += sizes[id(value)]
        if sizes[id(value)] > _MAX_NODES:
            raise UnusableInput(name, f"its aliases come to more than {_MAX_NODES} values when written out")
    return body


def _line(text: str, pattern: str) -> int | None:
    found = re.search(pattern, text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "empty" if value is None else f"the single value {_quoted(str(value))}"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")
