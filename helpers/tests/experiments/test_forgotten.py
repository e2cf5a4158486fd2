"""What a person leaves behind in the course's tools, as 14 tells it."""

from helpers.experiments import forgotten

OWN = {
    "photos and record in data/mine",
    "the gallery's file",
    "the server's files and log",
    "the web API's gallery and log",
}


def test_forgetting_leaves_nothing_where_the_course_promises_it():
    found = forgotten.results()
    rows = {row["place"]: row for row in found["places"] + found["trained"]}
    assert len(rows) == 12
    assert rows.keys() >= OWN
    for place, row in rows.items():
        assert row["before"] and not row["end"]
        assert bool(row["after"]) == (place not in OWN)


def test_how_the_forgotten_come_back():
    found = forgotten.results()["comes back"]
    assert [bool(photos) for photos in found.values()] == [True, True, False]


def test_a_server_forgets_its_log_only_where_it_is_set_up_so():
    found = forgotten.results()["log of a server"]
    clean = {words for words, traces in found.items() if not traces}
    assert len(found) == 4 and clean == {
        "wal_recycle = off, the role may end the log",
        "the same, after an administrator ended it",
    }
