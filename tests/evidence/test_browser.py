"""The report in a real browser; where the machine has no Chromium and chromedriver these tests are skipped."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs import enforce_hipaa
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.html_report import as_html
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.landing_zone import LandingZone, load_config
from tests.evidence.conftest import TODAY, new_app, synthesize

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver import Chrome, ChromeOptions, ChromeService  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.select import Select  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="no Chromium with chromedriver on this machine")
_FLAGS = (
    "--headless=new --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --force-prefers-reduced-motion"
)
_ROWS = "#matrix tr[data-control]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = BROWSER
    # Chromium's sandbox does not start for root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    for flag in [*_FLAGS.split(), *sandbox]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with Chrome(options=options, service=ChromeService(DRIVER)) as chrome:
        yield chrome


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, clinic: Evidence) -> str:
    attested = dataclasses.replace(clinic.attestations[0], evidence="https://wiki.clinic.example/baa")
    file = tmp_path_factory.mktemp("browser") / "report.html"
    file.write_text(as_html(dataclasses.replace(clinic, attestations=[attested, *clinic.attestations[1:]])), "utf-8")
    return file.as_uri()


@pytest.fixture
def page(browser: Chrome, address: str) -> Iterator[Chrome]:
    """The page, freshly opened at desktop width; no test may leave an error in the console."""
    resize(browser, 1280)
    media(browser, "light")
    browser.get_log("browser")
    browser.get("about:blank")
    browser.get(address)
    # A busy machine may take its time with the last rows.
    WebDriverWait(browser, 30).until(lambda page: len(shown(page)) == 69)
    yield browser
    assert browser.get_log("browser") == []


def resize(browser: Chrome, width: int) -> None:
    metrics = {"width": width, "height": 850, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def media(browser: Chrome, scheme: str, kind: str = "") -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": features})


def shown(page: Chrome) -> list[str]:
    found: list[str] = page.execute_script(
        f"return [...document.querySelectorAll('{_ROWS}')].filter(e => e.offsetParent).map(e => e.dataset.control)"
    )
    return found


def choose(page: Chrome, name: str, value: str) -> None:
    Select(page.find_element(By.NAME, name)).select_by_value(value)


def test_it_opens_and_asks_for_nothing_else(browser: Chrome, address: str) -> None:
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(address)
    asked = [entry["message"] for entry in browser.get_log("performance") if "requestWillBeSent" in entry["message"]]
    assert len(asked) == 1
    assert "report.html" in asked[0]


def test_it_filters_by_status_section_and_requirement(page: Chrome, clinic: Evidence) -> None:
    assert len(shown(page)) == 69
    choose(page, "status", "open")
    failed = [one for one in clinic.controls.values() if one.status == "open"]
    assert len(shown(page)) == len(failed) > 0
    choose(page, "section", "164.312")
    technical = [one for one in failed if one.id.startswith("164.312")]
    assert len(shown(page)) == len(technical) > 0
    choose(page, "requirement", "addressable")
    addressable = [one for one in technical if one.control.requirement == "addressable"]
    assert len(shown(page)) == len(addressable)
    assert page.find_element(By.ID, "shown").text == f"{len(addressable)} of 69 standards and specifications shown"
    assert len(page.find_elements(By.CSS_SELECTOR, "details.control:not([hidden])")) == len(addressable)


def test_it_searches_and_clears(page: Chrome) -> None:
    search = page.find_element(By.NAME, "text")
    search.send_keys("audit controls")
    assert "c-164-312-b" in shown(page)
    assert len(shown(page)) < 69
    search.send_keys(" no such words")
    assert shown(page) == []
    assert page.find_element(By.ID, "nothing").is_displayed()
    page.find_element(By.CSS_SELECTOR, "#filters button[type=reset]").click()
    # A form clears its fields after it has said that it will.
    WebDriverWait(page, 10).until(lambda page: len(shown(page)) == 69)


def test_a_row_opens_its_detail(page: Chrome) -> None:
    page.find_element(By.CSS_SELECTOR, '[data-control="c-164-312-b"] a').click()
    detail = page.find_element(By.ID, "c-164-312-b")
    # A browser tells the page of its new address after the click is over.
    WebDriverWait(page, 10).until(lambda page: detail.get_attribute("open") is not None)
    assert page.switch_to.active_element.tag_name == "summary"


def test_a_detail_shows_the_rules_within_it(page: Chrome) -> None:
    page.execute_script("document.getElementById('c-164-312-b').open = true")
    rows = page.find_elements(By.CSS_SELECTOR, "#c-164-312-b table tbody tr")
    assert rows
    assert all(row.is_displayed() for row in rows)


def test_a_link_to_a_filtered_entry_shows_it(page: Chrome) -> None:
    choose(page, "section", "164.310")
    assert "c-164-312-b" not in shown(page)
    page.execute_script("location.hash = '#c-164-312-b'")
    assert page.find_element(By.ID, "c-164-312-b").is_displayed()
    assert len(shown(page)) == 69


def test_the_keyboard_reaches_the_report_first_and_opens_details(page: Chrome) -> None:
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert page.switch_to.active_element.text == "Skip to the report"
    summary = page.find_element(By.CSS_SELECTOR, "#c-164-312-b > summary")
    page.execute_script("arguments[0].focus()", summary)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.find_element(By.ID, "c-164-312-b").get_attribute("open") is not None


def test_the_colours_follow_the_system_and_the_button(page: Chrome) -> None:
    def paper() -> Any:
        return page.execute_script("return getComputedStyle(document.body).backgroundColor")

    light = paper()
    media(page, "dark")
    dark = paper()
    assert dark != light
    button = page.find_element(By.ID, "theme")
    button.click()
    assert paper() == light
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert paper() == dark
    page.execute_script("localStorage.clear()")


# The ratio of two colours by WCAG 2.2, over every element that shows text of its own.
_CONTRAST = """
const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgba = (colour) => {
  paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
  return [...paint.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const found = rgba(getComputedStyle(one).backgroundColor);
    if (found[3] === 255) return found;
  }
  return [255, 255, 255, 255];
};
const poor = [];
for (const element of document.querySelectorAll("body *:not(script):not(style)")) {
  if (element.closest("svg") || !element.offsetParent) continue;
  if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
  const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.push([element.tagName, element.className, ratio, element.textContent.slice(0, 40)]);
}
return poor;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(page: Chrome, scheme: str) -> None:
    media(page, scheme)
    page.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.execute_script(_CONTRAST) == []


@pytest.mark.parametrize("width", [1280, 800, 390, 320])
def test_the_page_never_scrolls_sideways(page: Chrome, width: int) -> None:
    resize(page, width)
    page.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_print_opens_every_detail(page: Chrome) -> None:
    assert page.find_element(By.ID, "c-164-312-b").get_attribute("open") is None
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert page.find_elements(By.CSS_SELECTOR, "details:not([open])") == []
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert page.find_element(By.ID, "c-164-312-b").get_attribute("open") is None


def test_the_head_of_the_matrix_stays_in_sight(page: Chrome) -> None:
    page.execute_script("document.getElementById('c-164-312-b').scrollIntoView({ block: 'center' })")
    top = page.execute_script("return document.querySelector('#matrix thead th').getBoundingClientRect().top")
    assert top == 0


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_shows_every_column_and_nothing_overlaps(page: Chrome, width: int) -> None:
    resize(page, width)
    hidden, over = page.execute_script(
        """
        const cells = [...document.querySelectorAll('#matrix tr[data-control] > *')];
        const boxes = cells.map((cell) => cell.getBoundingClientRect());
        const hidden = cells.filter((cell) => !cell.offsetParent || !cell.offsetHeight).length;
        const over = boxes.filter((box, n) => n && box.top < boxes[n - 1].bottom - 1).length;
        return [hidden, over];
        """
    )
    assert (hidden, over) == (0, 0)


def pages(browser: Chrome, edition: str, **paper: float) -> int:
    """Return how many pages an edition has; it ends with the print."""
    # A browser that is busy may tell the end of printing before it laid the pages out.
    browser.execute_script(
        """
        window.print = () => {};
        window.printing = true;
        addEventListener("afterprint", (event) => { if (window.printing) event.stopImmediatePropagation(); }, true);
        document.getElementById(arguments[0]).click();
        """,
        f"print-{edition}",
    )
    data = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", paper)["data"])
    browser.execute_script("window.printing = false; dispatchEvent(new Event('afterprint'))")
    return len(re.findall(rb"/Type\s*/Page\b", data))


def test_the_short_edition_of_the_landing_zone_has_five_pages(browser: Chrome, tmp_path: Path) -> None:
    app = new_app(tmp_path / "cdk.out")
    app.node.set_context("landing-zone", json.loads(Path("cdk.json").read_text())["context"]["landing-zone"])
    LandingZone(app, load_config(app))
    enforce_hipaa(app)
    synthesize(app)
    file = tmp_path / "report.html"
    file.write_text(as_html(collect(app.outdir, today=TODAY)), "utf-8")
    browser.get(file.as_uri())
    assert pages(browser, "short", paperWidth=8.5, paperHeight=11) <= 5
    assert pages(browser, "short", paperWidth=8.27, paperHeight=11.69) <= 5


def test_the_short_edition_is_for_print_alone_and_short(page: Chrome) -> None:
    assert page.find_element(By.ID, "rules").is_displayed()
    assert pages(page, "short") < pages(page, "full")
    # Printing ended the edition.
    page.execute_script("document.getElementById('print-short').click()")
    media(page, "light", "print")
    assert not page.find_element(By.ID, "rules").is_displayed()
    assert page.find_element(By.ID, "acknowledgements").is_displayed()
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert page.find_element(By.ID, "rules").is_displayed()


def test_it_reads_without_script(browser: Chrome, address: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(address)
        assert not browser.find_element(By.ID, "filters").is_displayed()
        assert len(browser.find_elements(By.CSS_SELECTOR, _ROWS)) == 69
        detail = browser.find_element(By.ID, "c-164-312-b")
        detail.find_element(By.TAG_NAME, "summary").click()
        assert detail.get_attribute("open") is not None
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
