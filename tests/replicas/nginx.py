"""nginx from Debian's packages, on loopback, with all of its files in a folder of ours."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from tests.benchmarks.servers import Server, answering, free_port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOW: Final = (
    "nginx is not installed. On Debian: apt-get install nginx-light; then run: "
    "python -m pytest tests/replicas"
)
# What matters: a request that a lost replica did not answer goes to the next one, POST too,
# because a query changes nothing; and the client's address is handed on.
_CONFIGURATION: Final = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream replicas {{
        least_conn;
        {replicas}
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 8m;
        location / {{
            proxy_pass http://replicas;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 2s;
            proxy_read_timeout 30s;
            proxy_next_upstream error timeout http_502 http_503 non_idempotent;
            proxy_next_upstream_tries 2;
        }}
    }}
}}
"""


def program() -> str | None:
    """Return where nginx is, or nothing."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def start(folder: Path, replicas: Sequence[str]) -> Server:
    """Start nginx in front of servers, given by their addresses."""
    folder.mkdir(parents=True)
    port = free_port()
    lines = [
        f"server {url.removeprefix('http://')} max_fails=1 fail_timeout=2s;" for url in replicas
    ]
    path = folder / "nginx.conf"
    path.write_text(
        _CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            port=port,
            replicas="\n        ".join(lines),
        ),
        encoding="utf-8",
    )
    return Server.start(
        [program() or "nginx", "-p", str(folder), "-c", str(path), "-g", "daemon off;"],
        folder / "output",
        ready=answering(f"http://127.0.0.1:{port}"),
    )
