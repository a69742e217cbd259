"""The documentation site: its pages before they are built, and the check of what was built."""

from __future__ import annotations

import ast
import posixpath
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import hipaa_constructs
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.controls import controls as entries
from hipaa_constructs.compliance.rule import Rule
from tests.documents import anchors, links
from tools.documentation import constructs, controls, rules
from tools.documentation.__main__ import main, stage
from tools.documentation.book import Book
from tools.documentation.built import faults
from tools.documentation.written import book, section_of

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.md"))


@pytest.fixture(scope="module")
def made() -> Book:
    return book()


# -- pages -----------------------------------------------------------------------------------------------------


def test_every_document_and_every_page_stands_in_the_navigation_once(made: Book) -> None:
    listed = Counter(page for part in made.navigation for page in part.pages())
    assert set(listed) == set(made.pages)
    assert {page for page, count in listed.items() if count > 1} == set()
    assert {made.sources[document] for document in DOCUMENTS} <= set(listed)
    assert {"overview.md", "changelog.md", "contributing.md", "security.md"} <= set(listed)


def test_the_parts_of_the_navigation_hold_what_they_say(made: Book) -> None:
    parts = {part.title: part.pages() for part in made.navigation}
    assert list(parts) == ["Home", "Start", "How-to", "Reference", "Explanation", "Project"]
    assert parts["Home"] == ["index.md"]
    assert parts["Start"] == ["tutorial.md", "overview.md"]
    assert {"ci.md", "runbook.md", "testing.md", "examples/clinic_records.md"} <= set(parts["How-to"])
    assert {"rules.md", "controls.md", "preflight.md", "regions.md", "secure-defaults.md"} <= set(parts["Reference"])
    assert parts["Explanation"][:3] == ["architecture.md", "scale.md", "decisions/index.md"]
    titles = Counter(made.title(page) for page in made.pages)
    assert {title for title, count in titles.items() if count > 1} == set()


def test_documents_find_their_section_by_place_and_by_their_own_word() -> None:
    assert section_of("docs/decisions/0099-some.md", "# 99. Some") == "decisions"
    assert section_of("docs/guides/existing-app.md", "# An app") == "how-to"
    assert section_of("docs/hook.md", "# The hook") == "how-to"
    assert section_of("docs/rules.md", "# Rules\n\n<!-- Written by docs/generate.py; change … -->\n") == "reference"
    assert section_of("docs/threats.md", "# Threats\n\n<!-- section: explanation -->\n") == "explanation"
    with pytest.raises(ValueError, match=r"docs/new/page\.md: docs/new has no section"):
        section_of("docs/new/page.md", "# New")
    with pytest.raises(ValueError, match="section explanations; there are tutorial, how-to, reference, explanation"):
        section_of("docs/threats.md", "<!-- section: explanations -->")


def test_every_link_and_anchor_leads_somewhere(made: Book) -> None:
    known = {page: anchors(text) for page, text in made.pages.items()}
    count = 0
    for page, text in made.pages.items():
        for target in links(text):
            path, _, anchor = target.partition("#")
            there = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
            assert there in made.pages or there in made.files, f"{page} links to {target}"
            assert not anchor or anchor in known[there], f"{page} links to {target}"
            count += 1
    assert count > 2000
    assert {"schema/report.schema.json", "ci/github.yml", "ci/gitlab.yml"} <= made.files.keys()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the pages are gathered from, to add to."""
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "app.py", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr("tools.documentation.written.ROOT", tmp_path)
    return tmp_path


def test_a_new_document_stands_in_the_site_by_itself(elsewhere: Path) -> None:
    guide = elsewhere / "docs" / "guides" / "new.md"
    guide.parent.mkdir(exist_ok=True)
    guide.write_text(
        "# A new guide\n\nSee [it](../rules.md#cdk-nags-hipaa-pack), [the example](../../examples/patient_portal.py),\n"
        "[all](../../examples), [the app](../../app.py), [ignored](../../.gitignore), `KeyRotated` and 164.312(b).\n"
    )
    made = book()
    assert made.pages["guides/new.md"] == (
        "# A new guide\n\nSee [it](../rules.md#cdk-nags-hipaa-pack), [the example](../examples/patient_portal.md),\n"
        "[all](../examples/index.md), [the app](../files/app.py), [ignored](../files/gitignore), "
        "[`KeyRotated`](../reference/rules/KeyRotated.md) and [164.312(b)](../reference/controls/164-312-b.md).\n"
    )
    assert {"files/app.py", "files/gitignore"} <= made.files.keys()
    (how_to,) = [part for part in made.navigation if part.title == "How-to"]
    assert "guides/new.md" in how_to.pages()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# New\n\nSee [that](nowhere.md).\n", r"docs/new\.md links to nowhere\.md, which is not there"),
        ("# New\n\nSee [a folder](ci).\n", r"docs/new\.md links to ci, which is not there"),
        ("No title.\n", r"new\.md: a page begins with its title"),
    ],
)
def test_a_document_that_cannot_stand_in_the_site_is_refused(elsewhere: Path, text: str, said: str) -> None:
    (elsewhere / "docs" / "new.md").write_text(text)
    with pytest.raises(ValueError, match=said):
        book()


def test_names_in_code_become_links_and_code_in_blocks_stays(made: Book) -> None:
    overview = made.pages["overview.md"]
    assert "[`KmsRotatedKey`](reference/constructs/primitives.md#kmsrotatedkey) | a customer key" in overview
    assert "[Rules](rules.md) lists them" in overview
    assert "[`enforce_hipaa(app)`](reference/constructs/compliance.md#enforce_hipaa) registers" in overview
    assert "from hipaa_constructs import BackupPlan, EncryptedBucket, KmsRotatedKey" in overview
    assert (
        "| [`HIPAA.Constructs-KeyRotated`](reference/rules/KeyRotated.md) | error | KMS keys rotate automatically | "
        "`KMS::Key` | [164.312(a)(2)(iv)](reference/controls/164-312-a-2-iv.md) |"
    ) in made.pages["rules.md"]
    # A page does not link to itself.
    assert "](KeyRotated.md" not in made.pages["reference/rules/KeyRotated.md"]


# -- rules and controls ----------------------------------------------------------------------------------------


def test_every_rule_has_a_page_that_says_all_of_it(made: Book) -> None:
    for rule in every_rule():
        page = made.pages[rules.page_of(rule.name)]
        assert f"**{rule.title}.**" in page
        assert rules.plain(rule.fix) in page
        for control in rule.controls:
            assert (
                f"- [{control}](../controls/{Path(controls.page_of(control)).name}) {entries()[control].title}\n"
                in page
            )
        if not isinstance(rule, Rule):
            continue
        assert "\n## What it asks\n" in page
        for kind in rule.resource_types:
            assert kind == "*" or f"\n### {kind}\n" in page
            if fix := rule.fix_of(kind):
                for said in (fix.in_cloudformation(), fix.in_cdk()):
                    assert _bare(said) in _bare(page), (rule.name, kind)


def _bare(text: str) -> str:
    """Return a text without marks and spaces."""
    return "".join(re.sub(r"\]\([^()\s]*\)|[\\`*\[\]]", "", text).split())


def test_a_rule_shows_what_complies_and_what_does_not() -> None:
    page = rules.pages()[rules.page_of("KeyRotated")]
    shown = re.findall(r'```yaml title="([\w-]+)"\n(.*?)```', page, re.DOTALL)
    assert [title for title, _ in shown] == ["Compliant", "Non-compliant"]
    (passing, failing) = (yaml.safe_load(text)["Resources"]["Subject"]["Properties"] for _, text in shown)
    assert passing["EnableKeyRotation"] is True
    assert not failing.get("EnableKeyRotation")
    assert "**CDK:** `kms.Key(enable_key_rotation=True)`." in page
    assert "| cdk-nag, HIPAA pack | `KMSBackingKeyRotationEnabled` |" in page
    assert "- **Not applicable:** asymmetric" in page


def test_addresses_that_a_docstring_breaks_are_whole() -> None:
    text = "It is so (docs.aws.amazon.com:\nS3/latest/a-b.html). And\ndocs.aws.amazon.com/x/\ny-\nz.html too."
    assert rules.prose(text) == (
        "It is so ([docs.aws.amazon.com/S3/latest/a-b.html](https://docs.aws.amazon.com/S3/latest/a-b.html)). "
        "And\n[docs.aws.amazon.com/x/y-z.html](https://docs.aws.amazon.com/x/y-z.html) too."
    )


def test_every_control_has_a_page_with_its_rules(made: Book) -> None:
    assert len({controls.page_of(name).lower() for name in entries()}) == len(entries()) == 69
    for control in entries().values():
        page = made.pages[controls.page_of(control.id)]
        assert page.startswith(f"# {control.id} {control.title}\n")
        for rule in every_rule():
            listed = f"| [`{rule.name}`](../rules/{rule.name}.md) | {rule.severity} | {rule.title} |"
            assert (listed in page) is (control.id in rule.controls), (control.id, rule.name)
        assert f"| [{control.id}]({controls.page_of(control.id)}) | {control.title} |" in made.pages["controls.md"]
    assert "\n## Sources\n" in made.pages["controls.md"]


# -- constructs ------------------------------------------------------------------------------------------------


def test_every_public_name_is_described_with_all_its_arguments(made: Book) -> None:
    places = constructs.places()
    assert {name for name in places if "." not in name} == set(hipaa_constructs.__all__)
    for name in hipaa_constructs.__all__:
        page, anchor = places[name].split("#")
        section = re.split(r"^## ", made.pages[page].partition(f"\n## {name}\n")[2], flags=re.MULTILINE)[0]
        assert anchor in anchors(made.pages[page])
        docstring = constructs.taken_apart(ast.get_docstring(constructs._definition(name)) or "")
        assert docstring.text.split("\n")[0].replace("``", "`").split("`")[0] in section
        for argument in docstring.arguments:
            assert re.search(rf"\| `{argument}` \| \[?`", section), (name, argument)
        for error, _ in docstring.raises:
            assert f"**Raises** `{error}`: " in section, (name, error)
    pages = [text for page, text in made.pages.items() if page.startswith("reference/constructs/")]
    prose = re.sub(r"```.*?```", "", "\n".join(pages), flags=re.DOTALL)
    assert not re.search(r"``|^\s*:(param|raises|return)", prose, re.MULTILINE)


def test_arguments_attributes_and_methods_are_told(made: Book) -> None:
    page = made.pages["reference/constructs/storage.md"]
    assert "    encryption_key: kms.IKey | None = None,\n" in page
    assert "| `bucket_name` | `str | None` | a fixed name. Default: CloudFormation makes one" in page
    assert "| `locked` | `bool` | Whether the bucket has Object Lock. |" in page
    assert "### EncryptedBucket.replica\n" in page
    assert "EncryptedBucket.grant_read(\n    identity: iam.IGrantable,\n    *,\n" in page
    assert "_deny_writes" not in page
    # What a docstring says of a method leads there, and within the page too.
    assert "with [`EncryptedBucket.replica`](#encryptedbucketreplica)" in page


def test_a_docstring_is_taken_apart() -> None:
    taken = constructs.taken_apart(
        """Make it.

        More of it: with colons.

        :param one: what it is,
            and more.
        :param two: short.
        :returns: what was made.
        :raises ValueError: it cannot be.
        """
    )
    assert taken.text == "Make it.\n\nMore of it: with colons."
    assert {name: " ".join(text.split()) for name, text in taken.arguments.items()} == {
        "one": "what it is, and more.",
        "two": "short.",
    }
    assert (taken.returns, taken.raises) == ("what was made.", [("ValueError", "it cannot be.")])
    with pytest.raises(ValueError, match=":type one: "):
        constructs.taken_apart("Make it.\n\n:type one: int")


def test_a_docstring_may_not_tell_of_arguments_that_are_not_there() -> None:
    (function,) = ast.parse('def make(one: int) -> None:\n    """Make.\n\n    :param two: it.\n    """').body
    assert isinstance(function, ast.FunctionDef)
    with pytest.raises(ValueError, match="make: a docstring tells of arguments that are not there: two"):
        list(constructs._described(function, "make"))


# -- what the builder gets -------------------------------------------------------------------------------------


def test_what_the_builder_gets_is_whole_and_asks_nothing_of_the_network(made: Book, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "old.md").touch()
    stage(tmp_path / "site", made)
    pages = tmp_path / "site" / "pages"
    written = {file.relative_to(pages).as_posix() for file in pages.rglob("*") if file.is_file()}
    assert written == {*made.pages, *made.files, "iframe-worker.js", "site.css"}
    assert not (tmp_path / "site" / "old.md").exists()
    text = (tmp_path / "site" / "mkdocs.yml").read_text()
    settings = yaml.safe_load(re.sub(r"!!python.*", "named", text))
    assert "http" not in text
    assert settings["theme"]["font"] is False
    assert settings["extra"] == {"generator": False, "polyfills": ["iframe-worker.js"]}
    assert (settings["docs_dir"], settings["site_dir"]) == ("pages", "built")
    assert set(_pages(settings["nav"])) == set(made.pages)
    assert settings["nav"][0] == {"Home": "index.md"}


def _pages(entry: Any) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    inner = entry.values() if isinstance(entry, Mapping) else entry
    return [page for one in inner for page in _pages(one)]


# -- what was built --------------------------------------------------------------------------------------------

PAGE = '<html lang="en"><head>{head}</head><body><h1 id="top">Page</h1><h2 id="part">Part</h2>{body}</body></html>'


def site(folder: Path, head: str = "", body: str = "", sheet: str = "") -> Path:
    (folder / "sub").mkdir()
    (folder / "index.html").write_text(PAGE.format(head=head, body=body))
    (folder / "sub" / "other.html").write_text(PAGE.format(head="", body='<a href="../index.html#part">up</a>'))
    (folder / "site.css").write_text(sheet)
    return folder


def test_a_site_that_is_whole_has_no_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = '<link rel="stylesheet" href="site.css"><style>p { background: url(data:image/png;base64,x) }</style>'
    body = (
        '<a href="sub/other.html#top">other</a><a href="#part">part</a><a href="https://www.ecfr.gov/x">rule</a>'
        '<a href="mailto:security@clinic.example">mail</a><h3>More</h3><h2>Last</h2>'
    )
    assert faults(site(tmp_path, head, body, "a { background: url(site.css) }")) == []
    (tmp_path / "404.html").write_text(
        PAGE.format(head='<link href="/site.css">', body='<a href="/sub/other.html">o</a>')
    )
    assert main(["check", str(tmp_path)]) == 0
    assert "3 pages in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"head": '<script src="https://cdn.example/x.js"></script>'}, "index.html: asks https://cdn.example/x.js"),
        ({"head": '<link rel="preconnect" href="//fonts.example">'}, "index.html: asks //fonts.example"),
        ({"head": "<style>@import 'https://x.example/a.css';</style>"}, "index.html: asks https://x.example/a.css"),
        ({"body": '<p style="background: url(http://x.example/a.png)">'}, "index.html: asks http://x.example/a.png"),
        ({"sheet": 'a { src: url("https://x.example/f.woff2") }'}, "site.css: asks https://x.example/f.woff2"),
        ({"body": '<img src="gone.png" alt="">'}, "index.html: links to gone.png, which is not there"),
        ({"body": '<img src="site.css">'}, "index.html: an image says nothing to who does not see it: site.css"),
        ({"body": '<a href="gone.html">x</a>'}, "index.html: links to gone.html, which is not there"),
        ({"body": '<a href="../up.html">x</a>'}, "index.html: links to ../up.html, which is not there"),
        (
            {"body": '<a href="sub/other.html#no">x</a>'},
            "index.html: links to sub/other.html#no, which has no such anchor",
        ),
        ({"body": '<a href="#no">x</a>'}, "index.html: links to #no, which has no such anchor"),
        (
            {"body": '<a href="http://x.example">x</a>'},
            "links to http://x.example, which is neither https nor in the site",
        ),
        ({"body": "<h1>Two</h1>"}, "index.html: has 2 headings of the first level"),
        ({"body": "<h4>Deep</h4>"}, "index.html: a heading of level 4 follows one of level 2"),
        ({"body": '<pre class="mermaid">'}, "index.html: has mermaid, for which scripts fetch"),
        ({"head": '<meta http-equiv="refresh" content="0">'}, "index.html: sends readers on"),
    ],
)
def test_each_fault_of_a_built_site_is_found(
    given: dict[str, str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = site(tmp_path, **given)
    (found,) = faults(folder)
    assert found.endswith(said)
    assert main(["check", str(folder)]) == 1
    assert said in capsys.readouterr().err


def test_a_folder_without_pages_is_a_fault_and_other_commands_are_refused(tmp_path: Path) -> None:
    assert faults(tmp_path) == [f"{tmp_path} holds no pages"]
    assert main(["build", str(tmp_path)]) == 2
