"""The sample video shows whom its script names, always the same, and nobody else."""

import cv2
import numpy as np
import pytest

from helpers import faces
from helpers.live.samples import RATE, frames, script, video
from helpers.tests.live.films import spoilt, y4m


def test_the_script_names_every_frame():
    scenes = script(people=(3, 5), seconds=1, shots=(0, 9))
    assert [scene.person for scene in scenes[::RATE]] == [None, 3, None, 5, None]
    assert [scene.photo for scene in scenes[RATE : 2 * RATE]] == [0] * 5 + [9] * 5


def test_every_person_of_orl_is_found_and_an_empty_room_is_empty():
    people = (0, 7, 21, 34)
    scenes, found = script(people, seconds=1), []
    for frame in frames(people, seconds=1):
        assert frame.shape == (480, 640, 3) and frame.dtype == np.uint8
        try:
            found.append(faces.find(frame) is not None)
        except faces.FaceError:
            found.append(False)
    wanted = np.array([scene.person is not None for scene in scenes])
    found = np.array(found)
    assert not found[~wanted].any()
    assert found[wanted].mean() > 0.95


def test_a_spoilt_frame_is_spoilt():
    good, bad = list(frames((31, 32), 1))[RATE], spoilt((31, 32))
    with pytest.raises(faces.FaceError, match="2 faces"):
        faces.find(bad["two people"])
    assert bad["dark"].mean() < 25 < 100 < good.mean()
    sharp = [cv2.Laplacian(one, cv2.CV_64F).var() for one in (bad["blurred"], good)]
    assert sharp[0] < sharp[1] / 3


def test_the_same_arguments_draw_the_same_frames_and_they_move():
    first, second, other = (np.stack(list(frames((4,), 1, seed))) for seed in (0, 0, 1))
    assert (first == second).all() and (first != other).any(axis=(1, 2, 3)).all()
    steps = np.abs(np.diff(first[RATE : 2 * RATE].astype(int), axis=0))
    assert (steps.mean(axis=(1, 2, 3)) > 1).all()


def test_the_video_holds_every_frame(tmp_path):
    path = video(tmp_path / "new" / "sample.avi", people=(4,), seconds=1)
    drawn, reader = list(frames((4,), 1)), cv2.VideoCapture(str(path))
    for frame in drawn:
        good, read = reader.read()
        error = np.abs(read[..., ::-1].astype(int) - frame).mean()
        assert good and error < 4  # grey levels
    assert not reader.read()[0] and reader.get(cv2.CAP_PROP_FPS) == RATE


def test_a_video_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        video(tmp_path / "file" / "sample.avi")
    (tmp_path / "folder.avi").mkdir()
    with pytest.raises(OSError, match="cannot be written: name an .avi file"):
        video(tmp_path / "folder.avi")


def test_y4m_is_what_its_format_says(tmp_path):
    red = np.zeros((6, 8, 3), np.uint8) + np.array([200, 30, 40], np.uint8)
    path = y4m(tmp_path / "red.y4m", [red, red // 2], rate=5)
    head, _, rest = path.read_bytes().partition(b"\n")
    assert head == b"YUV4MPEG2 W8 H6 F5:1 Ip A1:1 C420jpeg"
    assert len(rest) == 2 * (len("FRAME\n") + 8 * 6 * 3 // 2)
    assert rest.startswith(b"FRAME\n")
    planes = np.frombuffer(rest[6 : 6 + 72], np.uint8).reshape(9, 8)
    back = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
    assert np.abs(back.astype(int) - red).max() < 4


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([], "there is no picture to write"),
        ([(5, 8, 3)], "8 x 5 pixels: y4m needs even sides"),
        ([(6, 8, 3), (8, 8, 3)], "the first was .6, 8, 3.: make them of one size"),
    ],
)
def test_pictures_that_make_no_y4m_are_refused(shapes, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        y4m(tmp_path / "no.y4m", [np.zeros(shape, np.uint8) for shape in shapes])
    assert not list(tmp_path.iterdir())


def test_without_a_pause_the_next_person_steps_in_at_once():
    scenes = script((3, 5), 1, pause=0)
    assert [scene.person for scene in scenes[::RATE]] == [None, 3, 5]
    assert len(scenes) == 3 * RATE
