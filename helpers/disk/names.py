"""People's names as those of folders: one person, one folder, on any system."""

import re
import unicodedata

GALLERY = "gallery.sqlite"  # lies beside the people's folders
LONGEST = 60  # characters
FORBIDDEN = '/\\:*?"<>|'  # on one system or another
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?")
JOINERS = "\u200c\u200d"  # invisible, and part of names in Persian and Hindi


class MineError(ValueError):
    """Why a photo of one's own cannot be kept, found or removed: one sentence."""


def spelling(name):
    """One way to write a name, where Unicode has several (NFC), with single spaces.

    >>> spelling(" Zoe\\u0308  Li ")
    'Zoë Li'
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


def checked_name(person):
    """A person's name as a folder on any system: one spelling of its letters.

    Args:
        person: text in any script, 1 to 60 characters.

    Raises:
        MineError: it cannot be the name of a folder everywhere; the sentence says why.

    >>> checked_name("  Zoe\\u0308 ")
    'Zoë'
    """
    name = spelling(str(person))
    odd = [
        letter
        for letter in str(person)
        if letter in FORBIDDEN
        or (unicodedata.category(letter)[0] == "C" and letter not in JOINERS)
    ]
    if not name.strip(JOINERS):
        why = "it is empty"
    elif len(name) > LONGEST:
        why = f"it has {len(name)} characters, and {LONGEST} are the limit"
    elif odd:
        why = f"{odd[0]!r} cannot be part of a folder's name"
    elif name.startswith(".") or name.endswith("."):
        why = "it begins or ends with a dot"
    elif RESERVED.fullmatch(name.casefold()):
        why = "Windows keeps this name for itself"
    elif name.casefold().startswith(GALLERY):
        why = "the gallery's file is called so"
    else:
        return name
    raise MineError(f"{name[:LONGEST]!r} cannot be a person's name: {why}. Change it.")


def key(name):
    """What two spellings of one name share: Ann and ann are one person.

    >>> key("ANN") == key("ann")
    True
    """
    return spelling(spelling(name).casefold())
