"""Where code of JavaScript writes the whole event of its handler to the log.

The code is read by its tokens, so that texts, comments and regular expressions are none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hipaa_constructs.compliance.facts.event_parts import HOLDS_DATA

_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")|"
    r"(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*)|(?P<mark>\?\.|=>|\.\.\.|\?\?|\|\||&&|[=!]==?|[<>]=?|.)",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
# What can stand before a regular expression, and not before a division.
_BEFORE_REGEX = frozenset("(,=:[!&|?{};") | {"=>", "||", "&&", "return"}
_OPEN, _CLOSE = "([{", ")]}"
_LOGS = frozenset({"debug", "dir", "error", "info", "log", "trace", "warn"})
# What gives the same data in another form, by how it is called.
_SAME = frozenset(
    {"JSON.stringify", "JSON.parse", "Buffer.from", "util.inspect", "inspect", "String", "atob", "structuredClone"}
)
_FORMS = frozenset({"toString", "trim"})
_EACH = frozenset({"every", "filter", "forEach", "map", "some"})


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a mark or a text of the code; ``parts`` are what a template text fills in."""

    text: str
    line: int
    kind: str
    parts: tuple[tuple[_Token, ...], ...] = ()


_Tokens = Sequence[_Token]


def line_that_logs_event(code: str, handler: str) -> int | None:
    """Return the line in which a handler logs its event, or a part that holds what it was sent; None if in none.

    :param handler: the name of the function that Lambda calls.
    """
    start = _body(_read(code), handler)
    if start is None:
        return None
    event, tokens = start
    names = {event}
    for at in range(len(tokens)):
        _follow(tokens, at, names)
        if _is_call_of_log(tokens, at):
            given = _inside(tokens, at + 3)
            if any(_holds(part, names) for part in _split(given, (",",))):
                return tokens[at].line
    return None


def _read(code: str, line: int = 1) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(code):
        if code[at] == "`":
            end, parts = _template(code, at, line)
            tokens.append(_Token("`", line, "template", parts))
        elif code[at] == "/" and (not tokens or tokens[-1].text in _BEFORE_REGEX) and (regex := _REGEX.match(code, at)):
            end = regex.end()
            tokens.append(_Token("", line, "text"))
        else:
            # Any character is a mark at least.
            found = _TOKEN.match(code, at)
            end = found.end() if found else at + 1
            if found and found.lastgroup != "space":
                tokens.append(_Token(found[0], line, str(found.lastgroup)))
        line += code.count("\n", at, end)
        at = end
    return tokens


def _template(code: str, at: int, line: int) -> tuple[int, tuple[tuple[_Token, ...], ...]]:
    """Return where a template text ends, and what it fills in."""
    parts, at = [], at + 1
    while at < len(code) and code[at] != "`":
        if code[at] == "\\":
            at += 2
        elif code.startswith("${", at):
            end, depth = at + 2, 1
            while end < len(code) and depth:
                depth += {"{": 1, "}": -1}.get(code[end], 0)
                end += 1
            parts.append(tuple(_read(code[at + 2 : end - 1], line)))
            at = end
        else:
            at += 1
    return at + 1, tuple(parts)


def _body(tokens: _Tokens, handler: str) -> tuple[str, _Tokens] | None:
    """Return the name of the event of a handler, and what the function does."""
    for at, token in enumerate(tokens):
        if token.text != handler or token.kind != "name":
            continue
        before = tokens[at - 1].text if at else ""
        rest = at + 1
        if before in (".", "const", "let", "var") and rest < len(tokens) and tokens[rest].text == "=":
            rest += 1
            while rest < len(tokens) and (
                tokens[rest].text in ("async", "function") or tokens[rest - 1].text == "function"
            ):
                rest += 1
        elif before != "function":
            continue
        if rest < len(tokens) and tokens[rest].text == "(":
            rest += 1
        if rest < len(tokens) and tokens[rest].kind == "name":
            opened = next((at for at in range(rest, len(tokens)) if tokens[at].text == "{"), None)
            arrow = next((at for at in range(rest, len(tokens)) if tokens[at].text == "=>"), None)
            if arrow is not None and (opened is None or arrow + 1 < opened):
                return tokens[rest].text, _statement(tokens, arrow + 1)
            return (tokens[rest].text, _inside(tokens, opened)) if opened is not None else None
    return None


def _follow(tokens: _Tokens, at: int, names: set[str]) -> None:
    """Note which name is given what was sent, and which another value."""
    token = tokens[at]
    after = [one.text for one in tokens[at + 1 : at + 2]]
    if token.kind != "name" or (at and tokens[at - 1].text in (".", "?.")):
        return
    if after == ["="]:
        (names.add if _holds(_statement(tokens, at + 2), names) else names.discard)(token.text)
    elif after == ["of"] and _holds(_until_close(tokens, at + 2), names):
        names.add(token.text)
    elif token.text in names:
        # event.Records.forEach((record) => …)
        end = _chain(tokens, at)
        is_each = end < len(tokens) and tokens[end - 1].text in _EACH and tokens[end].text == "("
        if is_each and _holds(tokens[at : end - 2], names):
            given = [one for one in tokens[end + 1 : end + 5] if one.text not in ("async", "function", "(")]
            names.update(one.text for one in given[:1] if one.kind == "name")


def _chain(tokens: _Tokens, at: int) -> int:
    end = at + 1
    while end + 1 < len(tokens) and tokens[end].text in (".", "?.") and tokens[end + 1].kind == "name":
        end += 2
    return end


def _is_call_of_log(tokens: _Tokens, at: int) -> bool:
    texts = [one.text for one in tokens[at : at + 4]]
    return len(texts) == 4 and texts[0] == "console" and texts[1] == "." and texts[2] in _LOGS and texts[3] == "("


def _inside(tokens: _Tokens, opened: int) -> _Tokens:
    """Return what stands between a bracket and the one that closes it."""
    depth = 0
    for at in range(opened, len(tokens)):
        depth += (tokens[at].text in _OPEN) - (tokens[at].text in _CLOSE) if tokens[at].kind == "mark" else 0
        if depth == 0:
            return tokens[opened + 1 : at]
    return tokens[opened + 1 :]


def _until_close(tokens: _Tokens, start: int) -> _Tokens:
    depth = 0
    for at in range(start, len(tokens)):
        if tokens[at].kind == "mark":
            depth += (tokens[at].text in _OPEN) - (tokens[at].text in _CLOSE)
            if depth < 0:
                return tokens[start:at]
    return tokens[start:]


def _statement(tokens: _Tokens, start: int) -> _Tokens:
    """Return the expression that begins somewhere: up to a semicolon, a comma, or a line that begins anew."""
    depth = 0
    for at in range(start, len(tokens)):
        token = tokens[at]
        if depth == 0 and at > start and token.line > tokens[at - 1].line and token.kind == "name":
            return tokens[start:at]
        if token.kind == "mark":
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
            if depth < 0 or (depth == 0 and token.text in ";,"):
                return tokens[start:at]
    return tokens[start:]


def _split(tokens: _Tokens, marks: Sequence[str]) -> Iterator[_Tokens]:
    depth, start = 0, 0
    for at, token in enumerate(tokens):
        if token.kind == "mark":
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
            if depth == 0 and token.text in marks:
                yield tokens[start:at]
                start = at + 1
    yield tokens[start:]


def _holds(tokens: _Tokens, names: set[str]) -> bool:
    """Whether an expression is the event, or a part that holds what was sent, in whatever form."""
    if not tokens:
        return False
    parts = list(_split(tokens, ("+", "||", "??")))
    if len(parts) > 1:
        return any(_holds(part, names) for part in parts)
    chosen = list(_split(tokens, ("?", ":")))
    if len(chosen) > 1:
        return any(_holds(part, names) for part in chosen[1:])
    first = tokens[0]
    if first.text == "await":
        return _holds(tokens[1:], names)
    if first.kind == "template":
        return len(tokens) == 1 and any(_holds(part, names) for part in first.parts)
    if first.text == "(":
        inner = _inside(tokens, 0)
        return _holds(inner, names) and _keeps(tokens[len(inner) + 2 :])
    if first.text == "{":
        return any(_entry_holds(entry, names) for entry in _split(_inside(tokens, 0), (",",)))
    if first.kind != "name":
        return False
    end = _chain(tokens, 0)
    called = "".join(one.text for one in tokens[:end])
    if called in _SAME and end < len(tokens) and tokens[end].text == "(":
        inner = _inside(tokens, end)
        return _holds(next(_split(inner, (",",))), names) and _keeps(tokens[end + len(inner) + 2 :])
    return first.text in names and _keeps(tokens[1:])


def _entry_holds(entry: _Tokens, names: set[str]) -> bool:
    if len(entry) == 1:
        return entry[0].text in names
    if entry and entry[0].text == "...":
        return _holds(entry[1:], names)
    return len(entry) > 2 and entry[1].text == ":" and _holds(entry[2:], names)


def _keeps(rest: _Tokens) -> bool:
    """Whether what follows what was sent leads to a part that holds it: ``.body``, ``[0]``, ``.toString()``."""
    at = 0
    while at < len(rest):
        if rest[at].text in (".", "?.") and at + 1 < len(rest) and rest[at + 1].kind == "name":
            name, at = rest[at + 1].text, at + 2
            if name in _FORMS and at < len(rest) and rest[at].text == "(":
                at += len(_inside(rest, at)) + 2
            elif name not in HOLDS_DATA:
                return False
        elif rest[at].text == "[":
            inner = _inside(rest, at)
            key = inner[0] if len(inner) == 1 else None
            if key is None or (key.kind != "number" and key.text.strip("'\"") not in HOLDS_DATA):
                return False
            at += len(inner) + 2
        else:
            return False
    return True
