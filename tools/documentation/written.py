"""The pages that people write, and where each stands: tutorial, how-to, reference, explanation, project."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from hipaa_constructs.compliance import controls as catalogue
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.rule import PREFIX
from tools.documentation import constructs, controls, rules
from tools.documentation.book import ROOT, Book, Entry, Part, relative, title_of

# Documents beside docs/, and the pages that they become.
_BESIDE = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
_GENERATED = re.compile(r"<!-- Written by docs/generate\.py")
_SECTION = re.compile(r"^<!-- section: ([\w-]+) -->$", re.MULTILINE)
_SECTIONS = ("tutorial", "how-to", "reference", "explanation")
# What stands in fences, in code and in links already; then what may become a link.
_FENCE = re.compile(r"(^ *(?:```|~~~).*?^ *(?:```|~~~) *$)", re.MULTILINE | re.DOTALL)
_TOKEN = re.compile(
    r"(?P<comment>(?s:<!--.*?-->))|(?P<heading>^#+ .*$)|(?P<block>^    .*$)"
    r"|\[(?P<text>(?:[^\[\]\n]|`[^`\n]*`|\[[^\]\n]*\])*)\]\((?P<target>[^()\s]+(?:\([^()\s]*\))?[^()\s]*)\)"
    r"|`(?P<code>[^`\n]+)`|(?P<control>(?<![\w/#.-])164\.\d{3}(?:\([a-zA-Z0-9]+\))+)",
    re.MULTILINE,
)


def book() -> Book:
    """Gather and generate all pages, link them, and order them.

    :raises ValueError: a page has no title or no place, or links to what is not there.
    """
    made = Book()
    texts = _documents()
    for source, page in texts.items():
        made.sources[source] = page
        made.pages[page] = (ROOT / source).read_text("utf-8")
    # Its own title, the project's, is the site's.
    made.pages["overview.md"] = re.sub(r"\A# .+", "# Overview", made.pages["overview.md"])
    sections = {page: section_of(source, made.pages[page]) for source, page in texts.items()}
    examples = dict(_examples())
    made.pages |= examples
    made.sources |= {str(file.relative_to(ROOT)): f"examples/{name}.md" for name, file in _programs().items()}
    made.sources |= {"examples": "examples/index.md", "docs/decisions": "decisions/index.md"}
    made.pages |= {"decisions/index.md": _decisions(made), **rules.pages(), **constructs.pages()}
    made.pages |= controls.pages(made.pages["controls.md"])
    made.pages["controls.md"] = controls.overview(made.pages["controls.md"])
    made.navigation = _navigation(made, sections, list(examples))
    for source, page in (*texts.items(), *((page, page) for page in made.pages.keys() - set(texts.values()))):
        made.pages[page] = _linked(made, source, page)
    return made


def section_of(source: str, text: str) -> str:
    """Return the section that a document of docs/ stands in: what it says itself, or what its place says.

    :raises ValueError: it says a section that there is not, or its folder has none.
    """
    said = _SECTION.search(text)
    if said:
        if said[1] not in _SECTIONS:
            raise ValueError(f"{source}: section {said[1]}; there are {', '.join(_SECTIONS)}")
        return said[1]
    folder, _, name = source.rpartition("/")
    if folder == "":
        return "tutorial" if name == "README.md" else "project"
    if folder == "docs/decisions":
        return "decisions"
    if folder not in ("docs", "docs/guides", "docs/runbooks"):
        raise ValueError(f"{source}: {folder} has no section. Move it, or write <!-- section: how-to --> into it.")
    if source == "docs/index.md":
        return "home"
    return "reference" if _GENERATED.search(text) else "how-to"


def _documents() -> Mapping[str, str]:
    found = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.md"))
    return {**_BESIDE, **{source: source.removeprefix("docs/") for source in found}}


def _decisions(book: Book) -> str:
    records = sorted(page for page in book.pages if page.startswith("decisions/"))
    listed = [f"- [{book.title(page)}]({posixpath.basename(page)})" for page in records]
    return "\n".join(["# Decision records", "", "What is hard to undo, and why it was decided so.", "", *listed, ""])


def _programs() -> Mapping[str, Path]:
    """Return the apps among the examples by name: files, and folders with an ``app.py``."""
    folder = ROOT / "examples"
    files = {file.stem: file for file in sorted(folder.glob("*.py"))}
    return dict(sorted({**files, **{file.parent.name: file for file in folder.glob("*/app.py")}}.items()))


def _examples() -> Iterator[tuple[str, str]]:
    pages = {}
    for name, file in _programs().items():
        docstring, _, code = file.read_text("utf-8").removeprefix('"""').partition('"""')
        title, place = f"Example: {name.replace('_', ' ')}", file.relative_to(ROOT / "examples")
        page = [f"# {title}", "", docstring.strip(), "", f"It is `{place}` in the folder of examples.", ""]
        page += ["```python", code.strip(), "```", ""]
        # What lies beside the app of a folder.
        for beside in sorted(file.parent.glob("*.yaml")) if file.stem == "app" else ():
            page += [f"`{beside.name}`:", "", "```yaml", beside.read_text("utf-8").strip(), "```", ""]
        pages[f"examples/{name}.md"] = "\n".join(page)
    listed = [f"- [{title_of(text, page)}]({posixpath.basename(page)})" for page, text in pages.items()]
    index = ["# Examples", "", "Small apps, each of which the tests run through the gate.", "", *listed, ""]
    yield "examples/index.md", "\n".join(index)
    yield from pages.items()


def _navigation(book: Book, sections: Mapping[str, str], examples: Sequence[str]) -> Sequence[Part]:
    def of(section: str) -> list[str]:
        found = [page for page, one in sections.items() if one == section]
        return sorted(found, key=lambda page: (page.count("/"), book.title(page).casefold()))

    how_to = of("how-to")
    runbooks = Part("Runbooks", [page for page in how_to if page.startswith("runbooks/")])
    records = Part("Decision records", ["decisions/index.md", *sorted(of("decisions"))])
    reference: list[Entry] = [constructs.part(), rules.part(), controls.part()]
    apart = {page for one in reference if isinstance(one, Part) for page in one.pages()}
    return [
        Part("Home", of("home")),
        Part("Start", sorted(of("tutorial"), key=lambda page: page != "tutorial.md")),
        Part(
            "How-to", [*(page for page in how_to if page not in runbooks.entries), runbooks, Part("Examples", examples)]
        ),
        Part("Reference", [*reference, *(page for page in of("reference") if page not in apart)]),
        Part("Explanation", [*of("explanation"), records]),
        Part("Project", of("project")),
    ]


def _linked(book: Book, source: str, page: str) -> str:
    names = _names(book)

    def replaced(found: re.Match[str]) -> str:
        whole = found[0]
        if found["target"] is not None:
            return f"[{found['text']}]({_target(book, source, page, found['target'])})"
        if found["code"] is not None:
            # A call is named, too.
            target = names.get(found["code"].rstrip("/").partition("(")[0])
            if target is None or target == page:
                return whole
            shown = book.title(target) if target in book.sources.values() else f"`{found['code']}`"
            return f"[{shown}]({_there(page, target)})"
        if found["control"] is not None and found["control"] in catalogue.controls():
            target = controls.page_of(found["control"])
            return whole if target == page else f"[{whole}]({_there(page, target)})"
        return whole

    parts = _FENCE.split(book.pages[page])
    return "".join(
        # A console is shown as what a prompt answers; ours are commands.
        part.replace("```console", "```shell") if number % 2 else _TOKEN.sub(replaced, part)
        for number, part in enumerate(parts)
    )


def _names(book: Book) -> Mapping[str, str]:
    """Return where what pages name in code stands: documents, rules, constructs."""
    named = {rule.name: rules.page_of(rule.name) for rule in every_rule()}
    named |= {f"{PREFIX}{name}": page for name, page in named.items()}
    return {**named, **constructs.places(), **book.sources}


def _there(page: str, target: str) -> str:
    path, mark, anchor = target.partition("#")
    return f"{relative(page, path) if path != page else ''}{mark}{anchor}"


def _target(book: Book, source: str, page: str, target: str) -> str:
    address = urlsplit(target)
    if address.scheme:
        return target
    if not address.path:
        return target
    anchor = f"#{address.fragment}" if address.fragment else ""
    if source == page:
        # A generated page, which links within the site.
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), address.path))
        if path not in book.pages:
            raise ValueError(f"{page} links to {target}, which is not there")
        return target
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), address.path))
    if path in book.sources:
        return f"{relative(page, book.sources[path])}{anchor}"
    file = ROOT / path
    if not file.is_file():
        raise ValueError(f"{source} links to {target}, which is not there")
    # What is no page goes along as it is.
    path = path.removeprefix("docs/") if path.startswith("docs/") else f"files/{path.removeprefix('.')}"
    book.files[path] = file
    return f"{relative(page, path)}{anchor}"
