"""The form that every notebook keeps, as rules that return sentences.

A rule takes a notebook as nbformat stores it (a dict) and yields what is wrong with
it; `faults(path)` asks all of them. By hand, for one notebook:

    python -m helpers.tests.course.notebook_form notebooks/05_l1_layer.ipynb
"""

import ast
import json
import re
import statistics
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(home|root|work|tmp|Users)/|[A-Z]:\\\\?Users")
SEPARATORS = re.compile(r"[·→›>|/]")
NUMBER = r"\s{0,3}\d+[.)]\s"  # of an item of a list
ITEM = rf"{NUMBER}|\s*[-*+]\s"
FEW = 4  # cells of a notebook whose output nbval may pass over


# ---- what a notebook is made of ------------------------------------------------------


def read(path):
    """Return a notebook as a dict, with each cell's source and texts joined."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def code_cells(notebook):
    """Return (number, cell) of the code cells; numbers count all cells from 0."""
    cells = enumerate(notebook["cells"])
    return [(n, cell) for n, cell in cells if cell["cell_type"] == "code"]


def tags(cell):
    """Return the tags of a cell."""
    return cell["metadata"].get("tags", [])


def lines(source):
    """Return the lines that are not blank."""
    return [line for line in source.splitlines() if line.strip()]


def prose(source):
    """Return markdown without its code, where brackets mean other things."""
    source = re.sub(r"```.*?```", "", source, flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", source)


def all_prose(notebook):
    """Return (number, prose) of the markdown cells."""
    cells = enumerate(notebook["cells"])
    return [(n, prose(c["source"])) for n, c in cells if c["cell_type"] == "markdown"]


def words(notebook):
    """Count the words of the markdown cells, without what `<details>` folds away."""
    cells = [c["source"] for c in notebook["cells"] if c["cell_type"] == "markdown"]
    folded = re.compile("<details>.*?</details>", re.DOTALL)
    return sum(len(folded.sub("", source).split()) for source in cells)


def defines_function(source):
    """Say whether a cell is a function or a class, which may be longer."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) for node in body)


def pictures(cell):
    """Yield (format, bytes, alt text) of the images that a code cell stores."""
    for output in cell.get("outputs", []):
        for mime, data in output.get("data", {}).items():
            if mime.startswith("image/"):
                text = "".join(data)
                size = len(text) if "svg" in mime else len(text) * 3 // 4
                meta = output.get("metadata", {})
                alt = meta.get("alt") or meta.get(mime, {}).get("alt") or ""
                yield mime, size, alt


def texts(cell):
    """Yield what a code cell stores as text."""
    for output in cell.get("outputs", []):
        yield "".join(output.get("text", []))
        for mime, data in output.get("data", {}).items():
            if mime.startswith("text/"):
                yield "".join(data)


# ---- rules ---------------------------------------------------------------------------


def size(notebook, path):
    """At most 500 KB a file, 80 KB an image, 20 to 45 cells."""
    if path.stat().st_size > 500 * 1024:
        yield f"the file has {path.stat().st_size // 1024} KB, at most 500 are allowed"
    count = len(notebook["cells"])
    if not 20 <= count <= 45:
        yield f"it has {count} cells, 20 to 45 are allowed"
    for n, cell in code_cells(notebook):
        for mime, length, _ in pictures(cell):
            if length > 80 * 1024:
                yield f"cell {n}: {mime} of {length // 1024} KB, at most 80 are allowed"


def length(notebook, path):
    """700 to 1,600 words without folded answers: what one sitting holds."""
    count = words(notebook)
    if not 700 <= count <= 1600:
        yield f"it has {count:,} words without folded answers, 700 to 1,600 are allowed"


def code(notebook, path):
    """Lines of at most 88 columns; cells of at most 12 lines, a function of 20.

    Half of those that use what is there have at most 4; what is built line by line is
    a listing, and does not count.
    """
    lengths = []
    for n, cell in code_cells(notebook):
        source = cell["source"]
        long, builds = len(lines(source)), defines_function(source)
        most = 20 if builds else 12
        if long > most:
            yield f"cell {n}: {long} lines, at most {most} are allowed"
        if not builds:
            lengths.append(long)
        for line in source.splitlines():
            if len(line) > 88:
                yield f"cell {n}: a line of {len(line)} columns: {line.strip()[:40]}..."
            if re.match(r"\s*[%!]", line):
                yield f"cell {n}: a magic or shell line; nbval passes a bad one"
    if lengths and statistics.median(lengths) > 4:
        yield f"the median code cell has {statistics.median(lengths)} lines, at most 4"


def execution(notebook, path):
    """Executed from top to bottom, no empty cell, nothing that only one run has."""
    counts = [cell.get("execution_count") for _, cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"not executed from top to bottom: run `course.py run {path.name[:2]}`"
    if "widgets" in notebook["metadata"]:
        yield "stored widget state in the metadata"
    ignored = 0
    for n, cell in enumerate(notebook["cells"]):
        ignored += bool({"nbval-ignore-output", "nbval-skip"} & set(tags(cell)))
        if not cell["source"].strip():
            yield f"cell {n}: empty"
        if MACHINE_PATH.search(cell["source"]):
            yield f"cell {n}: the path of a machine in its source"
        for text in texts(cell):
            if MACHINE_PATH.search(text):
                yield f"cell {n}: the path of a machine in its output"
        for output in cell.get("outputs", []):
            kind, name = output["output_type"], output.get("name")
            if kind == "error" or name == "stderr":
                yield f"cell {n}: stored {'error' if kind == 'error' else name}"
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                yield f"cell {n}: a stored widget, dead without its kernel"
    if ignored > FEW:
        yield f"{ignored} cells are tagged for nbval to pass over, at most {FEW}"


def pictures_in_words(notebook, path):
    """Alt text for every image, and a printed number beside every figure."""
    for n, text in all_prose(notebook):
        alts = re.findall(r"!\[(.*?)\]\(", text, re.DOTALL)
        for tag in re.findall(r"<img\b.*?>", text, re.DOTALL):
            alts.append((re.findall(r'alt="(.*?)"', tag, re.DOTALL) or [""])[0])
        for alt in alts:
            if len(alt.split()) < 3:
                yield f"cell {n}: an image whose alt text is {alt!r}"
    for n, cell in code_cells(notebook):
        shown = list(pictures(cell))
        for mime, _, alt in shown:
            if len(alt.split()) < 3:
                yield f"cell {n}: {mime} stored without alt text (plots.show writes it)"
        figure = any(mime == "image/png" for mime, _, _ in shown)
        if figure and not any(re.search(r"\d", text) for text in printed(cell)):
            yield f"cell {n}: a figure without a printed number that nbval can compare"


def printed(cell):
    """Yield what a cell printed, without the names that images have as text."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream" or "image/png" not in output["data"]:
            yield from texts({"outputs": [output]})


def head(notebook, path):
    """Title with number, objectives, needs, time, navigation, strip; then imports."""
    nothing = {"cell_type": None, "source": ""}
    first, second = (notebook["cells"] + [nothing, nothing])[:2]
    text, number = first["source"], int(path.name[:2])
    if first["cell_type"] != "markdown" or not re.match(rf"# .*\b0?{number}\b", text):
        yield f"cell 0: no title with the number {number} (`# {number}. ...`)"
    for row in ("You will be able to", "You need", "Time"):
        if not re.search(rf"^\|\W*{row}\b", text, re.MULTILINE):
            yield f"cell 0: no table row *{row}*"
    yield from navigation(0, text, path)
    strips = [line for line in lines(text) if len(SEPARATORS.findall(line)) >= 5]
    if not any(len(re.findall(r"\*\*.+?\*\*", line)) == 1 for line in strips):
        yield "cell 0: no one-line strip of the course with the current step bold"
    text = second["source"]
    if second["cell_type"] != "code" or not re.search("^(from|import) ", text, re.M):
        yield "cell 1: not the cell of imports"
    if len(lines(text)) > 8:
        yield f"cell 1: {len(lines(text))} lines of set-up, at most 8 are allowed"


def navigation(n, text, path):
    """Links to the contents and to the neighbours of this notebook."""
    links = re.findall(r"\[([^\]]*)\]\(([^)]*)\)", text)
    if not any("README.md" in target for _, target in links):
        yield f"cell {n}: no link to the contents (../README.md)"
    for word, fits in (("previous", int.__lt__), ("next", int.__gt__)):
        others = [int(p.name[:2]) for p in path.parent.glob("[0-9][0-9]_*.ipynb")]
        wanted = any(fits(other, int(path.name[:2])) for other in others)
        found = [target for label, target in links if word in label.lower()]
        if wanted and not found:
            yield f"cell {n}: no link *{word}*"
        for target in found:
            number = re.match(r"(\d\d)_", target)
            if not number or not fits(int(number.group(1)), int(path.name[:2])):
                yield f"cell {n}: *{word}* leads to {target}"


def foot(notebook, path):
    """What you can do now, two folded questions, further reading, navigation."""
    text = "\n".join(cell["source"] for cell in notebook["cells"][-6:])
    for heading in ("What you can do now", "Check yourself", "Go further"):
        if not re.search(rf"^#+ \W*{heading}|^\*\*{heading}", text, re.MULTILINE):
            yield f"the foot has no *{heading}*"
    questions = text.partition("Check yourself")[2].partition("Go further")[0]
    if questions.count("<details>") < 2:
        yield "*Check yourself* has fewer than two folded answers"
    last = len(notebook["cells"]) - 1
    yield from navigation(last, notebook["cells"][last]["source"], path)


def links(notebook, path):
    """Every link to a file of the course leads to one."""
    for n, text in all_prose(notebook):
        targets = re.findall(r"\]\(([^)\s]+)[^)]*\)", text)
        targets += re.findall(r'(?:src|href)="([^"]+)"', text)
        for target in targets:
            name = target.partition("#")[0]
            if re.match(r"[a-z]+:", target) or not name:
                continue
            if not (path.parent / name).exists():
                yield f"cell {n}: a link to {target}, which does not exist"


def paragraphs(notebook, path):
    """No line inside a paragraph begins like an item: it would end the paragraph."""
    for n, text in all_prose(notebook):
        for paragraph in re.split(r"\n\s*\n", text):
            first, *others = paragraph.lstrip("\n").splitlines() or [""]
            if re.match(ITEM, first):
                continue
            for line in others:
                if re.match(NUMBER, line):
                    yield f"cell {n}: a line begins like a list: {line[:40]}..."


RULES = (
    *(size, length, code, execution, pictures_in_words),
    *(head, foot, links, paragraphs),
)


def faults(path):
    """Return what is wrong with the form of the notebook at `path`."""
    path = Path(path)
    notebook = read(path)
    return [f"{path.name} {fault}" for rule in RULES for fault in rule(notebook, path)]


if __name__ == "__main__":
    found = [fault for name in sys.argv[1:] for fault in faults(name)]
    print("\n".join(found) or "The form holds.")
    sys.exit(bool(found))
