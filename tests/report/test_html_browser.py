"""The page in a real browser: nothing is loaded, nothing complains, search works, and all is there without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import Browser, running
from tests.report.pages import change_page, large_page, translation_page

PHONE = 360


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with running(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {"change": change_page(folder), "translation": translation_page(folder), "large": large_page(folder)}
    for name, page in found.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in found}


@pytest.mark.parametrize("name", ["change", "translation"])
def test_nothing_is_loaded_and_nothing_complains(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """One request, for the file itself; no errors, no warnings, no violated policy; foreign markup does not run."""
    browser.open(pages[name])
    urls = [event["request"]["url"] for event in browser.having("Network.requestWillBeSent")]
    assert urls == [pages[name].as_uri()]
    assert browser.having("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded") == []
    assert browser.value("document.title").startswith("Network policies: ")
    assert browser.value("getComputedStyle(document.querySelector('.badge')).borderRadius") == "16px"


def test_search_hides_what_does_not_fit(browser: Browser, pages: dict[str, Path]) -> None:
    """Words and a status narrow the list down, and the page says how many are shown."""
    browser.open(pages["translation"])
    shown = "document.querySelectorAll('details.policy:not([hidden])').length"
    type_in = (
        "(box => {{ box.value = '{}'; box.dispatchEvent(new Event('input')); }})(document.getElementById('search'))"
    )
    assert browser.value(shown) == 2
    browser.value(type_in.format("DOOR web"))
    assert browser.value(shown) == 1
    assert browser.value("document.getElementById('count').textContent") == "1 of 2 shown"
    browser.value(type_in.format(""))
    browser.value("document.querySelector('button[data-status=narrowed]').click()")
    assert browser.value("document.querySelector('details.policy:not([hidden]) h3').textContent").endswith("shop/site")


def test_a_link_unfolds_what_it_leads_to(browser: Browser, pages: dict[str, Path]) -> None:
    """Following a deciding line opens the policy in which it stands."""
    browser.open(pages["change"])
    browser.value("document.querySelectorAll('details').forEach(each => { each.open = false; })")
    browser.value("document.querySelector('#connection-1 a').click()")
    browser.value("new Promise(done => setTimeout(done, 50))")
    visible = "document.getElementById(location.hash.slice(1)).checkVisibility()"
    assert browser.value(f"(() => {{ dispatchEvent(new HashChangeEvent('hashchange')); return {visible}; }})()")


@pytest.mark.parametrize("name", ["change", "translation"])
def test_all_is_there_without_the_script(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """Without JavaScript the same policies and texts are there, and no control that would not work."""
    browser.open(pages[name])
    words = browser.value("document.querySelector('main').textContent")
    browser.open(pages[name], script=False)
    assert browser.value("document.getElementById('toolbar').hidden")
    assert browser.value("document.querySelector('main').textContent") == words
    assert browser.value("Array.from(document.querySelectorAll('details.policy')).every(each => !each.hidden)")


@pytest.mark.parametrize("name", ["change", "translation", "large"])
def test_a_phone_scrolls_one_way_only(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """On 360 pixels the page is as wide as the screen, with everything unfolded."""
    browser.open(pages[name], width=PHONE)
    browser.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    width, room = browser.value("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width == room <= PHONE


def test_dark_mode_follows_the_system(browser: Browser, pages: dict[str, Path]) -> None:
    """The background is dark where the system asks for it, and the words contrast with it by more than 7 to 1."""
    browser.open(pages["change"])
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    colours = browser.value("(style => [style.backgroundColor, style.color])(getComputedStyle(document.body))")
    browser.call("Emulation.setEmulatedMedia", features=[])
    assert colours == ["rgb(13, 17, 23)", "rgb(230, 237, 243)"]
    assert _contrast(*colours) > 7


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2, relative luminance)."""
    lights = sorted(_light(each) for each in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: str) -> float:
    parts = [int(each) / 255 for each in colour[4:-1].split(",")]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_paper_shows_what_is_folded(browser: Browser, pages: dict[str, Path]) -> None:
    """Printing unfolds everything."""
    browser.open(pages["translation"])
    browser.value("dispatchEvent(new Event('beforeprint'))")
    assert browser.value("Array.from(document.querySelectorAll('details')).every(each => each.open)")
