"""Suppressions in Python: found by the syntax tree, and rewritten where they stand, so that the rest stays as it is."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.migration.suppressions import REGEX, Approval, Found, becomes, note_of

_METHODS: Mapping[str, tuple[str, ...]] = {
    "add_resource_suppressions": ("construct", "suppressions", "apply_to_children"),
    "add_stack_suppressions": ("stack", "suppressions", "apply_to_nested_stacks"),
    "add_resource_suppressions_by_path": ("stack", "path", "suppressions", "apply_to_children"),
}
_BELOW = "It covers what is below the construct too."
_WHOLE = "Another suppression of the same call has to stay, so the call does."
_STACK = "It covers the whole stack, nested stacks too: name the constructs that the findings name."
_IMPORT = "from hipaa_constructs import acknowledge"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# To ask for these again finds the same.
_REPEATABLE = ("find_child", "try_find_child", "of")


class _ByHandError(Exception):
    """It cannot be carried over; says why."""


@dataclass(frozen=True, slots=True)
class _Suppression:
    """One entry of a call: its place, its literal id, the source of its reason, and what it becomes."""

    node: ast.expr
    rule_id: str
    reason: ast.expr
    ids: tuple[str, ...]


class PythonSource:
    """A module of an app, with what it says to cdk-nag 2.

    :raises UnusableInput: it is no Python.
    """

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        try:
            self._tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError) as error:
            line = error.lineno if isinstance(error, SyntaxError) else None
            raise UnusableInput(name, f"not valid Python: {getattr(error, 'msg', error)}", line=line) from None
        self._lines = _LINE.findall(text.encode("utf-8", "surrogatepass"))
        self._names, self._modules = _imported(self._tree)
        self._taken = _binds(self._tree, "acknowledge")

    def found(self) -> list[Found]:
        """Return what it says to cdk-nag 2, in the order in which that is written."""
        return self._read(None)[0]

    def rewritten(self, approval: Approval) -> tuple[list[Found], str]:
        """Return the same, and the text with what can be carried over as acknowledgements."""
        found, edits, gone = self._read(approval)
        if not edits:
            return found, self.text
        try:
            edits += list(self._import_edits(gone))
        except _ByHandError as error:
            return [one if one.why else replace(one, why=str(error)) for one in found], self.text
        new = self._edited(edits)
        try:
            ast.parse(new)
        except SyntaxError as error:
            why = f"The file would not be Python afterwards: {error.msg}."
            return [one if one.why else replace(one, why=why) for one in found], self.text
        return found, new

    def _read(self, approval: Approval | None) -> tuple[list[Found], list[tuple[int, int, str]], list[ast.Call]]:
        found: list[Found] = []
        edits: list[tuple[int, int, str]] = []
        gone: list[ast.Call] = []
        statements = {id(one.value): one for one in ast.walk(self._tree) if isinstance(one, ast.Expr)}
        for call in sorted(_calls(self._tree), key=lambda one: (one.lineno, one.col_offset)):
            method = self._method(call)
            if method is None:
                found += self._pack(call)
                continue
            told, ready = self._suppressions(call, method)
            if any(one.why for one in told):
                told = [one if one.why else replace(one, why=_WHOLE) for one in told]
            elif ready is not None:
                try:
                    text = self._acknowledged(call, method, ready, statements.get(id(call)), approval)
                    edits.append((*self._span(call), text))
                    gone.append(call)
                except _ByHandError as error:
                    told = [replace(one, why=str(error)) for one in told]
            found += told
        return found, edits, gone

    # -- what is there -----------------------------------------------------------------------------------------

    def _method(self, call: ast.Call) -> str | None:
        named = call.func
        if not isinstance(named, ast.Attribute) or named.attr not in _METHODS:
            return None
        return named.attr if self._of_nag(named.value) == "NagSuppressions" else None

    def _of_nag(self, node: ast.expr) -> str | None:
        """Return which name of cdk_nag an expression is."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self._modules:
            return node.attr
        return None

    def _pack(self, call: ast.Call) -> list[Found]:
        """Tell of a pack that an aspect runs, as cdk-nag 2 has it."""
        name = self._of_nag(call.func)
        if name is None or not name.endswith("Checks") or call.args:
            return []
        why = "enforce_hipaa(app) runs cdk-nag's HIPAA pack; hand others to it: packs=[…(app)]."
        return [Found(self.name, call.lineno, name, why=why)]

    def _suppressions(self, call: ast.Call, method: str) -> tuple[list[Found], Sequence[_Suppression] | None]:
        given = _arguments(call, _METHODS[method])
        written = given.get("suppressions")
        if not isinstance(written, (ast.List, ast.Tuple)):
            return [self._by_hand(call, "?", "Its suppressions are not written here as a list.")], None
        told: list[Found] = []
        ready: list[_Suppression] = []
        for entry in written.elts:
            rule_id = "?"
            try:
                fields = self._fields(entry)
                rule_id = _text(fields.get("id"), "Its id is not written here.")
                reason = fields.get("reason")
                if reason is None:
                    raise _ByHandError("It has no reason.")
                ids, why = becomes(rule_id, self._applies_to(fields))
                if why:
                    raise _ByHandError(why)
            except _ByHandError as error:
                told.append(self._by_hand(entry, rule_id, str(error)))
                continue
            one = Found(self.name, entry.lineno, rule_id, ids, note=note_of(rule_id) if ids == (rule_id,) else "")
            if method == "add_resource_suppressions_by_path":
                one = self._on_path(one, given.get("path"), reason)
            elif method == "add_stack_suppressions" or not _is_true(given.get("apply_to_children")):
                wider = _STACK if method == "add_stack_suppressions" else _BELOW
                one = replace(one, note=" ".join(filter(None, (one.note, wider))))
            told.append(one)
            ready.append(_Suppression(entry, rule_id, reason, ids))
        return told, ready

    def _on_path(self, found: Found, path: ast.expr | None, reason: ast.expr) -> Found:
        why = "It names a path: an entry of the reviewed file does too. Take the call away."
        if isinstance(path, ast.Constant) and isinstance(path.value, str) and isinstance(reason, ast.Constant):
            return replace(found, why=why, path=path.value.lstrip("/"), reason=str(reason.value))
        return replace(found, why=why)

    def _by_hand(self, node: ast.expr, rule_id: str, why: str) -> Found:
        return Found(self.name, node.lineno, rule_id, why=why)

    def _fields(self, entry: ast.expr) -> Mapping[str, ast.expr]:
        if isinstance(entry, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else None for key in entry.keys]
            pairs = list(zip(keys, entry.values, strict=True))
        elif isinstance(entry, ast.Call) and self._of_nag(entry.func) == "NagPackSuppression" and not entry.args:
            pairs = [(keyword.arg, keyword.value) for keyword in entry.keywords]
        else:
            raise _ByHandError("It is not written here as a dict or a NagPackSuppression.")
        if any(not isinstance(key, str) for key, _ in pairs):
            raise _ByHandError("Some of it is put together elsewhere.")
        return {("applies_to" if key == "appliesTo" else str(key)): value for key, value in pairs}

    def _applies_to(self, fields: Mapping[str, ast.expr]) -> Sequence[str] | None:
        written = fields.get("applies_to")
        if written is None:
            return None
        if not isinstance(written, (ast.List, ast.Tuple)):
            raise _ByHandError("What it applies to is not written here as a list.")
        for one in written.elts:
            if isinstance(one, (ast.Dict, ast.Call)):
                raise _ByHandError(REGEX)
        return [_text(one, "What it applies to is not written here as text.") for one in written.elts]

    # -- what is written -----------------------------------------------------------------------------------------

    def _acknowledged(
        self,
        call: ast.Call,
        method: str,
        suppressions: Sequence[_Suppression],
        statement: ast.Expr | None,
        approval: Approval | None,
    ) -> str:
        if self._taken:
            raise _ByHandError("The name acknowledge is taken in this file.")
        if statement is None or not self._alone(statement):
            raise _ByHandError("The call is not a statement on lines of its own.")
        target = _arguments(call, _METHODS[method]).get(_METHODS[method][0])
        if target is None:
            raise _ByHandError("What it is about is not written here.")
        targets = target.elts if isinstance(target, (ast.List, ast.Tuple)) else [target]
        if any(isinstance(one, ast.Starred) for one in targets):
            raise _ByHandError("What it is about is put together elsewhere.")
        times = sum(len(one.ids) for one in suppressions)
        if times > 1 and any(_acts(one) for one in targets):
            raise _ByHandError("What it is about is made by a call, which would run more than once.")
        if approval is None:
            return ""
        indent = self._lines[statement.lineno - 1][: statement.col_offset].decode()
        kept = [*targets, *(one.reason for one in suppressions)]
        comments = self._comments(call, kept)
        lines: list[str] = []
        for number, one in enumerate(suppressions):
            last = number == len(suppressions) - 1
            end = self._offset(one.node.end_lineno or 0, one.node.end_col_offset or 0)
            # A comment at the end of an entry's line is about that entry.
            end = self._end_of_line(end)
            lines += [text for at, text in comments if last or at < end]
            comments = [] if last else [(at, text) for at, text in comments if at >= end]
            for construct in targets:
                lines += [
                    line
                    for rule_id in one.ids
                    for line in (
                        "acknowledge(",
                        f"    {self._segment(construct)},",
                        f"    {_quoted(rule_id)},",
                        f"    reason={self._segment(one.reason)},",
                        f"    approved_by={_quoted(approval.approved_by)},",
                        f"    expires={_quoted(approval.expires.isoformat())},",
                        ")",
                    )
                ]
        newline = "\r\n" if self._lines[0].endswith(b"\r\n") else "\n"
        return f"{newline}{indent}".join(lines)

    def _import_edits(self, gone: Sequence[ast.Call]) -> Iterator[tuple[int, int, str]]:
        """Take names away that only rewritten calls used, and import ``acknowledge`` beside them."""
        inside = {id(node) for call in gone for node in ast.walk(call)}
        used = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name)]
        before = {node.id for node in used if id(node) in inside}
        after = {node.id for node in used if id(node) not in inside}
        known = any(
            alias.name == "acknowledge" and node.module == "hipaa_constructs"
            for node in ast.walk(self._tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        )
        importing = [one for one in ast.walk(self._tree) if isinstance(one, ast.Import | ast.ImportFrom)]
        parents = {id(child): node for node in ast.walk(self._tree) for child in ast.iter_child_nodes(node)}
        # What is imported at the top is there below too; breadth first, the top comes first.
        has_it: set[ast.AST] = {self._tree} if known else set()
        for node in filter(_brings_nag, importing):
            known = not has_it.isdisjoint((self._tree, parents[id(node)]))
            has_it.add(parents[id(node)])
            if not self._alone(node):
                raise _ByHandError("The import of cdk_nag is not a statement on lines of its own.")
            start, end = self._span(node)
            indent = self._lines[node.lineno - 1][: node.col_offset].decode()
            newline = "\r\n" if self._lines[0].endswith(b"\r\n") else "\n"
            kept = [
                alias
                for alias in node.names
                if isinstance(node, ast.Import) or (alias.asname or alias.name) not in before - after
            ]
            if not kept:
                yield start, end, "" if known else _IMPORT
                continue
            for first, last in self._gaps(node.names, kept):
                # A comment between names may be about those that stay.
                if b"#" not in b"".join(self._lines)[first:last]:
                    yield first, last, ""
            if not known:
                yield end, end, f"{newline}{indent}{_IMPORT}"

    def _gaps(self, names: Sequence[ast.alias], kept: Sequence[ast.alias]) -> Iterator[tuple[int, int]]:
        """Return the spans of the names that go, each with the comma that goes with it."""
        for number, alias in enumerate(names):
            later = any(one in kept for one in names[number:])
            if alias not in kept and later:
                yield self._span(alias)[0], self._span(names[number + 1])[0]
        if names[-1] not in kept:
            yield self._span(kept[-1])[1], self._span(names[-1])[1]

    def _alone(self, node: ast.stmt) -> bool:
        before = self._lines[node.lineno - 1][: node.col_offset]
        after = self._lines[(node.end_lineno or 0) - 1][node.end_col_offset or 0 :]
        return not before.strip() and (not after.strip() or after.lstrip().startswith(b"#"))

    def _comments(self, call: ast.Call, kept: Sequence[ast.expr]) -> list[tuple[int, str]]:
        """Return the comments within a call, but those within what is kept of it."""
        start, end = self._span(call)
        spans = [self._span(node) for node in kept]
        found = []
        for token in tokenize.generate_tokens(io.StringIO(self.text, newline="").readline):
            if token.type == tokenize.COMMENT:
                at = self._offset(token.start[0], len(token.line[: token.start[1]].encode()))
                if start < at < end and not any(first <= at < last for first, last in spans):
                    found.append((at, token.string))
        return found

    def _edited(self, edits: Sequence[tuple[int, int, str]]) -> str:
        content = b"".join(self._lines)
        for start, end, text in sorted(edits, reverse=True):
            content = content[:start] + text.encode("utf-8", "surrogatepass") + content[end:]
        return content.decode("utf-8", "surrogatepass")

    def _segment(self, node: ast.expr) -> str:
        start, end = self._span(node)
        return b"".join(self._lines)[start:end].decode("utf-8", "surrogatepass")

    def _span(self, node: ast.expr | ast.stmt | ast.alias) -> tuple[int, int]:
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def _offset(self, line: int, column: int) -> int:
        return sum(map(len, self._lines[: line - 1])) + column

    def _end_of_line(self, offset: int) -> int:
        content = b"".join(self._lines)
        found = content.find(b"\n", offset)
        return found if found >= 0 else len(content)


def _imported(tree: ast.Module) -> tuple[Mapping[str, str], frozenset[str]]:
    """Return the names that stand for names of cdk_nag, and those that stand for the module."""
    names: dict[str, str] = {}
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "cdk_nag":
            names.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.Import):
            modules.update(alias.asname or alias.name for alias in node.names if alias.name == "cdk_nag")
    return names, frozenset(modules)


def _brings_nag(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "cdk_nag" and any(alias.name == "NagSuppressions" for alias in node.names)
    return any(alias.name == "cdk_nag" for alias in node.names)


def _binds(tree: ast.Module, name: str) -> bool:
    """Whether a module gives a name a meaning of its own."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            return True
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.arg) and node.arg == name:
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "hipaa_constructs":
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)) and name in {one.asname or one.name for one in node.names}:
            return True
    return False


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _arguments(call: ast.Call, names: Sequence[str]) -> Mapping[str, ast.expr]:
    given = dict(zip(names, call.args, strict=False))
    return given | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _text(node: ast.expr | None, why: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise _ByHandError(why)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _acts(node: ast.expr) -> bool:
    """Whether it may matter how often an expression is evaluated."""
    return any(
        isinstance(one, (ast.Await, ast.NamedExpr, ast.Yield))
        or (isinstance(one, ast.Call) and not (isinstance(one.func, ast.Attribute) and one.func.attr in _REPEATABLE))
        for one in ast.walk(node)
    )


def _quoted(text: str) -> str:
    # JSON's escapes are Python's too.
    return json.dumps(text, ensure_ascii=False)
