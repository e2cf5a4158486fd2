"""The gallery on a server: what its URL may be, what each fault says, what stays."""

import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from helpers.__main__ import main
from helpers.disk import ended, private, served
from helpers.disk.places import Server, people_at, place, remains, unenrol
from helpers.gallery import Gallery, GalleryError
from helpers.tests.kill_gallery import Fake, crop, fill, holding, pieces


@pytest.fixture
def people(url):
    """A gallery on the server with Ann (three photos) and Bob (one)."""
    with Gallery(url, Fake()) as people:
        people.add_crops("Ann", [crop(1), crop(2), crop(3)])
        people.add_crops("Bob", [crop(4)])
        yield people


@pytest.fixture
def admin(postgres):
    with psycopg.connect(postgres.url, autocommit=True) as db:
        yield db


def names(people):
    return {person.name: person.photos for person in people.people()}


def probe(seed):
    return Fake().embed_crops(crop(seed)[None])[0]


# ---- where a gallery is --------------------------------------------------------------


def test_a_place_is_a_path_or_a_server():
    assert place("sqlite:////data/people.sqlite") == Path("/data/people.sqlite")
    assert place("a folder/people.sqlite") == Path("a folder/people.sqlite")
    assert place("C:/people.sqlite") == Path("C:/people.sqlite")
    for url in ("postgresql://ann@host:5433/faces", "postgres:///faces?host=/run"):
        assert str(place(url)) == url and place(place(url)) == place(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret@host/faces",
        "postgresql://ann@host/faces?password=s3cret",
        "postgresql://ann@host/faces?sslmode=require&pass%77ord=s3cret",
    ],
)
def test_a_password_is_never_shown(url):
    server = Server(url)
    shown = f"{server} {server!r} {GalleryError(f'{server} is away')}"
    assert "s3cret" not in shown and "ann@host/faces" in shown


@pytest.mark.parametrize(
    "url, words",
    [
        ("mysql://host/faces", "not kept at mysql://: write postgresql://USER@HOST"),
        ("sqlite:///", "not kept at sqlite://: write"),
        ("postgresql://ann:s3c@ret@host/faces", "in a password write %40 for @"),
        ("postgresql://ann:s3c/ret@host/faces", "in a password write %40 for @"),
        ("postgresql://ann:s3c#ret@host/faces", "in a password write %40 for @"),
        ("postgresql://ann@host:port/faces", "URL cannot be read: write postgres"),
        ("postgresql://[ann", "URL cannot be read: write postgresql://USER@"),
        ("postgresql://ann:s3c?ret@host/faces", "in a password write %40 for @"),
        ("postgresql://ann:s3cret@host/faces?colour=red", "an option that is none"),
    ],
)
def test_a_bad_url_is_one_sentence_without_the_password(url, words):
    with pytest.raises(GalleryError, match=words) as caught:
        people_at(url)
    assert "s3c" not in str(caught.value) and "ret" not in str(caught.value)
    assert caught.value.__cause__ is None  # nor in a traceback


# ---- who is let in, and what is there -----------------------------------------------


def test_nobody_answers(tmp_path):
    for where in (f"postgresql:///faces?host={tmp_path}", "postgresql://127.0.0.1:9/a"):
        with pytest.raises(GalleryError, match="cannot be reached: start the server"):
            Gallery(where, Fake())


def test_a_wrong_password_and_a_database_that_is_none(postgres, admin):
    admin.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'right'")
    rules = postgres.data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("local all guest scram-sha-256\n" + before)
    admin.execute("SELECT pg_reload_conf()")
    url = postgres.of("postgres", "guest:s3cret")
    with pytest.raises(
        GalleryError, match="does not let you in: check the user"
    ) as why:
        while True:  # until the server has read its rules
            people_at(url)
    assert "s3cret" not in str(why.value) and "guest@" in str(why.value)
    rules.write_text(before)
    admin.execute("SELECT pg_reload_conf()")
    with pytest.raises(GalleryError, match="is no database of that server: create it"):
        people_at(postgres.of("nowhere"))


def test_without_pgvector(postgres, admin):
    admin.execute("DROP DATABASE IF EXISTS bare")
    admin.execute("DROP ROLE IF EXISTS owner; CREATE ROLE owner LOGIN")
    admin.execute("CREATE DATABASE bare OWNER owner")
    with pytest.raises(GalleryError, match="lacks pgvector: install it on the server"):
        people_at(postgres.of("bare", "owner"))
    with psycopg.connect(postgres.of("bare"), autocommit=True) as db:
        db.execute("CREATE EXTENSION vector")
    with Gallery(postgres.of("bare", "owner"), Fake()) as people:  # no administrator
        people.add_crops("Ann", [crop(1)])
        assert people.forget("Ann") == 1


def test_another_schema_is_refused(postgres, admin, people):
    admin.execute("UPDATE gallery.format SET version = 0")
    with pytest.raises(
        GalleryError, match="is of format 0, this course reads format 1"
    ):
        people_at(postgres.url)
    admin.execute(f"UPDATE gallery.format SET version = {served.FORMAT}")
    admin.execute("DROP DATABASE IF EXISTS music")
    admin.execute("CREATE DATABASE music")
    with psycopg.connect(postgres.of("music"), autocommit=True) as db:
        db.execute("CREATE SCHEMA gallery; CREATE TABLE gallery.song (name text)")
    with pytest.raises(GalleryError, match="has a schema `gallery` of another program"):
        people_at(postgres.of("music"))


def test_a_table_that_is_not_as_it_should_be(admin, people):
    admin.execute("ALTER TABLE gallery.change RENAME TO changed")
    try:
        with pytest.raises(
            GalleryError, match="has other tables than this course makes"
        ):
            people.add_crops("Cy", [crop(9)])
    finally:
        admin.execute("ALTER TABLE gallery.changed RENAME TO change")
    assert names(people) == {"Ann": 3, "Bob": 1}


# ---- what is confirmed stays, what is not never happened -----------------------------


def test_the_server_goes_in_the_middle_of_an_enrolment(admin, people):
    def gone():
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s"
        admin.execute(others, [people._store.db.info.backend_pid])

    with pytest.raises(GalleryError, match="does not answer any more: .* ask again"):
        with people._store.writing() as db:
            row = ["Cy", "", b"1", "", bytes(512), None]
            people._store.insert(db, [row], "fake")
            gone()
            people._store.read("SELECT 1")
    assert names(people) == {"Ann": 3, "Bob": 1}  # it has connected again
    gone()
    with pytest.raises(GalleryError, match="does not answer any more"):
        people.add_crops("Cy", [crop(9)])
    assert people.add_crops("Cy", [crop(9)]) == 1


def test_a_full_disk_changes_nothing(admin, people):
    part = served.part_of("ann")
    beside = next(f"P{n}" for n in range(999) if served.part_of(f"p{n}") == part)
    people.add_crops(beside, [crop(8)])
    admin.execute(
        "CREATE FUNCTION full_() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END$$;"
        "CREATE TRIGGER full_ BEFORE INSERT ON gallery.photo FOR EACH ROW"
        " EXECUTE FUNCTION full_()"
    )
    try:
        with pytest.raises(GalleryError, match="disk is full: free some space there"):
            people.add_crops("Cy", [crop(9)])
        with pytest.raises(
            GalleryError, match="It is removed, but traces .*disk is full"
        ):
            people.forget("Ann")
    finally:
        admin.execute("DROP FUNCTION full_ CASCADE")
    assert names(people) == {"Bob": 1, beside: 1}
    assert people.add_crops("Cy", [crop(9)]) == 1


def test_a_lock_is_waited_for_and_then_named(postgres, people):
    people._store.close()
    with (
        psycopg.connect(postgres.url) as other,
        Gallery(postgres.url, Fake(), wait=0.1) as people,
    ):
        other.execute("LOCK TABLE gallery.part")
        with pytest.raises(GalleryError, match="is in use by others who write: try"):
            people.add_crops("Cy", [crop(9)])
        other.rollback()
        assert people.add_crops("Cy", [crop(9)]) == 1


def test_many_write_at_once(url):
    faults = []

    def work(number):
        try:
            with Gallery(url, Fake()) as people:
                for n in range(8):
                    seed = 1000 * number + n
                    people.add_crops("All", [crop(seed)])
                    people.add_crops(f"Person {number}", [crop(seed)])
                    assert people.identify(probe(seed), 0.1).name is not None
                people.add_crops(f"Short {number}", [crop(seed)])
                people.rename(f"Short {number}", f"Brief {number}")
                people.forget(f"Brief {number}")
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    with Gallery(url, Fake()) as people:
        wanted = {f"Person {number}": 8 for number in range(1, 5)} | {"All": 32}
        assert names(people) == wanted


def test_several_make_the_tables_at_once(postgres, admin):
    admin.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
    admin.execute("CREATE DATABASE fresh")
    start, made = threading.Barrier(3), []

    def work():
        start.wait(10)
        with Gallery(postgres.of("fresh"), Fake()) as people:
            made.append(len(people))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [0, 0, 0]


# ---- who is forgotten ----------------------------------------------------------------


def test_the_forgotten_leave_no_byte_in_the_servers_files(postgres, admin, people):
    admin.execute("ALTER SYSTEM RESET ALL")
    people.add_crops("Marguerite Old", [crop(11), crop(12)])
    people.add_crops("Zacharias Stays", [crop(13)])
    admin.execute("ANALYZE")  # the planner's statistics are files as well
    assert holding(postgres.folder, pieces(["Marguerite Old"], [11, 12])) > 5
    people.rename("Marguerite Old", "Ida Ægidius")
    assert not holding(postgres.folder, pieces(["Marguerite Old"], []))
    assert people.forget("Ida Ægidius") == 2
    assert not holding(
        postgres.folder, pieces(["Marguerite Old", "Ida Ægidius"], [11, 12])
    )
    assert holding(postgres.folder, pieces(["Zacharias Stays"], [13])) > 5


def test_a_kill_between_removing_and_wiping_is_made_good(postgres, url, people):
    people.add_crops("Marguerite Old", [crop(11)])
    code = f"""
import os, signal
from helpers.gallery import Gallery
from helpers.tests.kill_gallery import Fake
with Gallery({url!r}, Fake()) as people:
    people._store.%s = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
    people.forget('Marguerite Old')
"""
    for step in ("wipe", "_renew"):
        people.add_crops("Marguerite Old", [crop(11)])
        done = subprocess.run([sys.executable, "-c", code % step])
        assert done.returncode < 0 and "Marguerite Old" not in people
        assert holding(postgres.folder, pieces(["Marguerite Old"], [11]))
        Gallery(url, Fake()).close()
        assert not holding(postgres.folder, pieces(["Marguerite Old"], [11]))


def test_who_is_forgotten_while_others_read_and_write(postgres, url, people):
    going = True

    def disturb(number):
        with Gallery(url, Fake()) as other:
            while going:
                other.people()
                other.add_crops(f"Other {number}", [crop(100 + number)])

    threads = [threading.Thread(target=disturb, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        for n in range(5):
            people.add_crops(f"Marguerite Old {n}", [crop(31 + n)])
            people.forget(f"Marguerite Old {n}")
    finally:
        going = False
        for thread in threads:
            thread.join()
    assert not holding(postgres.folder, pieces(["Marguerite Old"], range(31, 36)))
    assert names(people)["Ann"] == 3


# ---- what the server's log still holds, and what an administrator runs ---------------


@pytest.fixture(scope="module")
def reuses(postgres):
    """A server as PostgreSQL comes, with `wal_recycle` on, and its administrator."""
    with private.server("fsync=off") as own:
        own.stop()
        own.settings.remove("wal_recycle=off")
        own.start()
        with psycopg.connect(own.url, autocommit=True) as admin:
            yield own, admin


def plain(postgres, admin):
    """The URL of a role that is no administrator; the tables are its own."""
    admin.execute("DROP DATABASE IF EXISTS plain WITH (FORCE)")
    admin.execute("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN")
    admin.execute("CREATE DATABASE plain OWNER plain")
    with psycopg.connect(postgres.of("plain"), autocommit=True) as db:
        db.execute("CREATE EXTENSION vector")
    return postgres.of("plain", "plain")


def test_nothing_remains_where_the_server_is_set_up_for_it(url, people):
    people.add_crops("Marguerite Old", [crop(11)])
    people.forget("Marguerite Old")
    assert remains(url) is None and remains("people.sqlite") is None


def test_a_role_that_may_not_end_the_log_is_told_who_may(postgres, admin, capsys):
    url, hers = plain(postgres, admin), pieces(["Marguerite Old"], [11])
    with Gallery(url, Fake()) as people:
        people.add_crops("Marguerite Old", [crop(11)])
    assert main(["forget", "Marguerite Old", "--gallery", url]) == 0
    assert holding(postgres.folder, hers)
    assert capsys.readouterr().out.endswith(f"\nBut: {ended.NOT_ALLOWED}\n")
    for step in ("CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"):
        assert step in ended.NOT_ALLOWED
        admin.execute(step)
    assert not holding(postgres.folder, hers)


def test_the_role_ends_the_log_as_soon_as_it_may(postgres, admin):
    url, hers = plain(postgres, admin), pieces(["Marguerite Old"], [11])
    with Gallery(url, Fake()) as people:
        people.add_crops("Marguerite Old", [crop(11)])
        people.forget("Marguerite Old")
    assert remains(url) == ended.NOT_ALLOWED and holding(postgres.folder, hers)
    with psycopg.connect(postgres.of("plain"), autocommit=True) as db:
        for right in ended.NOT_ALLOWED.split("`")[3].split(";")[:2]:
            db.execute(right.replace("TO role", "TO plain"))
    assert remains(url) is None and not holding(postgres.folder, hers)


def test_a_server_that_reuses_its_log_holds_the_forgotten(reuses):
    (own, admin), hers = reuses, pieces(["Marguerite Old"], [11])
    with Gallery(own.url, Fake()) as people:
        people.add_crops("Marguerite Old", [crop(11)])
        for _ in range(2):
            admin.execute("SELECT pg_switch_wal()")
            admin.execute("CHECKPOINT")
    assert unenrol(own.url, "Marguerite Old") == 1
    assert remains(own.url) == ended.REUSES and holding(own.folder, hers)
    for setting in ended.REUSES.split("`")[1].split(";")[:2]:
        admin.execute(setting)
    while admin.execute("SHOW wal_recycle").fetchone() != ("off",):
        pass
    (files,) = admin.execute("SELECT count(*) FROM pg_ls_waldir()").fetchone()
    for _ in range(files):
        for step in ended.REUSES.split("`")[3].split(";")[:2]:
            admin.execute(step)
    assert not holding(own.folder, hers)
    assert remains(own.url) is None


def test_a_log_that_is_kept_for_replicas_is_told(reuses):
    own, admin = reuses
    admin.execute("ALTER SYSTEM SET wal_recycle = off")
    admin.execute("ALTER SYSTEM SET wal_keep_size = 32")
    admin.execute("SELECT pg_reload_conf()")
    while admin.execute("SHOW wal_keep_size").fetchone() != ("32MB",):
        pass
    assert remains(own.url) == ended.COPIES


def test_a_server_that_does_not_answer_is_said(tmp_path):
    said = remains(f"postgresql:///faces?host={tmp_path}")
    assert said.startswith("What the server's log still holds could not be asked: ")


# ---- to a file and back; the command line --------------------------------------------


def test_a_file_goes_to_the_server_and_comes_back_the_same(url, tmp_path):
    fill(tmp_path / "one", 20)
    with Gallery(url, Fake()) as people:
        assert people.merge(tmp_path / "one") == 20
        assert people.export(tmp_path / "two") == 20
        answers = [people.identify(probe(n), 0.5) for n in range(15, 25)]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with Gallery(tmp_path / "two", Fake()) as people:
        assert answers == [people.identify(probe(n), 0.5) for n in range(15, 25)]
        people.forget("Member 3"), people.forget("Member 4")
        for n in range(3, 20):
            name = f"Member {n}"
            if name in people:
                people.forget(name)
        people.rename("Member 0", "Zero"), people.rename("Member 1", "One")
        people.forget("Member 2")
        assert people.merge(url) == 20 and len(people) == 22


def test_the_command_line_takes_a_url(people, url, capsys):
    assert main(["people", "--gallery", url]) == 0
    assert "Ann: 3 photos" in capsys.readouterr().out
    assert main(["forget", "Ann", "--gallery", url]) == 0
    assert "Ann is forgotten. Removed: 3 photos of postgresql://gallery@/" in (
        capsys.readouterr().out
    )
    assert names(people) == {"Bob": 1}
    assert main(["people", "--gallery", "mysql://me:s3cret@host/faces"]) == 2
    said = capsys.readouterr().err
    assert "not kept at mysql://" in said and "s3cret" not in said


def test_who_uses_a_file_needs_no_client():
    code = "import sys, helpers.gallery; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_sentences_are_sentences():
    told = ended.REUSES, ended.NOT_ALLOWED, ended.COPIES
    for why in (*served.FAULTS.values(), served.MISSING, *told):
        assert why.endswith(".") and (":" in why or "." in why[:-1]), why
