"""The course as a site: whole, each link leads somewhere, nothing from elsewhere."""

import re
import shutil
from contextlib import closing

import pytest

from helpers.app import book
from helpers.disk.archives import PROJECT
from helpers.experiments.in_the_browser import Server
from helpers.tests.app.test_page import FAULTS
from helpers.tests.live import test_browser as browser

LOOKS = {"desktop": (1280, 900, "light"), "phone": (390, 844, "dark")}
KNOWN = "scrollable-region-focusable", "label-content-name-mismatch"  # of the theme


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once."""
    out = tmp_path_factory.mktemp("site") / "out"
    book.build(out, "https://github.com/ann/course")
    return out


def test_it_is_whole(site):
    pages = {path.relative_to(site).as_posix() for path in book.pages_of(site)}
    notebooks = PROJECT.glob("notebooks/*.ipynb")
    assert {f"notebooks/{path.stem}.html" for path in notebooks} <= pages
    assert {"index.html", "run.html", "images/RESULTS.html", "search.html"} <= pages
    assert book.broken(site) == []


def test_a_page_has_what_the_notebook_stored(site):
    losses = (site / "notebooks" / "07_losses.html").read_text()
    assert "<math " in losses and "60 same pairs, 720 different pairs" in losses
    assert "<details><summary>Solution 7.1</summary>" in losses
    assert "colab.research.google.com/github/ann/course" in losses
    pages = [path.read_text() for path in site.glob("notebooks/*.html")]
    assert not [page for page in pages if re.search('alt="(../_images|")', page)]
    pairs = (site / "notebooks" / "03_pairs.html").read_text()
    assert 'alt="A woman smiling, the same woman turned' in pairs


def test_what_leads_nowhere_is_named(site, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / "run.html").write_text(
        '<p id="here"><a href="none.html">1</a> <a href="#here">2</a> '
        '<a href="index.html#none">3</a> <script src="https://example.org/x.js"></script>'
        '<a href="https://example.org">4</a> <img src="data:image/png;base64,">'
    )
    assert book.broken(copy) == [
        "run.html: none.html is not there",
        "run.html: index.html#none names no place of that page",
        "run.html: https://example.org/x.js is fetched from elsewhere",
    ]


def test_another_folder_is_left_alone(tmp_path, monkeypatch, capsys):
    (tmp_path / "diary.txt").write_text("mine")
    monkeypatch.setattr("sys.argv", ["book", "--out", str(tmp_path)])
    assert book.main() == 1
    assert "is there and holds no site: name a new folder." in capsys.readouterr().err
    assert (tmp_path / "diary.txt").read_text() == "mine"


def test_what_sphinx_complains_of_keeps_the_old_site(tmp_path, site):
    out = shutil.copytree(site, tmp_path / "out")
    root = tmp_path / "course"
    for name in (*book.PAGES, "README.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        whole = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
        whole(PROJECT / name, root / name)
    with open(root / "data" / "README.md", "a") as file:
        file.write("\n[see](none.md)\n")
    with pytest.raises(ValueError, match="data/README.md.*none.md"):
        book.build(out, root=root)
    assert book.broken(out) == []


@pytest.mark.skipif(browser.CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("look", LOOKS)
def test_for_everyone(look, site, axe):
    width, height, colours = LOOKS[look]
    with closing(Server(site)) as server, browser.playwright.sync_playwright() as play:
        started = play.chromium.launch(
            executable_path=browser.CHROMIUM, args=["--no-sandbox"]
        )
        how = {"viewport": {"width": width, "height": height}, "color_scheme": colours}
        page, asked = started.new_page(**how), []
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index", "notebooks/07_losses", "notebooks/12_app"):
            page.goto(f"{server.address}{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if axe is not None:
                page.evaluate(axe)
                faults = page.evaluate(FAULTS.replace('".course-app"', "document"))
                assert [fault for fault in faults if not fault.startswith(KNOWN)] == []
        page.goto(f"{server.address}search.html?q=margin")
        page.locator("#search-results li").first.wait_for()
        assert all(url.startswith((server.address, "data:")) for url in asked)
        started.close()
