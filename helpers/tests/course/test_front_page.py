"""The front page is short, its links lead somewhere, and it promises what is there."""

import importlib.util
import re
import unicodedata

import pytest

from helpers.tests.course import notebook_form
from helpers.tests.course.notebook_form import NOTEBOOKS

ROOT = NOTEBOOKS.parent
README, RESULTS = ROOT / "README.md", ROOT / "images/RESULTS.md"
PAGES = (README, RESULTS, NOTEBOOKS / "README.md", ROOT / "data/README.md")
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
NUMBERS = [path.name[:2] for path in PATHS]


def text_of(path):
    """Return a page's text; of a notebook the prose of its markdown cells."""
    if path.suffix == ".ipynb":
        return "\n\n".join(text for _, text in notebook_form.all_prose(read(path)))
    return path.read_text(encoding="utf-8")


def read(path):
    return notebook_form.read(path)


def minutes(path):
    """Return the minutes to read that the head of a notebook states."""
    head = read(path)["cells"][0]["source"]
    return int(re.search(r"^\| \*Time\* \| (\d+) minutes to read", head, re.M)[1])


def course_map():
    """Return images/course_map.py as a module."""
    path = ROOT / "images/course_map.py"
    spec = importlib.util.spec_from_file_location("course_map", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- short, and no link that leads nowhere -------------------------------------------


def test_the_readme_is_read_in_three_minutes():
    words = len(README.read_text(encoding="utf-8").split())
    assert words <= 700, f"README.md has {words} words, at most 700 are allowed"


def anchors(path):
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    kept = ("".join(c for c in title.lower() if is_kept(c)) for title in found)
    return {title.strip().replace(" ", "-") for title in kept}


def is_kept(character):
    return character in " -_" or unicodedata.category(character)[0] in "LN"


def dead_links(path):
    """Yield the links of a page to files and headings that are not there."""
    text = re.sub(r"```.*?```", "", text_of(path), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        page = (path.parent / name).resolve() if name else path
        if not page.exists() or anchor and anchor not in anchors(page):
            yield target


@pytest.mark.parametrize("path", (*PAGES, *PATHS), ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    assert not list(dead_links(path))


def test_a_dead_link_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Two words, here\n[a](#two-words-here) [b](#three) [c](none.md)")
    assert list(dead_links(page)) == ["#three", "none.md"]


# ---- only what is there --------------------------------------------------------------


def test_the_contents_are_the_notebooks_that_are_there_with_their_minutes():
    row = r"^\| \[(\d\d) [^\]]+\]\(notebooks/([^)]+)\) \| [^|]+ \| (\d+) \|$"
    rows = re.findall(row, README.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(p.name[:2], p.name, str(minutes(p))) for p in PATHS]


def test_the_map_shows_the_notebooks_that_are_there_with_their_minutes():
    drawn = course_map()
    boxes = [box for _, _, boxes in drawn.PARTS for box in boxes]
    shown = [(number, minutes) for number, _, _, minutes in boxes]
    assert shown == [(path.name[:2], minutes(path)) for path in PATHS]
    kept = (ROOT / "images/course_map.svg").read_text(encoding="utf-8")
    assert kept == drawn.draw(), "run python3 images/course_map.py again"


def test_the_map_in_notebook_00_names_them_too():
    cells = [cell["source"] for cell in read(PATHS[0])["cells"]]
    (cell,) = [text for text in cells if "course_map.svg" in text]
    (alt,) = re.findall(r"!\[([^\]]*)\]\([^)]*course_map.svg\)", cell)
    assert re.findall(r"\b\d\d\b", alt) == NUMBERS
    assert re.findall(r"\]\((\d\d)_[^)]*\.ipynb\)", cell) == NUMBERS[1:]


@pytest.mark.parametrize("path", (*PAGES, *PATHS), ids=lambda path: path.stem)
def test_no_page_promises_a_notebook_that_is_not_there(path):
    text = text_of(path)
    named = re.findall(r"\b[Nn]otebooks? (\d\d)\b", text)
    named += re.findall(r"\b(\d\d)_\w+\.ipynb", text)
    assert not set(named) - set(NUMBERS)
    assert not re.search(r"\b(to come|still to be written)\b", text)


def test_every_strip_has_all_steps():
    strips = set()
    for path in PATHS:
        lines = read(path)["cells"][0]["source"].splitlines()
        (strip,) = [line for line in lines if line.count(" · ") >= 5]
        strips.add(strip.replace("*", ""))
    (strip,) = strips
    assert len(strip.split(" · ")) == len(PATHS)


def numbers(text):
    return set(re.findall(r"\d[\d,]*\.?\d*|\.\d+", text))


def test_the_numbers_of_the_readme_are_those_of_the_results():
    text = README.read_text(encoding="utf-8").partition("## Eight numbers")[2]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) <= 8
    results = numbers(RESULTS.read_text(encoding="utf-8"))
    for row in rows:
        assert not numbers(row) - results, row


def test_the_citation_says_what_the_front_page_says():
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    title = README.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    needed = ("cff-version: 1.2.0", f'title: "{title}"', "  - MIT", "  - CC-BY-4.0")
    assert not set(needed) - set(cited.splitlines())
    for word in ("message:", "authors:", "references:", "Koch", "year: 2015"):
        assert word in cited
