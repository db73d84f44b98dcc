"""A checker that does what a document says, in place of the one that checks plans.

It is started as the service starts the real one, and shows what a document that took it over
could do.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from typing import Any

from drugpolicy_kg.errors import SourceError, TooLargeError
from drugpolicy_kg.service import uploads
from drugpolicy_kg.service.uploads import Checked, Upload
from drugpolicy_kg.service.workers import loader


def check(upload: Upload) -> Checked:
    """Do what the first line says; else tell what arrived."""
    command, _, value = upload.data.content.partition(b"\n")[0].decode().partition(" ")
    act = COMMANDS.get(command)
    if act is not None:
        return told(act(value))
    if command == "deep":
        return check(upload)
    if command == "long":
        return Checked(b"x" * 1_000_000, 7)
    if command == "style":
        return Checked(b"<p>", 0, "'unsafe-inline'; script-src *")
    return told(
        {
            "name": upload.data.name,
            "media_type": upload.data.media_type,
            "content": upload.data.content.decode("utf-8", "replace")[:200],
            "length": len(upload.data.content),
            "shapes": upload.shapes and upload.shapes.content.decode(),
            "parameters": upload.parameters,
        }
    )


def spin(_: str) -> object:
    while True:
        pass


def deaf(_: str) -> object:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return spin("")


def grow(_: str) -> object:
    held = []
    while True:
        held.append(bytearray(10_000_000))


def hold(number: str) -> object:
    held = bytearray(b"x" * int(number))
    while held:
        pass
    return held


def read(_: str) -> object:
    with open("/etc/hostname") as file:  # noqa: PTH123 - refused
        return file.read()


def write(_: str) -> object:
    return os.open("never-written", os.O_CREAT | os.O_WRONLY)


def connect(_: str) -> object:
    return socket.socket()


def fault(_: str) -> object:
    raise SourceError("plan.txt: a title was expected.", remedy="Add it.", line=3, column=7)


def many(_: str) -> object:
    raise TooLargeError("Too many.", most=5, unit="triples")


def crash(_: str) -> object:
    os.abort()


def leave(_: str) -> object:
    os._exit(0)


def stumble(word: str) -> object:
    known: dict[str, object] = {}
    return known[word]


COMMANDS = {
    act.__name__: act
    for act in (spin, deaf, grow, hold, read, write, connect, fault, many, crash, leave, stumble)
}


def told(what: object) -> Checked:
    return Checked(json.dumps(what, sort_keys=True, default=str).encode(), 1)


def load(order: dict[str, Any]) -> Any:
    assert order["limits"]["upload_triples"]
    return {"counts": {}, "descriptions": {}, "context": ""}, lambda m, a: uploads.reply(
        check, m, a
    )


if __name__ == "__main__":
    sys.exit(loader.main(sys.argv[1:], load))
