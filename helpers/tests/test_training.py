"""A killed run ends like one that was not; stopping, progress, bad folders."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import helpers
from helpers import embedding, evaluation, losses, models, training
from helpers.disk.checkpoint import Checkpoint
from helpers.measures import processor
from helpers.sources.photos import Photos

STEPS, EPOCHS = 4, 4


def batch(step):
    """Batch number `step`: a function of its number alone."""
    rng = np.random.default_rng([7, step])
    people = np.repeat(rng.permutation(6)[:3], 2)
    photos = rng.normal(people[:, None, None, None] / 6, 0.3, (6, 8, 8, 1))
    return photos.astype("float32"), people


def data(start):
    shapes = tf.TensorSpec((6, 8, 8, 1)), tf.TensorSpec((6,), tf.int64)

    def batches():
        step = start
        while True:
            yield batch(step)
            step += 1

    return tf.data.Dataset.from_generator(batches, output_signature=shapes).prefetch(2)


def strangers():
    images, people = zip(*map(batch, range(1000, 1010)), strict=True)
    images = np.clip(np.concatenate(images) * 255, 0, 255).astype("uint8")
    return Photos(images, np.concatenate(people))


def tower():
    """Small, with everything that has a state: normalisation, dropout."""
    photos = x = keras.Input((8, 8, 1))
    x = models.block(x, 4, "stem")
    x = keras.layers.Dropout(0.2)(keras.layers.Flatten()(x))
    x = keras.layers.Dense(8, dtype="float32")(x)
    return keras.Model(photos, x)


class Kill(keras.callbacks.Callback):
    """End the run in the middle of an epoch, after `step` steps."""

    def __init__(self, step, how):
        super().__init__()
        self.left, self.how = step, how

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.how()


def interrupt():
    raise KeyboardInterrupt


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def run(folder=None, seed=0, step=0, how=kill, patience=9, epochs=EPOCHS, **options):
    keras.utils.set_random_seed(seed)
    model = models.siamese(part := tower())
    rate = training.decay(STEPS * EPOCHS, 0.01)
    model.compile(keras.optimizers.Adam(rate), losses.PairCrossEntropy())
    options = {"quiet": True, "callbacks": [Kill(step, how)], **options}
    measure = options.pop("measure", one_shot)
    stopping = training.OneShotStopping(part, strangers(), patience, measure)
    try:
        history = training.train(
            model, data, STEPS, epochs, folder, stopping, **options
        )
    except KeyboardInterrupt:
        history = None
    return model, history, stopping


def one_shot(embeddings, people):
    return evaluation.one_shot(embeddings, people, ways=5, trials=100)


def assert_equal(first, second):
    """Same weights, statistics, optimizer, random states and history, bit for bit."""
    for group in ("variables", "optimizer"):
        ours, theirs = getattr(first[0], group), getattr(second[0], group)
        if group == "optimizer":
            ours, theirs = ours.variables, theirs.variables
        assert len(ours) == len(theirs) > 5
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=a.path)
    assert {**first[1], "seconds": 0} == {**second[1], "seconds": 0}
    assert first[2].best_epoch == second[2].best_epoch


@pytest.fixture(scope="module")
def whole():
    return run()


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Folder of a process that was killed in the middle of its third epoch."""
    folder = tmp_path_factory.mktemp("killed")
    code = "import sys; from helpers.tests.test_training import run; "
    code += "run(sys.argv[1], step=int(sys.argv[2]))"
    root = Path(helpers.__file__).parent.parent
    command = [sys.executable, "-c", code, folder, str(2 * STEPS + 2)]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    return folder


def test_a_killed_process_ends_with_the_same_weights(whole, killed, tmp_path, capsys):
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    # Another seed: all that is random comes out of the folder.
    assert_equal(run(tmp_path, seed=99, quiet=False), whole)
    assert "Going on after epoch 2 of 4." in capsys.readouterr().out
    # What is finished is not trained again.
    assert_equal(run(tmp_path, seed=98, step=1, how=interrupt), whole)


def test_the_same_in_bfloat16(tmp_path):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        whole = run()
        assert run(tmp_path, step=STEPS + 1, how=interrupt)[1] is None
        assert_equal(run(tmp_path, seed=99), whole)
    finally:
        keras.mixed_precision.set_global_policy("float32")


def compiled(rate=1e-3, optimizer=keras.optimizers.SGD):
    model = models.siamese(tower())
    model.compile(optimizer(rate), losses.PairCrossEntropy())
    return model


def opened(folder, **options):
    """A new model and the Checkpoint that reads its state from the folder."""
    checkpoint = Checkpoint(folder, {}, STEPS, **options)
    rate = training.decay(STEPS * EPOCHS, 0.01)
    checkpoint.set_model(compiled(rate, keras.optimizers.Adam))
    return checkpoint


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


DAMAGE = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "one byte": flip,
    "empty": lambda path: path.write_bytes(b""),
    "killed between two renames": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_state_falls_back_to_the_previous(damage, killed, tmp_path, capsys):
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    (tmp_path / "new.npz").write_bytes(b"half a state")
    DAMAGE[damage](tmp_path / "state.npz")
    checkpoint = opened(tmp_path)
    assert checkpoint.read() == 1 == len(checkpoint.history["loss"])
    with np.load(killed / "previous.npz") as previous:
        for name, group in checkpoint.groups().items():
            for i, variable in enumerate(group):
                np.testing.assert_array_equal(variable, previous[f"{name}/{i}"])
    said = "state.npz is damaged and put aside" in capsys.readouterr().out
    assert said == (tmp_path / "state.damaged").exists() == ("renames" not in damage)
    # The whole one is not overwritten before there is a newer whole one.
    checkpoint.write()
    assert opened(tmp_path).read() == 1
    assert (tmp_path / "previous.npz").exists()


def test_two_damaged_states_begin_again(killed, tmp_path, capsys):
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    for name in ("state.npz", "previous.npz"):
        (tmp_path / name).write_bytes(b"PK not a zip")
    assert opened(tmp_path).read() == 0
    assert capsys.readouterr().out.count("is damaged") == 2


def test_another_run_in_the_folder_is_refused(killed):
    with pytest.raises(ValueError, match="another model.*Choose another folder"):
        training.train(compiled(), data, STEPS, 9, killed)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="cannot be kept.*choose another folder"):
        opened(tmp_path / "file").write()


def test_stopping_keeps_the_best_weights(tmp_path):
    left, seen = iter([0.3, 0.9, 0.5, 0.5, 0.99]), []

    def measure(embeddings, people):
        seen.append(embeddings.copy())
        return next(left)

    options = {"measure": measure, "patience": 2, "epochs": 9}
    first = run(tmp_path, **options)
    assert first[1]["one_shot"] == [0.3, 0.9, 0.5, 0.5]
    assert first[2].best_epoch == 1
    found = embedding.embed(first[2].tower, first[2].photos.images)
    np.testing.assert_array_equal(found, seen[1])
    # Stopped is stopped, also when it is called again.
    assert_equal(run(tmp_path, seed=99, **options), first)


def test_progress_prints_one_plain_line(capsys):
    history = {"seconds": [9.0, 2.0, 4.0]}
    for times in (False, True):
        progress = training.Progress(history, steps=1, epochs=30, times=times)
        for epoch in (9, 10):
            scores = {"loss": 0.69315, "one_shot": 0.5}
            progress.print_line(epoch, scores, rate=1e-3, seconds=4.0)
    assert capsys.readouterr().out.splitlines() == [
        "  epoch     loss  one_shot     rate",
        "   9/30    0.693     0.500  0.00100",
        "  10/30    0.693     0.500  0.00100",
        "  epoch     loss  one_shot     rate  seconds    to go",
        "   9/30    0.693     0.500  0.00100      4.0     1:03",
        "  10/30    0.693     0.500  0.00100      4.0     1:00",
    ]


def test_a_loss_that_is_no_number_stops_in_a_sentence(tmp_path, capsys):
    model = compiled(rate=1e30)
    history = training.train(model, data, STEPS, 5, tmp_path, quiet=True)
    assert len(history["loss"]) < 5 and not np.isfinite(history["loss"][-1])
    assert "a smaller learning rate" in capsys.readouterr().out
    assert not (tmp_path / "state.npz").exists() or len(history["loss"]) > 1


def test_data_that_ends_is_named():
    with pytest.raises(ValueError, match="ended in epoch 2, after 1 of 4 steps"):
        with pytest.warns(UserWarning, match="ran out of data"):
            training.train(
                compiled(), lambda start: data(start).take(5), STEPS, 2, quiet=True
            )


def test_a_model_without_loss_is_refused():
    with pytest.raises(ValueError, match="Compile the model first"):
        training.train(models.siamese(tower()), data, STEPS, 1)


def test_decay_without_warmup():
    rate = training.decay(10, 0.1, warmup=0)
    np.testing.assert_allclose([rate(0), rate(10)], [0.1, 0.001], rtol=1e-6)


def test_best_policy_is_quick():
    assert processor.best_policy() in ("float32", "mixed_bfloat16")


@pytest.mark.parametrize("faster, pays", [(True, True), (False, False)])
def test_xla_is_taken_where_it_is_faster(monkeypatch, faster, pays):
    waits = {True: 0.0, False: 0.0}
    waits[not faster] = 0.2  # a step of the slower way takes that much longer
    step = keras.Sequential.train_on_batch

    def slowed(model, *batch):
        time.sleep(waits[model.jit_compile])
        if faster:  # TensorFlow's own steps are measured once
            step(model, *batch)

    monkeypatch.setattr(keras.Sequential, "train_on_batch", slowed)
    assert processor.xla_pays.__wrapped__() == pays


def test_a_run_by_xla_that_was_cut_ends_with_the_same_weights(tmp_path):
    def run(folder, seed):
        keras.utils.set_random_seed(seed)
        model = models.siamese(tower())
        model.compile("adam", losses.PairCrossEntropy(), jit_compile=True)
        training.train(model, data, STEPS, 2, folder=folder, quiet=True)
        return model.get_weights()

    whole = run(tmp_path / "whole", seed=0)
    (tmp_path / "cut").mkdir()  # as the folder was after the first epoch
    shutil.copy(tmp_path / "whole" / "previous.npz", tmp_path / "cut" / "state.npz")
    for one, other in zip(run(tmp_path / "cut", seed=99), whole, strict=True):
        assert (one == other).all()
