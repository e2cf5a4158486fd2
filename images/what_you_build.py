"""Draw images/what_you_build.png of the README: verdicts on people never seen.

.venv/bin/python images/what_you_build.py
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from helpers import faces, plots
from helpers.datasets import orl
from helpers.evaluation import eer, pair_scores
from helpers.verifier import Verifier

photos = orl(quiet=True)
verifier = Verifier.load()
embeddings = verifier.embed_crops(faces.crop_all(photos).images)  # (photo, feature)
scores, same = pair_scores(embeddings, photos.people)  # (pair,)
first, second = np.triu_indices(len(photos), k=1)
threshold = verifier.threshold()

by_score = np.argsort(scores)
ours, strangers = by_score[same[by_score]], by_score[~same[by_score]]
shown = [
    ours[len(ours) // 2],
    strangers[len(strangers) // 2],
    ours[len(ours) // 10],
    strangers[-1],
]
words = ["a typical pair", "strangers", "a hard pair", "worst mistake"]

plots.use_style()
figure = plt.figure(figsize=(11, 4.8), layout="none")
for row, (pair, word) in enumerate(zip(shown, words, strict=True)):
    left, bottom = 0.01 + 0.27 * (row % 2), 0.54 - 0.49 * (row // 2)
    ax = figure.add_axes([left, bottom, 0.255, 0.36])
    both = np.hstack(photos.images[[first[pair], second[pair]], ..., 0])
    ax.imshow(both, cmap="gray", vmin=0, vmax=255)
    kind = plots.SAME if same[pair] else plots.DIFFERENT
    line = plots.SAME_LINE if same[pair] else plots.DIFFERENT_LINE
    for spine in ax.spines.values():
        spine.set(visible=True, color=kind, linewidth=3, linestyle=line)
    ax.set(xticks=[], yticks=[])
    verdict = "same" if scores[pair] >= threshold else "different"
    ax.set_title(f"{word}: {scores[pair]:.2f}, “{verdict}”", fontsize=10, loc="left")
hills = figure.add_axes([0.61, 0.13, 0.37, 0.74])
title = f"All pairs of 40 people never seen: EER {eer(scores, same):.1%}"
plots.hills(scores, same, threshold, title, ax=hills)
path = Path(__file__).with_name("what_you_build.png")
figure.canvas.draw()
picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
picture.quantize(160, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
print(f"{path.name}: {path.stat().st_size // 1024} KB, {title}")
