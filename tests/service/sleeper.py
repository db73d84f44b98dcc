"""A program for documents that never gets ready: it waits until it is told to end."""

from __future__ import annotations

import socket
import sys

if __name__ == "__main__":
    control = socket.socket(fileno=int(sys.argv[1]))
    while control.recv(65_536):
        pass
