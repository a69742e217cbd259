"""Where code of Python writes the whole event of its handler to the log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from hipaa_constructs.compliance.facts.event_parts import HOLDS_DATA

_LOGGER = re.compile(r"log", re.IGNORECASE)
# What comes through by default, and what does once somebody lets it: docs.python.org/3/library/logging.html.
_ALWAYS = frozenset({"critical", "error", "exception", "fatal", "warn", "warning"})
_LET = frozenset({"info", "log"})
_LETS = re.compile(r"\b(setLevel|basicConfig|Logger)\s*\(|\bpowertools\b")
# What gives the same data in another form.
_SAME = frozenset(
    {"b64decode", "copy", "decode", "decompress", "deepcopy", "dict", "dumps", "loads", "pformat", "repr", "str"}
)


def line_that_logs_event(code: str, handler: str) -> int | None:
    """Return the line in which a handler logs its event, or a part that holds what it was sent; None if in none.

    :param handler: the name of the function that Lambda calls.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return None
    lets = _LETS.search(code) is not None
    functions = [one for one in tree.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
    found = next((one for one in functions if one.name == handler and one.args.args), None)
    if found is None:
        return None
    if any(_logs_by_itself(decorator) for decorator in found.decorator_list):
        return found.lineno
    return next(_Handler(found.args.args[0].arg, lets).lines(found.body), None)


def _logs_by_itself(decorator: ast.expr) -> bool:
    """Whether Powertools logs the event: docs.powertools.aws.dev/lambda/python/latest/core/logger."""
    return isinstance(decorator, ast.Call) and any(
        one.arg == "log_event" and isinstance(one.value, ast.Constant) and one.value.value is True
        for one in decorator.keywords
    )


class _Handler:
    """The body of a handler, with the names that stand for what it was sent."""

    def __init__(self, event: str, lets: bool) -> None:
        self._names = {event}
        self._lets = lets

    def lines(self, body: Sequence[ast.stmt]) -> Iterator[int]:
        for statement in body:
            yield from self._statement(statement)

    def _statement(self, statement: ast.stmt) -> Iterator[int]:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._assign(target, statement.value)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            self._assign(statement.target, statement.iter)
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                yield from self._statement(child)
            elif isinstance(child, ast.ExceptHandler):
                yield from self.lines(child.body)
            elif isinstance(child, ast.expr):
                calls = (one for one in ast.walk(child) if isinstance(one, ast.Call))
                yield from (one.lineno for one in calls if self._logs(one))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            (self._names.add if self._holds(value) else self._names.discard)(target.id)

    def _logs(self, call: ast.Call) -> bool:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        return self._is_log(call.func) and any(map(self._holds, given))

    def _is_log(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Name):
            return function.id in ("print", "pprint")
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, (ast.Name, ast.Attribute)):
            return False
        name = function.value.id if isinstance(function.value, ast.Name) else function.value.attr
        levels = _ALWAYS | _LET if self._lets else _ALWAYS
        return function.attr in levels and _LOGGER.search(name) is not None

    def _holds(self, value: ast.expr) -> bool:
        """Whether a value is the event, or a part that holds what was sent, in whatever form."""
        if isinstance(value, ast.Name):
            return value.id in self._names
        if isinstance(value, ast.JoinedStr):
            return any(isinstance(one, ast.FormattedValue) and self._holds(one.value) for one in value.values)
        if isinstance(value, ast.BinOp):
            return isinstance(value.op, (ast.Add, ast.Mod)) and (self._holds(value.left) or self._holds(value.right))
        if isinstance(value, (ast.Tuple, ast.List)):
            return any(map(self._holds, value.elts))
        if isinstance(value, ast.Dict):
            return any(map(self._holds, value.values))
        if isinstance(value, ast.BoolOp):
            return any(map(self._holds, value.values))
        if isinstance(value, ast.IfExp):
            return self._holds(value.body) or self._holds(value.orelse)
        if isinstance(value, ast.Subscript):
            return self._holds(value.value) and _is_of_data(value.slice)
        return isinstance(value, ast.Call) and self._made(value)

    def _made(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Name):
            return call.func.id in _SAME and any(map(self._holds, call.args[:1]))
        if not isinstance(call.func, ast.Attribute):
            return False
        if call.func.attr == "format":
            return any(map(self._holds, [*call.args, *(keyword.value for keyword in call.keywords)]))
        if call.func.attr == "get":
            return self._holds(call.func.value) and bool(call.args) and _is_of_data(call.args[0])
        # What it is called of, as event.copy(), or with, as json.dumps(event).
        return call.func.attr in _SAME and any(map(self._holds, (call.func.value, *call.args[:1])))


def _is_of_data(key: ast.expr) -> bool:
    """Whether a key is of a part that holds what was sent; a number is of one of several such parts."""
    return isinstance(key, ast.Constant) and (isinstance(key.value, int) or key.value in HOLDS_DATA)
