"""`serve`: the graph over SPARQL and HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drugpolicy_kg.cli.terminal import FOLDER

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--release", type=FOLDER, help="A folder with one release.")
@click.option("--releases", type=FOLDER, help="A folder of releases; its 'current' is followed.")
@click.option("--endpoint", metavar="URL", help="A SPARQL 1.1 endpoint in place of our store.")
@click.option("--workers", type=click.IntRange(1), help="Processes that answer queries.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1),
    default=10.0,
    show_default=True,
    help="Seconds that a query may take.",
)
@click.option("--client-header", metavar="NAME", help="Header in which a proxy names its client.")
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="NETWORK",
    help="Who may name a client in that header, such as 10.0.0.0/8; without it, this machine.",
)
@click.option("--public-url", metavar="URL", help="How clients see this service.")
def serve(
    *,
    host: str,
    port: int,
    release: Path | None,
    releases: Path | None,
    endpoint: str | None,
    workers: int | None,
    time_limit: float,
    client_header: str | None,
    proxies: tuple[str, ...],
    public_url: str | None,
) -> None:
    """Serve the graph over SPARQL and HTTP, and say where.

    Without a release or an endpoint, the packaged graph is served.

    \b
    Example:
      drugpolicy serve --port 8080
    """
    from drugpolicy_kg import resources
    from drugpolicy_kg.service import Limits, ServeOptions
    from drugpolicy_kg.service import serve as run
    from drugpolicy_kg.service.options import THIS_MACHINE

    if not (release or releases or endpoint):
        release = resources.graphs()
    run(
        ServeOptions(
            release=release,
            releases=releases,
            endpoint=endpoint,
            queries=resources.public_queries(),
            host=host,
            port=port,
            workers=workers,
            limits=Limits(time_seconds=time_limit),
            client_header=client_header,
            proxies=proxies or THIS_MACHINE,
            public_url=public_url,
        ),
        say=click.echo,
    )
