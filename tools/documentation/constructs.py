"""A page for each room of constructs, from signatures and docstrings as they stand in the source."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import hipaa_constructs
from tools.documentation.book import ROOT, Part, table
from tools.documentation.rules import prose

_FIELD = re.compile(r"^:(\w+)(?: ([^:]*))?: ?", re.MULTILINE)
# What a room is called, where its folder's name does not say it.
_ROOMS = {"compliance": "The gate", "defaults": "Secure defaults for plain constructs", "testing": "Testing"}
_ORDER = ["compliance", "defaults"]
Definition = ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring taken apart: what it says, and its fields."""

    text: str
    arguments: Mapping[str, str]
    returns: str
    raises: Sequence[tuple[str, str]]


def taken_apart(docstring: str) -> Docstring:
    """Take a docstring with fields such as ``:param name: …`` apart.

    :raises ValueError: a field that is not known here, which would be lost.
    """
    cleaned = inspect.cleandoc(docstring)
    found = list(_FIELD.finditer(cleaned))
    arguments: dict[str, str] = {}
    returns, raises = "", []
    for number, this in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(cleaned)
        about = inspect.cleandoc(cleaned[this.end() : end])
        if this[1] == "param":
            arguments[this[2]] = about
        elif this[1] == "raises":
            raises.append((this[2], about))
        elif this[1] in ("return", "returns"):
            returns = about
        else:
            raise ValueError(f"a docstring has a field that the reference does not know: {this[0]}")
    text = cleaned[: found[0].start()] if found else cleaned
    return Docstring(text.strip(), arguments, returns, raises)


def pages() -> Mapping[str, str]:
    """Return the page of each room by its path."""
    return {_path(room): _page(room, names) for room, names in _rooms().items()}


def part() -> Part:
    """Return the constructs as a part of the navigation."""
    return Part("Constructs", [_path(room) for room in _rooms()])


def places() -> Mapping[str, str]:
    """Return where each public name, and each method of one, stands: its page, and its heading there."""
    found = {}
    for room, names in _rooms().items():
        for name in names:
            node = _definition(name)
            methods = _methods(node) if isinstance(node, ast.ClassDef) else []
            for heading in (name, *(f"{name}.{method.name}" for method in methods)):
                found[heading] = f"{_path(room)}#{heading.lower().replace('.', '')}"
    return found


def _path(room: str) -> str:
    return f"reference/constructs/{room}.md"


def _rooms() -> Mapping[str, Sequence[str]]:
    rooms: dict[str, list[str]] = {room: [] for room in _ORDER}
    for name in hipaa_constructs.__all__:
        rooms.setdefault(_module(name).split(".")[0], []).append(name)
    return {room: rooms[room] for room in [*_ORDER, *sorted(set(rooms) - set(_ORDER))]}


def _module(name: str) -> str:
    return hipaa_constructs._MODULES[name]


def _definition(name: str) -> Definition:
    file = ROOT / "hipaa_constructs" / f"{_module(name).replace('.', '/')}.py"
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node
    raise ValueError(f"{file.name} defines no {name}")


def _page(room: str, names: Sequence[str]) -> str:
    lines = [f"# {_ROOMS.get(room, room.capitalize())}", ""]
    for name in names:
        lines += [f"## {name}", "", *_described(_definition(name), name)]
    return "\n".join(lines)


def _described(node: Definition, name: str) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        yield from _function(node, name)
        return
    functions = [one for one in node.body if isinstance(one, ast.FunctionDef)]
    docstring = taken_apart(ast.get_docstring(node) or "")
    maker = next((one for one in functions if one.name == "__init__"), None)
    yield from _code(f"from hipaa_constructs import {name}\n\n{_signature(maker, name)}" if maker else _values(node))
    yield from (prose(docstring.text), "")
    if maker:
        yield from _arguments(maker, docstring)
    yield from _raised(docstring)
    attributes = [one for one in functions if _is(one, "property") and not one.name.startswith("_")]
    if attributes:
        yield from ("**Attributes**", "")
        yield from table(
            ["attribute", "type", "what it is"],
            [
                [f"`{one.name}`", f"`{ast.unparse(one.returns)}`" if one.returns else "", _cell(_documented(one))]
                for one in attributes
            ],
        )
        yield ""
    for method in _methods(node):
        yield from (f"### {name}.{method.name}", "", *_function(method, f"{name}.{method.name}"))


def _methods(node: ast.ClassDef) -> Sequence[ast.FunctionDef]:
    return [
        one
        for one in node.body
        if isinstance(one, ast.FunctionDef)
        and not one.name.startswith("_")
        and not any(ast.unparse(mark).endswith(("property", ".setter")) for mark in one.decorator_list)
    ]


def _function(node: ast.FunctionDef, name: str) -> Iterator[str]:
    docstring = taken_apart(ast.get_docstring(node) or "")
    yield from _code(_signature(node, name))
    yield from (prose(docstring.text), "")
    yield from _arguments(node, docstring)
    if docstring.returns:
        yield from (f"Returns {docstring.returns}", "")
    yield from _raised(docstring)


def _code(text: str) -> Sequence[str]:
    return ["```python", text, "```", ""]


def _values(node: ast.ClassDef) -> str:
    """Return a class that has no ``__init__`` of its own, as it is written, without docstrings and methods."""
    kept = [one for one in node.body if isinstance(one, ast.Assign | ast.AnnAssign)]
    bases = f"({', '.join(ast.unparse(base) for base in node.bases)})" if node.bases else ""
    return "\n".join([f"class {node.name}{bases}:", *(f"    {ast.unparse(one)}" for one in kept)])


def _signature(node: ast.FunctionDef, name: str) -> str:
    own = node.args.args[: 0 if _is(node, "staticmethod") else 1]
    own = own if own and own[0].arg in ("self", "cls") else []
    positional = node.args.args[len(own) :]
    defaults: list[ast.expr | None] = [None] * (len(node.args.args) - len(node.args.defaults))
    shown = [
        _argument(one, default)
        for one, default in zip(positional, [*defaults, *node.args.defaults][len(own) :], strict=True)
    ]
    if node.args.vararg:
        shown.append(f"*{_argument(node.args.vararg, None)}")
    elif node.args.kwonlyargs:
        shown.append("*")
    shown += [_argument(*pair) for pair in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]
    if node.args.kwarg:
        shown.append(f"**{_argument(node.args.kwarg, None)}")
    returned = f" -> {ast.unparse(node.returns)}" if node.returns and node.name != "__init__" else ""
    line = f"{name}({', '.join(shown)}){returned}"
    if len(line) <= 80:
        return line
    return "\n".join([f"{name}(", *(f"    {one}," for one in shown), f"){returned}"])


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    annotation = f": {ast.unparse(argument.annotation)}" if argument.annotation else ""
    if default is None:
        return f"{argument.arg}{annotation}"
    return f"{argument.arg}{annotation}{' = ' if annotation else '='}{ast.unparse(default)}"


def _arguments(node: ast.FunctionDef, docstring: Docstring) -> Iterator[str]:
    every = [*node.args.args, *node.args.kwonlyargs, *filter(None, [node.args.vararg, node.args.kwarg])]
    types = {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in every}
    if strange := docstring.arguments.keys() - types.keys():
        raise ValueError(f"{node.name}: a docstring tells of arguments that are not there: {', '.join(strange)}")
    if docstring.arguments:
        rows = [[f"`{name}`", f"`{types[name]}`", _cell(about)] for name, about in docstring.arguments.items()]
        yield from (*table(["argument", "type", "what it is"], rows), "")


def _raised(docstring: Docstring) -> Iterator[str]:
    for error, about in docstring.raises:
        yield from (f"**Raises** `{error}`: {' '.join(prose(about).split())}", "")


def _documented(node: ast.FunctionDef) -> str:
    return taken_apart(ast.get_docstring(node) or "").text


def _cell(text: str) -> str:
    return prose(text).replace("|", "\\|")


def _is(node: ast.FunctionDef, decorator: str) -> bool:
    return any(ast.unparse(one) == decorator for one in node.decorator_list)
