from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.service.workers import confinement

if TYPE_CHECKING:
    from collections.abc import Callable


def in_child(act: Callable[[], object]) -> object:
    """Return what a function of this module returns in a process of its own."""
    program = f"import json, {__name__} as m; print(json.dumps(m.{act.__name__}()), flush=True)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def confined_attempts() -> dict[str, str]:
    confinement.refuse_system_calls()
    return attempts()


def confined_probe() -> list[str]:
    confinement.refuse_system_calls()
    return confinement.probe()


def free_probe() -> list[str]:
    return confinement.probe()


def bounded() -> list[str]:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    confinement.bound(memory_bytes=300_000_000, file_bytes=1_000)
    ends = []
    try:
        bytearray(400_000_000)
    except MemoryError:
        ends.append("memory")
    file = os.memfd_create("x")
    try:
        os.write(file, b"x" * 1_000)
        os.write(file, b"x")
    except OSError:
        ends.append("file")
    return ends


def attempts() -> dict[str, str]:
    """Return how each thing that a worker must not do ends here."""
    tries: dict[str, Callable[[], object]] = {
        "internet": lambda: socket.socket(socket.AF_INET).close(),
        "internet 6": lambda: socket.socket(socket.AF_INET6).close(),
        "local socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "socket pair": socket.socketpair,
        "read": lambda: os.close(os.open("/", os.O_RDONLY)),
        "make a folder": lambda: os.mkdir("/never/never"),  # noqa: PTH102 - the system call
        "remove": lambda: os.unlink("/never/never"),  # noqa: PTH108 - the system call
        "run": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "fork": os.fork,
        "signal": lambda: os.kill(os.getppid(), 0),
        "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    }
    ends = {}
    for name, attempt in tries.items():
        try:
            attempt()
        except (PermissionError, ValueError):  # setrlimit says it as a ValueError
            ends[name] = "refused"
        except OSError as error:
            ends[name] = type(error).__name__
        else:
            ends[name] = "possible"
    return ends


def test_confined_process_is_refused_network_files_processes_and_signals() -> None:
    ends = in_child(confined_attempts)
    assert isinstance(ends, dict)
    assert len(ends) == 11
    assert set(ends.values()) == {"refused"}, ends


# What the kernel calls them (asm/unistd.h), by hand: the filter must know the same numbers.
CALLS = {
    "x86_64": (
        "socket=41 connect=42 socketpair=53 bind=49 listen=50 "
        "io_uring_setup=425 io_uring_enter=426 io_uring_register=427 "
        "open=2 openat=257 openat2=437 creat=85 mkdir=83 mkdirat=258 "
        "unlink=87 unlinkat=263 rename=82 renameat=264 renameat2=316 "
        "truncate=76 chmod=90 link=86 symlink=88 mount=165 "
        "clone=56 clone3=435 fork=57 vfork=58 execve=59 execveat=322 "
        "kill=62 ptrace=101 process_vm_writev=311 bpf=321 "
    ),
    "aarch64": (
        "socket=198 connect=203 socketpair=199 bind=200 listen=201 "
        "io_uring_setup=425 io_uring_enter=426 io_uring_register=427 "
        "openat=56 openat2=437 mkdirat=34 unlinkat=35 renameat=38 "
        "renameat2=276 truncate=45 linkat=37 symlinkat=36 mount=40 "
        "clone=220 clone3=435 execve=221 execveat=281 "
        "kill=129 ptrace=117 process_vm_writev=271 bpf=280 "
    ),
}
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
READ_AND_WRITE = {"x86_64": (0, 1), "aarch64": (63, 64)}
REFUSED, ALLOWED, KILLED = 0x00050001, 0x7FFF0000, 0x80000000


def verdict(program: bytes, architecture: int, number: int) -> int:
    """Return what a filter says to a system call, as the kernel runs it."""
    code = list(struct.iter_unpack("=HBBI", program))
    call = {0: number, 4: architecture}
    at, value = 0, 0
    while True:
        operation, if_so, if_not, operand = code[at]
        if operation == 0x06:
            return int(operand)
        if operation == 0x20:
            value = call[operand]
            at += 1
        else:
            holds = {0x15: value == operand, 0x35: value >= operand}[operation]
            at += 1 + (if_so if holds else if_not)


@pytest.mark.parametrize("machine", CALLS)
def test_filter_refuses_each_way_to_files_and_network_on_each_machine(machine: str) -> None:
    program = confinement.filter_program(machine)
    verdicts = {
        name: verdict(program, ARCHITECTURES[machine], int(number))
        for name, number in (call.split("=") for call in CALLS[machine].split())
    }
    assert len(verdicts) > 20
    assert set(verdicts.values()) == {REFUSED}, verdicts
    for number in READ_AND_WRITE[machine]:
        assert verdict(program, ARCHITECTURES[machine], number) == ALLOWED


def test_filter_ends_a_process_that_speaks_to_the_kernel_in_another_way() -> None:
    program = confinement.filter_program("x86_64")
    thirty_two_bits = 0x40000003
    assert verdict(program, thirty_two_bits, 5) == KILLED
    assert verdict(program, ARCHITECTURES["x86_64"], 0x40000000 + 41) == KILLED


def test_probe_sees_what_is_possible_without_the_filter() -> None:
    assert in_child(free_probe) == ["network", "sockets", "files"]
    assert in_child(confined_probe) == []


def test_engine_in_a_confined_process_reaches_no_other_endpoint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"

        def ask(*, confined: bool) -> str:
            program = (
                "import sys, pyoxigraph\n"
                "from drugpolicy_kg.service.workers import confinement\n"
                "store = pyoxigraph.Store()\n"
                "if sys.argv[2] == 'True': confinement.refuse_system_calls()\n"
                "try: store.query(f'ASK {{ SERVICE <{sys.argv[1]}> {{ ?s ?p ?o }} }}')\n"
                "except OSError as error: print(error.errno or error)\n"
            )
            command = [sys.executable, "-c", program, address, str(confined)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                ended = os.pidfd_open(process.pid)
                # Who came waits for an answer; whom the kernel refused ends.
                happened, _, _ = select.select([server.fileno(), ended], [], [], 60)
                os.close(ended)
                came = server.fileno() in happened
                if came:
                    server.accept()[0].close()
                said, _ = process.communicate(timeout=60)
            assert happened
            assert said, "the query was answered"
            return "somebody came" if came else "nobody came"

        assert ask(confined=False) == "somebody came"
        assert ask(confined=True) == "nobody came"


def test_memory_and_file_size_are_bounded() -> None:
    assert in_child(bounded) == ["memory", "file"]


def test_unknown_machine_is_refused() -> None:
    with pytest.raises(ServiceError, match="machine 'pdp11'"):
        confinement.filter_program("pdp11")
