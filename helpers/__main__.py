"""The command line: `python -m helpers verify ann.jpg who.png`, and more with `--help`.

A command does its work in another module, which is imported when the command is known:
so that help is there at once, and a photo that cannot be used is refused before
TensorFlow is loaded.
"""

import argparse
import json
import os
import sys
from importlib import metadata

from helpers.app import commands as others
from helpers.app.options import RECIPE, as_json, far, folder, positive, recipe, weights

ABOUT = """Verify faces with the course's network, measure it, train it again.

  python -m helpers verify ann.jpg who.png       do both photos show one person?
  python -m helpers verify a.jpg b.jpg --far 0.001     accept fewer strangers
  python -m helpers verify --reference a.jpg --reference b.jpg who.jpg    compare two
  python -m helpers enrol Ann ann.jpg            keep Ann's face in a file
  python -m helpers identify who.jpg             who is it, or nobody?
  python -m helpers evaluate orl                 how good is it on 40 unseen people?
  python -m helpers train faces                  make its weights anew (45 minutes)
  python -m helpers train folder PATH            a verifier for pictures of your own
  python -m helpers benchmark                    the classic recipe beside ours

Each command has its own help: python -m helpers verify --help"""
VERIFY = """Say whether two photos show one person, or two pictures one class.

Each photo shows one face from the front, in any format. The face is found and levelled,
both are embedded, and the similarity of the embeddings (-1 to 1) is compared with a
threshold, which was measured on people who were held out of the training. The weights
of pictures (--weights omniglot, or those of `train folder`) look for no face.

Of one person there may be several photos, each after --reference; the last photo is the
probe. Its similarity is then the mean of those with each of them. Weights that have
learned from forgeries take the threshold at which skilled ones are accepted as often as
genuine pictures are rejected, unless --far is given.

"Do not rely on it" follows where a photo is unlike those on which the rates were
measured: dark, blurred, grainy, striped, of few greys, in odd light, a second face in
it. Not told, though two strangers who share it pass more often than promised: a
squashed frame, a word across, a tight cut, a shadow on one half, dark corners, a wide
lens.

The exit code is 0 for the same person, 1 for different people, and 2 where it could not
tell: the reason then stands on the standard error."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that says in one sentence what is wrong, without the usage."""

    def error(self, message):
        text = message[:1].upper() + message[1:]
        self.exit(2, f"{text}. See `{self.prog} --help`.\n")


def parser():
    """All commands with their options; `work` is the function that a command calls."""
    as_is = argparse.RawDescriptionHelpFormatter
    top = Parser("python -m helpers", description=ABOUT, formatter_class=as_is)
    number = metadata.version(name := "siamese-faces")
    top.add_argument("--version", action="version", version=f"{name} {number}")
    commands = top.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )

    def command(name, work, about, text=None, among=commands):
        made = among.add_parser(
            name, help=about, description=text or about, formatter_class=as_is
        )
        made.set_defaults(work=work)
        return made

    one = command("verify", verify, "do two photos show one person?", VERIFY)
    one.add_argument(
        "--reference",
        action="append",
        default=[],
        metavar="A",
        help="a photo of the person; as often as there are photos, the probe follows",
    )
    one.add_argument(
        "photos", metavar="PHOTO", nargs="+", help="two photos, or the probe alone"
    )
    far(one, None, "0.01; that for skilled forgeries where the weights know any")
    weights(one, "faces")
    one = command("evaluate", None, "measure a verifier on those whom it never saw")
    sets = one.add_subparsers(title="on what", dest="set", metavar="SET", required=True)
    for name, about, default in (
        ("lfw", "1,000 pairs of strangers in news photos", "faces"),
        ("orl", "40 people in one room", "faces"),
        ("omniglot", "characters of alphabets never seen", "omniglot"),
        ("folder", "pictures of your own, one sub-folder a class", None),
    ):
        one = command(name, evaluate, about, among=sets)
        if name == "folder":
            folder(one)
        weights(one, default)
        as_json(one)
    one = command("benchmark", benchmark, "the classic recipe beside ours, in one run")
    one.add_argument(
        "--minutes",
        type=positive(float),
        default=4.0,
        metavar="M",
        help="of training for each side (%(default)g)",
    )
    one.add_argument(
        "--folder",
        metavar="PATH",
        default="images",
        help="where the figure and the numbers go (%(default)s)",
    )
    for each in ("verify", "benchmark"):
        as_json(commands.choices[each])
    one = command("train", None, "make the weights that the course ships, or your own")
    what = one.add_subparsers(
        title="what to train", dest="what", metavar="WHAT", required=True
    )
    for name, about in (
        ("faces", "the verifier, on LFW"),
        ("joined", "what stands beside its network in notebook 11"),
        ("omniglot", "the verifier for drawings, on Omniglot"),
        ("folder", "one for your pictures, a sub-folder a class"),
        ("aligner", "what levels a face, on LFW"),
    ):
        one = command(name, train, about, among=what)
        if name == "folder":
            folder(one)
            one.add_argument(
                "--mirror",
                action="store_true",
                help="a mirrored picture shows the same: animals, say, not writing",
            )
        if name not in ("aligner", "joined"):
            recipe(one)
    others.add(command, as_json, weights, far)
    return top


def verify(options):
    """Print the verdict on a probe; exit code 0 same, 1 different."""
    from helpers.disk.cards import locate
    from helpers.live import references
    from helpers.live.words import describe
    from helpers.verifier import Verifier, closeup_of

    *known, probe = [*options.reference, *options.photos]
    if not known or len(options.photos) > 2:
        raise ValueError(references.COUNT)
    _, card = locate(options.weights)
    known, probe = ([closeup_of(p, card=card) for p in s] for s in (known, [probe]))
    verifier = Verifier.load(options.weights)
    verdict = references.verify(verifier, known, *probe, options.far)
    if options.json:
        print(json.dumps(references.as_dict(verdict, known, card, options.weights)))
    else:
        print(describe(verdict, card, len(known)))
    return 0 if verdict.same else 1


def evaluate(options):
    """Measure a verifier; the last line is JSON."""
    from helpers.recipes import faces, folder, omniglot
    from helpers.verifier import Verifier

    if options.weights is None:
        options.weights = str(folder.weights_of(options.path))
    verifier = Verifier.load(options.weights)
    if options.set == "folder":  # says in words what it found
        found = folder.evaluate_folder(
            verifier, options.path, options.json, options.forgeries
        )
    elif options.set == "orl":
        found = faces.evaluate_orl(verifier)
    elif options.set == "lfw":
        found = faces.evaluate_lfw(verifier)
    else:
        found = omniglot.evaluate_omniglot(verifier)
    if not options.json and options.set != "folder":
        for name, value in found.items():
            print(f"{name:24}{value}")
    print(json.dumps(found | {"weights": options.weights}))
    return 0


def train(options):
    """Train a verifier, or what levels a face; the last line is what it reaches."""
    from helpers.recipes import aligner, faces, folder, omniglot

    given = {name: getattr(options, name) for name in RECIPE if name in options}
    if options.what == "aligner":
        print(aligner.describe(aligner.train_aligner()))
    elif options.what == "folder":  # says in words what it reaches
        given |= {"mirror": options.mirror, "forgeries": options.forgeries}
        folder.train_folder(options.path, **given)
    elif options.what in ("faces", "joined"):
        make = faces.train_faces if options.what == "faces" else faces.train_joined
        card = make(**given)
        print(f"Held-out people: {card['held_out']}; threshold {card['threshold']}.")
    else:
        card = omniglot.train_omniglot(**given)
        print(f"Held-out alphabets: {card['held_out']}; threshold {card['threshold']}.")
    return 0


def benchmark(options):
    """Measure both recipes; the last line is JSON if wanted."""
    from helpers.experiments import benchmark

    return benchmark.main(options.minutes, options.folder, options.json)


def answer(arguments):
    """Run a command; what it raises for the reader becomes a sentence."""
    try:
        options = parser().parse_args(arguments)
        try:
            return options.work(options)
        except BrokenPipeError:
            raise
        except (ValueError, OSError) as error:
            reason = " ".join(str(error).split())
        except ImportError as error:
            reason = f"The package {error.name} is missing: run `pip install -e .`"
        if getattr(options, "json", False):
            verdict = {"same": None} if options.command == "verify" else {}
            print(json.dumps(verdict | {"reason": reason}))
        print(reason, file=sys.stderr)
        return 2
    finally:
        sys.stdout.flush()


def main(arguments=None):
    """Run a command.

    Args:
        arguments: list of str; by default those of the process.

    Returns:
        The exit code: 0 done (or the same person), 1 different people, 2 a sentence on
        the standard error says what is wrong, 130 interrupted.
    """
    try:
        return answer(arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print("The output was closed before all of it was read.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
