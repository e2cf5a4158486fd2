"""The right things are drawn: data of lines and bars, colours of borders, alt text."""

import base64
import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

from helpers import evaluation, plots
from helpers.figures import charts, curves, style, tiles

matplotlib.use("Agg")
plt = matplotlib.pyplot


@pytest.fixture(autouse=True)
def own_style():
    with matplotlib.rc_context():
        plots.use_style()
        yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """What reaches the page: (data, metadata) of each display()."""
    page = []
    monkeypatch.setattr(
        "IPython.display.display", lambda image: page.append(image._repr_mimebundle_())
    )
    return page


def some_scores(pairs=400):
    rng = np.random.default_rng(0)
    same = np.arange(pairs) < pairs // 4
    return rng.normal(size=pairs) + 2 * same, same


def some_photos(count, rows=40, columns=30):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, rows, columns, 1), dtype=np.uint8)


def words(ax):
    """All that is written inside the axes."""
    return [text.get_text() for text in ax.texts]


def count(image, colour, box=None):
    """Pixels of a colour."""
    pixels = np.asarray(image.crop(box) if box else image)
    return int(
        (pixels == matplotlib.colors.to_rgb(colour) @ (255 * np.eye(3))).all(-1).sum()
    )


# ---- the page ----


def test_show_stores_a_small_png_with_alt_text_and_closes_the_figure(shown):
    plt.close("all")  # what other tests left open
    fig = plots.hills(*some_scores(), title="Apart")
    plots.show(fig, "Two hills that overlap a little.")
    (data, metadata), *more = shown
    assert not more and not plt.get_fignums()
    assert metadata["image/png"] == {"alt": "Two hills that overlap a little."}
    image = Image.open(io.BytesIO(as_bytes(data["image/png"])))
    assert image.format == "PNG" and image.size == (700, 360)
    assert len(as_bytes(data["image/png"])) < 80_000


def as_bytes(data):
    return data if isinstance(data, bytes) else base64.b64decode(data)


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        plots.show(plots.bars({"a": 1, "b": (2, 1, 3)}), "Two bars.")
    assert shown[0] == shown[1]


def test_no_alt_text_no_picture(shown):
    with pytest.raises(ValueError, match="alt text"):
        plots.show(plots.hills(*some_scores()), " ")
    with pytest.raises(ValueError, match="limit is 80"):
        style.display_image(b"0" * 80_001, "png", "Too much.")
    assert not shown


def test_a_tile_is_one_small_jpeg_with_alt_text(shown):
    plots.tile(some_photos(40, 200, 160), "Forty photos of noise.")
    ((data, metadata),) = shown
    assert metadata["image/jpeg"] == {"alt": "Forty photos of noise."}
    assert len(as_bytes(data["image/jpeg"])) <= 80_000


# ---- photos ----


def test_photos_stand_in_rows_and_keep_their_pixels():
    photos = some_photos(5, 96, 80)
    page = tiles.draw_tile(photos, columns=3)
    assert page.size == (3 * (80 + 16), 2 * (96 + 16))
    for n, photo in enumerate(photos):
        x, y = n % 3 * 96 + 8, n // 3 * 112 + 8
        part = np.asarray(page.crop((x, y, x + 80, y + 96)))
        np.testing.assert_array_equal(part, photo.repeat(3, axis=2))
    assert (np.asarray(page.crop((192, 112, 288, 224))) == 255).all()  # no sixth photo


def test_borders_tell_truth_by_colour_line_and_mark():
    white = np.full((60, 60, 1), 255, np.uint8)
    same, different, neither = (
        tiles.draw_tile([white], same=[truth], size=60) for truth in (1, 0, None)
    )
    line = (4, 4, 71, 7)  # the upper border
    solid = count(same, plots.SAME, line)
    dashed = count(different, plots.DIFFERENT, line)
    assert solid == 67 * 3 and 0.4 * solid < dashed < 0.7 * solid
    assert count(same, plots.SAME, (0, 74, 30, 93)) > 50  # a circle below
    assert count(different, plots.DIFFERENT, (0, 74, 30, 93)) > 20  # a cross below
    assert count(same, plots.DIFFERENT) == count(different, plots.SAME) == 0
    assert (np.asarray(neither) == 255).all()


def test_pairs_show_both_photos_score_verdict_and_error(monkeypatch):
    seen = {}
    monkeypatch.setattr(
        tiles, "tile", lambda images, alt, labels, same, **o: seen.update(locals())
    )
    photos = some_photos(6)
    scores, same = [0.91, 0.2, 0.5], [1, 1, 0]
    tiles.pairs(photos[:3], photos[3:], "Three pairs.", same, scores, 0.5, columns=2)
    assert seen["labels"] == [
        "0.91 accept",
        "0.20 reject\nfalse reject",
        "0.50 accept\nfalse accept",
    ]
    assert seen["same"] == same and seen["o"] == {"columns": 2}
    assert seen["images"][0].shape == (40, 30 + 2 + 30, 3)
    np.testing.assert_array_equal(seen["images"][0][:, :30, :1], photos[0])
    np.testing.assert_array_equal(seen["images"][0][:, 32:, :1], photos[3])
    assert tiles.pair_labels([1, 0]) == ["same", "different"]


def test_photos_of_any_kind_can_be_tiled():
    grey = np.full((10, 8), 0.5)
    colour = np.full((30, 20, 3), 200, np.uint8)
    page = tiles.draw_tile([grey, colour], labels=["Łukasz", "Ирина"], title="Two")
    assert page.mode == "RGB"
    assert tiles.rgb(grey).getpixel((0, 0)) == (128, 128, 128)
    with pytest.raises(ValueError, match="1 or 3 channels"):
        tiles.draw_tile([np.zeros((5, 5, 4))])
    with pytest.raises(ValueError, match="no photo"):
        tiles.draw_tile([])
    with pytest.raises(ValueError, match="2 photos, 1 labels"):
        tiles.draw_tile([grey, colour], labels=["a"])


def test_maps_are_coloured_from_least_to_most():
    coloured = plots.cividis([[0.0, 5.0], [10.0, 2.0]])
    assert coloured.shape == (2, 2, 3) and coloured.dtype == np.uint8
    assert coloured[1, 0].sum() > coloured[0, 1].sum() > coloured[0, 0].sum()
    assert plots.cividis(np.zeros((3, 3))).shape == (3, 3, 3)


# ---- charts ----


def test_each_hill_is_a_share_of_its_own_pairs():
    scores, same = some_scores()
    ax = plots.hills(scores, same, 1.25, title="They overlap").axes[0]
    outlines = [p for p in ax.patches if p.get_label() in ("same", "different")]
    for patch in outlines:
        assert patch.get_data().values.sum() == pytest.approx(100)
        is_same = patch.get_label() == "same"
        colour = plots.SAME if is_same else plots.DIFFERENT
        assert matplotlib.colors.to_hex(patch.get_edgecolor()).upper() == colour
        assert patch.get_linestyle() == ("-" if is_same else "--")
    assert len(outlines) == 2
    assert {p.get_hatch() for p in ax.patches} >= {"///", "\\\\\\"}
    assert list(ax.lines[0].get_xdata()) == [1.25, 1.25]
    assert "same\n100 pairs" in words(ax) and "different\n300 pairs" in words(ax)
    assert "← reject   1.25   accept →" in words(ax)
    assert ax.get_title(loc="left") == "They overlap"


def test_roc_and_det_draw_the_measured_rates():
    scores, same = some_scores()
    verifiers = {"ours": (scores, same), "worse": (np.round(scores), same)}
    far, tar, _ = evaluation.roc(scores, same)
    ax = plots.roc(verifiers).axes[0]
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), np.c_[far, tar])
    assert ax.lines[1].get_linestyle() != ax.lines[2].get_linestyle()
    auc = evaluation.auc(scores, same)
    assert ax.get_legend().texts[0].get_text() == f"ours (AUC {auc:.3f})"

    ax = plots.det(verifiers).axes[0]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    drawn = ax.lines[0].get_xydata()
    np.testing.assert_array_equal(drawn, np.c_[far, 1 - tar][(far > 0) & (tar < 1)])
    rate = evaluation.eer(scores, same)
    assert ax.lines[1].get_xydata().tolist() == [[rate, rate]]


def test_a_perfect_verifier_can_be_drawn():
    perfect = {"perfect": ([3, 2, 1], [1, 0, 0])}
    for draw in (plots.roc, plots.det):
        draw(perfect).canvas.draw()


def test_curves_are_labelled_at_their_ends_without_overlap():
    runs = {"training": [1.0, 0.5, 0.30], "validation": ([1, 2, 3], [1, 0.6, 0.31])}
    ax = plots.curves(runs, level=(0.693, "trivial loss"), ylabel="loss").axes[0]
    np.testing.assert_array_equal(
        ax.lines[0].get_xydata(), [[1, 1], [2, 0.5], [3, 0.3]]
    )
    assert ax.lines[1].get_ydata()[-1] == 0.31
    assert set(ax.lines[2].get_ydata()) == {0.693}
    assert set(words(ax)) == {"training", "validation", "trivial loss"}
    apart(ax)


def apart(ax):
    """No two texts in the axes overlap."""
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    for n, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[n + 1 :])


def test_bars_have_the_lengths_the_error_bars_and_the_numbers():
    values = {"pixels": (18.2, 14.0, 22.0), "ours": 4.2}
    ax = plots.bars(values, xlabel="EER (%)", level=(50, "chance")).axes[0]
    filled = [patch for patch in ax.patches if patch.get_fill()]
    assert [patch.get_width() for patch in filled] == [18.2, 4.2]
    segment = ax.collections[0].get_segments()[0]
    np.testing.assert_allclose(segment[:, 0], [14, 22])
    assert "18.2  (14.0 to 22.0)" in words(ax) and "4.2" in words(ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["pixels", "ours"]
    assert ax.yaxis_inverted()
    assert len({patch.get_hatch() for patch in ax.patches if not patch.get_fill()}) == 2
    apart(ax)


def test_a_map_shows_each_photo_with_the_marker_of_its_person():
    places = np.arange(12.0).reshape(6, 2)
    ax = plots.points(places, [0, 0, 0, 1, 1, 1], names=["ann", "bo"]).axes[0]
    groups = [group.get_offsets() for group in ax.collections]
    np.testing.assert_array_equal(np.concatenate(groups), places)
    assert words(ax) == ["ann", "bo"]
    outlines = [group.get_paths()[0].vertices.shape for group in ax.collections]
    assert outlines[0] != outlines[1]


def test_a_tower_shows_the_shape_of_every_step():
    steps = [("photo", (64, 64, 1)), ("conv", (32, 32, 64)), ("embedding", (256,))]
    ax = plots.tower(steps, title="Smaller and deeper").axes[0]
    assert {"64x64x1", "32x32x64", "256", "photo", "conv"} <= set(words(ax))
    heights = [patch.get_height() for patch in ax.patches]
    widths = [patch.get_width() for patch in ax.patches]
    assert heights[0] == 2 * heights[1] and widths[1] > widths[0]


def test_a_long_title_is_broken_and_stays_inside_the_figure():
    title = (
        "Raw pixels take strangers for one person more often than we would ever guess"
    )
    fig = plots.hills(*some_scores(), title=title)
    fig.canvas.draw()
    text = fig.axes[0]._left_title
    assert text.get_text().replace("\n", " ") == title
    assert text.get_window_extent().x1 <= fig.bbox.x1
    fig, axes = plt.subplots(1, 2)
    plots.hills(*some_scores(), title=title, ax=axes[1])
    assert axes[1].get_title(loc="left").count("\n") >= 2


def test_a_sick_run_is_drawn_beside_the_healthy_one():
    healthy, sick = np.linspace(0.7, 0.1, 12), np.full(12, 0.69)
    panels = {"healthy": ([healthy], healthy), "sick": ([healthy], sick)}
    figure = curves.small_curves(panels, 10, level=np.log(2), top=1.05)
    level, grey, black = figure.axes[1].lines
    np.testing.assert_array_equal(grey.get_ydata(), healthy)
    np.testing.assert_array_equal(black.get_ydata(), sick)
    assert level.get_ydata()[0] == pytest.approx(np.log(2))
    assert list(black.get_xdata()) == list(range(10, 121, 10))


def test_strips_show_every_run_and_put_the_best_mean_first():
    rates = {"bad": np.full((4, 3), 0.2), "good": np.arange(12).reshape(4, 3) / 100}
    ax = curves.strips(rates, {"pixels": 0.15}, "One is good", "EER (%)").axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["good  5.5", "bad  20.0"]
    assert ax.yaxis_inverted() and words(ax) == ["pixels"]
    clouds = [c.get_offsets() for c in ax.collections if len(c.get_offsets()) == 3]
    np.testing.assert_allclose(np.concatenate(clouds[:4])[:, 0], np.arange(12))
    assert len({round(cloud[0, 1], 2) for cloud in clouds[:4]}) == 4  # a row a fold
    assert [line.get_xdata()[0] for line in ax.lines] == [15]


def test_charts_can_share_a_figure():
    fig, axes = plt.subplots(1, 2)
    assert plots.hills(*some_scores(), ax=axes[0]) is fig
    assert plots.roc({"ours": some_scores()}, ax=axes[1]) is fig


def test_same_and_different_never_colour_anything_else():
    assert not {plots.SAME, plots.DIFFERENT} & set(style.OTHERS)


def test_two_rates_draws_each_panel_with_its_levels_and_both_lines():
    levels = {"none": {"far": 0.1, "frr": 0.2}, "much": {"far": 0.05, "frr": 0.9}}
    for panels in ({"light": levels}, {"light": levels, "blur": levels}):
        figure = charts.two_rates(panels, "It turns away")
        drawn = [ax for ax in figure.axes if ax.lines]
        assert [ax.get_title(loc="left") for ax in drawn] == list(panels)
        far, frr = (line.get_ydata().tolist() for line in drawn[0].lines)
        assert far == [10, 5] and frr == [20, 90]
        assert [text.get_text() for text in drawn[-1].get_xticklabels()] == list(levels)
        texts = [text.get_text() for text in drawn[-1].texts]
        assert texts == ["strangers accepted", "owners turned away"]
