"""What a process of the service may still do once it meets a stranger's query: almost nothing.

A worker keeps one socket to the process that feeds it. The kernel refuses it every file, every
new socket and every new process, bounds its memory and its time, and ends it with its parent.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import struct
from typing import Final

from drugpolicy_kg.errors import ServiceError

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2

# Classic BPF: load a word of the call's description, compare, return.
_LOAD: Final = 0x20
_EQUAL: Final = 0x15
_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_KILL_PROCESS: Final = 0x80000000
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCHITECTURE: Final = 4
# Calls of the 32-bit pointer interface share the architecture but not the numbers.
_X32_CALLS: Final = 0x40000000

_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Numbers of the refused calls: files, sockets, processes, other processes' memory, the kernel's
# own programs, and the two ways to ask for work that no filter sees (io_uring, userfaultfd).
_REFUSED: Final[dict[str, tuple[tuple[int, ...], ...]]] = {
    "x86_64": (
        # open openat openat2 creat name_to_handle_at open_by_handle_at
        (2, 257, 437, 85, 303, 304),
        # socket socketpair connect bind listen accept accept4
        (41, 53, 42, 49, 50, 43, 288),
        # clone clone3 fork vfork execve execveat unshare setns
        (56, 435, 57, 58, 59, 322, 272, 308),
        # kill tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal pidfd_open pidfd_getfd
        (62, 200, 129, 297, 424, 434, 438),
        # ptrace process_vm_readv process_vm_writev
        (101, 310, 311),
        # rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat link linkat symlink
        # symlinkat mknod mknodat chmod fchmod fchmodat chown fchown lchown fchownat truncate
        (82, 264, 316, 83, 258, 84, 87, 263, 86, 265, 88, 266, 133, 259, 90, 91, 268),
        (92, 93, 94, 260, 76),
        # setrlimit prlimit64 mount umount2 bpf perf_event_open userfaultfd keyctl add_key
        (160, 302, 165, 166, 321, 298, 323, 250, 248),
        # io_uring_setup io_uring_enter io_uring_register
        (425, 426, 427),
    ),
    "aarch64": (
        (56, 437, 264, 265),
        (198, 199, 203, 200, 201, 202, 242),
        (220, 435, 221, 281, 97, 268),
        (129, 130, 138, 240, 424, 434, 438),
        (117, 270, 271),
        (38, 276, 34, 35, 37, 36, 33, 52, 53, 54, 55, 45),
        (164, 261, 40, 39, 280, 241, 282, 219, 217),
        (425, 426, 427),
    ),
}


class _Program(ctypes.Structure):
    """The C struct sock_fprog: a number of instructions and where they stand."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _control(*arguments: int | ctypes.c_void_p) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    padded = [*arguments, 0, 0, 0, 0][:5]
    values = [a if isinstance(a, ctypes.c_void_p) else ctypes.c_ulong(a) for a in padded]
    if library.prctl(*values) != 0:
        number = ctypes.get_errno()
        raise ServiceError(
            f"The kernel refused to confine a worker (prctl {arguments[0]}: "
            f"{os.strerror(number)}).",
            remedy="Serve on Linux 5.10 or later; in a container, allow seccomp.",
        )


def die_with_parent() -> None:
    """Have the kernel end this process when its parent ends, however that happens."""
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)


def filter_program(machine: str) -> bytes:
    """Return the filter of system calls for a kind of machine, as the kernel reads it.

    >>> len(filter_program("x86_64")) % 8
    0
    """
    if machine not in _REFUSED:
        raise ServiceError(
            f"No list of system calls for machine {machine!r}.",
            remedy=f"Serve on one of {', '.join(sorted(_REFUSED))}.",
        )
    refused = [number for group in _REFUSED[machine] for number in group]
    code = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_AT_LEAST, 0, 1, _X32_CALLS),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    for index, number in enumerate(refused):
        code.append((_EQUAL, len(refused) - index, 0, number))
    code += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def refuse_system_calls() -> None:
    """Give up files, sockets and new processes for the rest of this process's life."""
    instructions = filter_program(platform.machine())
    program = _Program(len(instructions) // 8, instructions)
    _control(_PR_SET_NO_NEW_PRIVS, 1)
    _control(
        _PR_SET_SECCOMP,
        _SECCOMP_MODE_FILTER,
        ctypes.cast(ctypes.pointer(program), ctypes.c_void_p),
    )


def bound(*, memory_bytes: int, file_bytes: int) -> None:
    """Set the limits of this process that the kernel keeps."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close_all_but(keep: int) -> None:
    """Close every descriptor except the standard streams and one socket."""
    os.closerange(3, keep)
    os.closerange(keep + 1, 4096)


def probe() -> list[str]:
    """Return what this process could still do and should not; empty is good.

    >>> "network" in probe()  # not confined here
    True
    """
    possible = []
    for name, family in (("network", socket.AF_INET), ("sockets", socket.AF_UNIX)):
        try:
            socket.socket(family).close()
        except PermissionError:
            continue
        possible.append(name)
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return possible
    return [*possible, "files"]
