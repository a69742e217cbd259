"""Suppressions in TypeScript and JavaScript, and in the templates that cdk-nag 2 wrote them into: listed only."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.load.template_file import parse_template
from hipaa_constructs.migration.suppressions import REGEX, Found, becomes, note_of

_CALL = re.compile(r"\bNagSuppressions\s*\.\s*(add(?:Resource|Stack)Suppressions(?:ByPath)?)\s*\(")
_ID = re.compile(r"""\bid\s*:\s*(["'`])([^"'`\n]+)\1""")
_SCRIPT = "Only Python is rewritten."
_TEMPLATE = "It stands in a template: acknowledge it in the app that writes it, or in the reviewed file."


def in_script(text: str, name: str) -> list[Found]:
    """Return the suppressions of a module in TypeScript or JavaScript, as far as their ids are written in the call."""
    found: list[Found] = []
    for call in _CALL.finditer(text):
        written = text[call.end() : _closed(text, call.end())]
        ids = list(_ID.finditer(written))
        for one in ids:
            rule_id = one[2]
            line = text.count("\n", 0, call.end() + one.start()) + 1
            found.append(Found(name, line, rule_id, becomes(rule_id, None)[0], why=_SCRIPT, note=note_of(rule_id)))
        if not ids:
            line = text.count("\n", 0, call.start()) + 1
            found.append(Found(name, line, "?", why=f"{_SCRIPT} Its suppressions are not written here as a list."))
    return found


def _closed(text: str, start: int) -> int:
    """Return where the bracket before ``start`` is closed, or the end; text within quotes counts as none."""
    depth, quote = 1, ""
    for at in range(start, len(text)):
        sign = text[at]
        if quote:
            quote = "" if sign == quote and text[at - 1] != "\\" else quote
        elif sign in "\"'`":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if not depth:
                return at
    return len(text)


def in_template(content: bytes, name: str) -> list[Found]:
    """Return the suppressions that a template holds, on resources and on itself.

    :raises UnusableInput: it is no template.
    """
    if b"cdk_nag" not in content:
        return []
    body = parse_template(content, name)
    text = content.decode("utf-8", "replace")
    found = [one for entry in _entries(body) for one in _told(entry, name, 1, "")]
    for logical_id, resource in body["Resources"].items():
        metadata = resource.get("Metadata") if isinstance(resource, Mapping) else None
        path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
        written = re.search(rf"""^\s*["']?{re.escape(logical_id)}["']?\s*:""", text, re.MULTILINE)
        line = text.count("\n", 0, written.end()) + 1 if written else 1
        place = path if isinstance(path, str) else f"{name}/{logical_id}"
        found += [one for entry in _entries(resource) for one in _told(entry, name, line, place)]
    return found


def _entries(holder: Any) -> list[Mapping[str, Any]]:
    metadata = holder.get("Metadata") if isinstance(holder, Mapping) else None
    block = metadata.get("cdk_nag") if isinstance(metadata, Mapping) else None
    rules = block.get("rules_to_suppress") if isinstance(block, Mapping) else None
    return [one for one in rules if isinstance(one, Mapping)] if isinstance(rules, list) else []


def _told(entry: Mapping[str, Any], name: str, line: int, path: str) -> list[Found]:
    rule_id, applies_to = str(entry.get("id", "?")), entry.get("applies_to")
    if isinstance(applies_to, list) and not all(isinstance(one, str) for one in applies_to):
        return [Found(name, line, rule_id, why=f"{_TEMPLATE} {REGEX}")]
    ids, why = becomes(rule_id, applies_to if isinstance(applies_to, list) else None)
    said = f"{_TEMPLATE} {why}".strip()
    note = note_of(rule_id) if ids == (rule_id,) else ""
    return [Found(name, line, rule_id, ids, said, note, path if ids else "", _reason(entry))]


def _reason(entry: Mapping[str, Any]) -> str:
    reason = str(entry.get("reason", ""))
    if not entry.get("is_reason_encoded"):
        return reason
    try:
        return base64.b64decode(reason, validate=True).decode()
    except (binascii.Error, ValueError):
        return reason
