"""The status page in a real browser, through the incident: healthy, client certificate expired, recovered; with axe looking each time.

Pictures are kept where `PAYPATH_TEST_SCREENSHOTS` names a directory.
"""

import pathlib
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.processes import PATIENCE_S, Lab, Running
from tests.servers.programs import require
from tests.support.screenshots import place_of

pytestmark = pytest.mark.server("chromium")
_QUIETLY = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
_PATIENCE_MS = PATIENCE_S * 1000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which asks nobody else for anything."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=require("chromium"), args=_QUIETLY)
        yield found
        found.close()


@pytest.fixture
def url(lab: Lab, tmp_path: pathlib.Path) -> Iterator[str]:
    """The page of a `paypath run` on the lab, with quick schedules."""
    process = Running(
        ["run", "--config", lab.config],
        cwd=tmp_path,
        env={
            "PAYPATH_LISTEN__METRICS": "127.0.0.1:0",
            "PAYPATH_SCENARIOS__EVERY": "1s",
            "PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake", "card-charge"]',
        },
    )
    process.wait_for("status page on http://", "err")
    match = re.search(r"status page on (http://\S+)", process.output("err"))
    assert match is not None
    yield match[1]
    assert process.stop().status == 0


def _picture(page: Page, name: str) -> None:
    place = place_of(f"{name}.png")
    if place is not None:
        page.screenshot(path=place, full_page=True)


def _accessible(page: Page) -> None:
    """WCAG A and AA, by axe, in the scheme and size that the page has now."""
    found = Axe().run(page, options=_RULES)
    assert not found.response["violations"], found.generate_report()


def _nothing_from_elsewhere(page: Page, url: str) -> list[str]:
    """Requests to any other origin than the page's own, from now on."""
    asked: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((url, "data:")) else asked.append(request.url))
    return asked


def test_the_incident_on_the_page(browser: Browser, lab: Lab, url: str) -> None:
    """Without a reload: from green to the certificate that expired and its first steps, and back."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    elsewhere = _nothing_from_elsewhere(page, url)
    page.goto(url)
    answer = page.locator("h1")
    expect(answer).to_have_text("Money can flow", timeout=_PATIENCE_MS)
    expect(page.locator("#live")).to_have_text("Live.", timeout=_PATIENCE_MS)
    expect(page.locator(".hop.good")).to_have_count(6, timeout=_PATIENCE_MS)
    _accessible(page)
    _picture(page, "health")

    lab.put("client-cert-expired")
    expect(answer).to_have_text("Money cannot flow", timeout=_PATIENCE_MS)
    expect(page.locator(".hop.bad")).to_contain_text("TLS", timeout=_PATIENCE_MS)
    failure = page.locator(".failure")
    expect(failure.locator("h3")).to_contain_text("client certificate expired")
    expect(failure).to_contain_text("CN=billing-service")
    expect(failure).to_contain_text("5023 “Billing connector timeout”")
    expect(failure.locator("ol.steps li").first).to_contain_text("openssl x509 -in")
    expect(page.locator("ol.events")).to_contain_text("first failure", timeout=_PATIENCE_MS)
    _accessible(page)
    _picture(page, "incident")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    _accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "on a phone the page must not scroll sideways"
    _picture(page, "incident-phone-dark")

    lab.delete("client-cert-expired")
    expect(answer).not_to_have_text("Money cannot flow", timeout=_PATIENCE_MS)
    expect(page.locator(".failure")).to_have_count(0, timeout=_PATIENCE_MS)
    expect(page.locator("ol.events")).to_contain_text("recovered", timeout=_PATIENCE_MS)
    _accessible(page)
    _picture(page, "recovered")
    assert not problems
    assert not elsewhere
    page.close()


def test_without_a_script_the_page_says_the_same(browser: Browser, url: str) -> None:
    """Drawn by the server, and renewed by the browser itself."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    expect(page.locator("h1")).to_have_text(re.compile("money can flow", re.IGNORECASE))
    expect(page.locator(".hop")).to_have_count(6)
    assert page.locator("noscript").count() == 1
    context.close()


def test_a_page_that_is_no_longer_live_says_so(browser: Browser, lab: Lab, tmp_path: pathlib.Path) -> None:
    """When paypath goes away, what stands there must not look like the present."""
    process = Running(["run", "--config", lab.config], cwd=tmp_path, env={"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"})
    process.wait_for("status page on http://", "err")
    match = re.search(r"status page on (http://\S+)", process.output("err"))
    assert match is not None
    page = browser.new_page()
    page.goto(match[1])
    expect(page.locator("#live")).to_have_text("Live.", timeout=_PATIENCE_MS)
    assert process.stop().status == 0
    expect(page.locator("#live")).to_contain_text("Not live", timeout=_PATIENCE_MS)
    page.close()
