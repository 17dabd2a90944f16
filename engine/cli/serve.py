"""`kefuflow serve`: the pages and the worker in one process, perhaps a second one beside it, a calm end on SIGTERM."""

from __future__ import annotations

import argparse
import gc
import pkgutil
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Timer
from time import monotonic
from types import FrameType
from typing import Any, Final

from waitress.server import create_server

from engine import demo
from engine.cli import log
from engine.cli.parts import Commands, open_parts, parts_on, settings_of
from engine.cli.scripts import fill_library
from engine.clock import SystemClock
from engine.errors import ConfigurationError
from engine.store.database import Database
from engine.store.migrate import upgrade

#: Named as a string: the engine knows nothing of the web.
APPLICATION: Final = "web:create_app"
#: Of one interpreter at most one computes. With eight of them fifty people's requests took three times as long.
_THREADS: Final = 4
#: What is greater is refused before it fills the disk; the pages refuse far smaller ones, with a page that says so.
_LARGEST_BODY: Final = 64 * 1024 * 1024
#: So many seconds may requests under way take once the server is told to stop.
_GRACE_SECONDS: Final = 10.0
#: After so many seconds what the program keeps for good is there: diagrams, forms, templates, statements.
_WARM_SECONDS: Final = 60.0


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    serve = commands.add_parser(
        "serve",
        parents=[shared],
        help="serve the pages and do what falls due",
        description="Serves the pages and does what falls due, until SIGTERM or Ctrl+C; then finishes what is under "
        "way. Makes or upgrades the database first.",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    serve.add_argument(
        "--port", type=int, default=8000, help="port to listen at, 0 for any free one (default: %(default)s)"
    )
    serve.add_argument(
        "--demo",
        action="store_true",
        help="a demonstration: on the first start the shipped processes, orders and accounts are put in; the "
        "accounts' password stands on the log-in page",
    )
    serve.add_argument(
        "--virtual-clock", action="store_true", help="a clock that stands still and is moved on the page; with --demo"
    )
    serve.add_argument(
        "--secondary",
        action="store_true",
        help="a second server of a database, on another port, for more people than one can serve: pages and their "
        "jobs; what falls due besides is the first one's",
    )
    serve.set_defaults(run=run_serve)


def run_serve(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    if options.virtual_clock and not options.demo:
        raise ConfigurationError("--virtual-clock is for demonstrations: add --demo", message_zh="请同时使用 --demo。")
    if options.secondary and options.demo:
        raise ConfigurationError(
            "a demonstration has one server: leave out --secondary", message_zh="演示模式只能有一个服务进程。"
        )
    settings = settings_of(options)
    with log.written(settings.log_format), _listen(options.host, options.port) as listening:
        if options.secondary:
            with open_parts(options):  # refused unless the first server has made it what this release works with
                pass
        else:
            _prepare(options, settings.database_url)
        create_app = pkgutil.resolve_name(APPLICATION)
        application = create_app(
            database_url=settings.database_url,
            demo=options.demo,
            virtual_clock=options.virtual_clock,
            start_worker=True,
            secondary=options.secondary,
        )
        port = listening.getsockname()[1]
        print(f"Kefuflow 客服流: http://{options.host}:{port}  (Ctrl+C ends it)", flush=True)
        _serve(application, listening)
    return 0


def _prepare(options: argparse.Namespace, database_url: str) -> None:
    """Make or upgrade the database, and put in what there is from the first start on."""
    upgrade(database_url)
    if options.demo and _load_demo(database_url, virtual=options.virtual_clock):
        print("The shipped processes, demo orders and demo accounts are in place. 演示数据已就绪。", flush=True)
    fill_library(database_url)


def _load_demo(database_url: str, *, virtual: bool) -> bool:
    db = Database.open(database_url)
    try:
        now = SystemClock()
        return demo.load(parts_on(db, demo.KeptClock(db, now.now()) if virtual else now).runtime)
    finally:
        db.close()


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket; first of all, so that a second server on the port does not touch the database.

    Raises:
        ConfigurationError: the address is taken or is none of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as cleanup:
            listening = cleanup.enter_context(socket.socket(family, kind, protocol))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen()  # whoever reads the address on the terminal may come before the pages are ready
            cleanup.pop_all()
    except (OSError, OverflowError) as problem:
        raise ConfigurationError(
            f"cannot listen at {host}:{port}: {getattr(problem, 'strerror', None) or problem}; is another server "
            "running there? choose another with --port",
            message_zh=f"无法监听 {host}:{port},请换一个端口(--port)。",
        ) from problem
    return listening


def _serve(application: Any, listening: socket.socket) -> None:
    server = create_server(
        application,
        sockets=[listening],
        threads=_THREADS,
        ident=None,
        max_request_body_size=_LARGEST_BODY,
        clear_untrusted_proxy_headers=False,  # the application takes them only where it is told that one stands there
    )
    worker = application.extensions["kefuflow"].worker
    warm = Timer(_WARM_SECONDS, _keep_for_good)
    warm.daemon = True
    warm.start()
    with _stop_signals(server) as stopping:
        while not stopping:
            server.asyncore.loop(timeout=30, map=server._map, count=1)
        warm.cancel()
        server.accepting = False
        worker.stop()
        last = monotonic() + _GRACE_SECONDS
        while monotonic() < last and any(_is_busy(channel) for channel in server.active_channels.values()):
            server.asyncore.loop(timeout=0.1, map=server._map, count=1)
        server.task_dispatcher.shutdown()
        server.close()


def _keep_for_good() -> None:
    """Looking through all of it for garbage would hold every request up for a tenth of a second, again and again."""
    gc.collect()
    gc.freeze()


def _is_busy(channel: Any) -> bool:
    """Whether a request is under way on a connection, or its answer is not sent yet."""
    return bool(channel.requests or channel.total_outbufs_len)


@contextmanager
def _stop_signals(server: Any) -> Iterator[list[int]]:
    """Collects the first SIGTERM or Ctrl+C; a second one ends the process at once, as a crash would."""
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)
        signal.signal(number, before[signal.Signals(number)])
        server.pull_trigger()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
