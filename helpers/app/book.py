"""The course as a site: every notebook as a page, with its stored outputs.

    python3 course.py site

Nothing is executed, nothing is fetched, and the pages fetch nothing from elsewhere. The
front page is the README; `Run it` says where the notebooks run.
"""

import argparse
import io
import json
import os
import re
import runpy
import shutil
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from helpers.app.pages import put
from helpers.disk.archives import PROJECT

OUT = Path("runs/site")
PAGES = ["notebooks", "images", "data/README.md", "LICENSE", "CITATION.cff"]
SKIPPED = "*.py", "wrong_answers", ".ipynb_checkpoints"
ALWAYS = {  # settings of Sphinx
    "project": "Is it the same person?",
    "author": "The authors of the course",
    "copyright": "the authors of the course; text and images CC BY 4.0, code MIT",
    "language": "en",
    "root_doc": "index",
    "extensions": ["myst_nb", __name__],
    "nb_execution_mode": "off",
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 3,
    "suppress_warnings": ["mystnb.unknown_mime_type"],
    "html_theme": "sphinx_book_theme",
    "html_title": "Siamese networks for face verification",
    "html_math_renderer": "mathml",
    "html_copy_source": True,
    "html_sourcelink_suffix": "",
    "html_static_path": ["_static"],
    "html_css_files": ["course.css"],
}
THEME = {
    "use_download_button": True,
    "show_toc_level": 2,
    "navbar_persistent": [],  # the search stands in the sidebar
}
STYLE = """
div.cell pre { font-size: 0.78rem; }  /* 88 columns */
math[display="block"] { margin: 1rem 0; padding-bottom: 0.5rem; }
"""
RUN = """# Run it

A page shows what a notebook printed. To change a number and see what happens, run it:

- **On your computer:** with Python 3.11, 3.12 or 3.13, in the folder of the course,
  `python3 course.py lab`. The first time it installs the packages, in some minutes.
- **In Colab:** in the first cell of a new notebook `!git clone` with the address of
  the course, `%cd` into it, `!pip install -e .`; then *Runtime, Restart*, and open one
  of the folder `notebooks`.
- **On Binder:** give it the address of the course; `environment.yml` lists what it
  needs. The first start takes a while.
{buttons}
The arrow at the top of a page downloads its notebook.
"""
BUTTONS = "- **From a page:** the rocket at its top opens it in Colab or on Binder.\n"


def main():
    """Build the site; the exit code is 1 where a link of it leads nowhere."""
    parser = argparse.ArgumentParser(prog="course.py site", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where to (%(default)s)")
    github = os.environ.get("GITHUB_REPOSITORY")
    parser.add_argument(
        "--repository",
        metavar="URL",
        default=github and f"https://github.com/{github}",
        help="where the course lies, for buttons that open a page in Colab or Binder",
    )
    options = parser.parse_args()
    try:
        build(options.out, options.repository)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    faults = broken(options.out)
    print(*faults, sep="\n", end="\n" if faults else "")
    pages = len(pages_of(options.out))
    print(f"{pages} pages in {options.out}, {len(faults)} broken links.")
    print(f"Look at it: python3 -m http.server -d {options.out}")
    return 1 if faults else 0


def build(out, repository=None, root=PROJECT):
    """Build the site; an older one is replaced when the new one is whole.

    Args:
        out: folder. repository: address where the course lies, or None. root: of it.

    Raises:
        ValueError: there is something else in the folder, or Sphinx has complaints.
    """
    out = Path(out).absolute()
    if out.exists() and not (out / "searchindex.js").is_file():
        raise ValueError(f"{out} is there and holds no site: name a new folder.")
    theme, warnings = THEME.copy(), io.StringIO()
    if repository:
        theme |= {
            "repository_url": repository,
            "use_repository_button": True,
            "launch_buttons": {
                "binderhub_url": "https://mybinder.org",
                "colab_url": "https://colab.research.google.com",
                "notebook_interface": "jupyterlab",
            },
        }
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=out.parent) as part:
        source, new = Path(part) / "source", Path(part) / "new"
        stage(Path(root), source, repository)
        print(f"Making pages of {len(list(source.rglob('*.ipynb')))} notebooks ...")
        settings = ALWAYS | {"html_theme_options": theme}
        with patch_docutils(), docutils_namespace():
            Sphinx(
                source, None, new, Path(part) / "trees", "html",
                confoverrides=settings, status=None, warning=warnings,
            ).build()  # fmt: skip
        if warnings.getvalue():
            raise ValueError(warnings.getvalue().replace(f"{source}/", "").strip())
        put(new, out, Path(part) / "old")


def stage(root, source, repository=None):
    """Gather what becomes pages: the README is the front page, the rest as it lies."""
    for name in PAGES:
        if (root / name).is_dir():
            ignored = shutil.ignore_patterns(*SKIPPED)
            shutil.copytree(root / name, source / name, ignore=ignored)
        else:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, source / name)
    for path in [*source.rglob("*.md"), *source.glob("notebooks/*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        text = text.replace("](../README.md", "](../index.md")
        path.write_text(text, encoding="utf-8")
    for path in source.glob("notebooks/*.ipynb"):
        described(path)
    readme = (root / "README.md").read_text(encoding="utf-8")
    (source / "index.md").write_text(readme + contents(root, readme), encoding="utf-8")
    (source / "_static").mkdir()
    (source / "_static" / "course.css").write_text(STYLE, encoding="utf-8")
    run = RUN.format(buttons=BUTTONS if repository else "")
    (source / "run.md").write_text(run, encoding="utf-8")


def contents(root, readme):
    """The navigation: the parts of the course, each notebook by its short name."""
    parts = runpy.run_path(str(root / "images" / "course_map.py"))["PARTS"]
    names = re.findall(r"\[(\d\d) ([^]]+)\]\((notebooks/[^)]+)\.ipynb\)", readme)
    short = {number: f"{number} {name} <{page}>" for number, name, page in names}
    groups = {
        part: [short[number] for number, *_ in notebooks]
        for _, part, notebooks in parts
    }
    groups["More"] = [
        "Run it <run>",
        "Before you build it <notebooks/before_you_build_it>",
        "Results <images/RESULTS>",
        "Where the photos come from <data/README>",
        "How to add a notebook <notebooks/README>",
    ]
    fence = "\n```"
    head = fence + "{toctree}\n:hidden:\n:caption: "
    return "".join(
        "\n".join([head + part, "", *pages]) + fence + "\n"
        for part, pages in groups.items()
    )


def described(path):
    """Say of each stored picture what it shows, where the pages look for it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for told in output.get("metadata", {}).values():
                if isinstance(told, dict) and "alt" in told:
                    cell["metadata"]["mystnb"] = {"image": {"alt": told["alt"]}}
    path.write_text(json.dumps(notebook), encoding="utf-8")


class Links(HTMLParser):
    """What a page can be entered by, leads to, and loads.

    Attributes:
        names: ids. leads: addresses of links. loads: addresses fetched with the page.
    """

    def __init__(self, path):
        super().__init__()
        self.names, self.leads, self.loads = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note the addresses of one element."""
        found = {name: value for name, value in attrs if value}
        self.names |= {found[name] for name in ("id", "name") if name in found}
        if tag in ("a", "area") and "href" in found:
            self.leads.append(found["href"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(found.get("href", ""))
        elif tag != "a" and "src" in found:
            self.loads.append(found["src"])


def pages_of(folder):
    """The pages of a site: path -> `Links`; what the theme brings along is none."""
    paths = Path(folder).resolve().rglob("*.html")
    return {path: Links(path) for path in paths if "_static" not in path.parts}


def broken(folder):
    """What leads nowhere, and what would be fetched from elsewhere: a line each."""
    pages, faults = pages_of(folder), []
    for path, page in sorted(pages.items()):
        here = path.relative_to(Path(folder).resolve())
        for address in page.leads + page.loads:
            scheme, place, name, _, anchor = urlsplit(address)
            if scheme or place:
                if address in page.loads and scheme != "data":
                    faults.append(f"{here}: {address} is fetched from elsewhere")
                continue
            target = (path.parent / unquote(name)).resolve() if name else path
            if not target.exists():
                faults.append(f"{here}: {address} is not there")
            elif anchor and target in pages:
                if unquote(anchor) not in pages[target].names:
                    faults.append(f"{here}: {address} names no place of that page")
    return faults


def setup(app):
    """Let Sphinx write formulas as MathML, which browsers draw without a script."""

    def write(display):
        def visit(writer, node):
            writer.body.append(convert(node.astext(), display=display))
            raise nodes.SkipNode

        return visit, None

    app.add_html_math_renderer("mathml", write("inline"), write("block"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    sys.exit(main())
