"""Numbers for Prometheus: what was asked and how long it took, and how much waits. No label says whose."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from time import monotonic
from typing import Final, cast

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from engine.access import GROUPS
from engine.errors import StorageUnavailable
from engine.queries.operation import Figures, read_figures
from engine.store.database import Database
from web import request_log
from web.wiring import parts

bp = Blueprint("metrics", __name__)
#: Seconds of a request, from what nobody notices to what nobody waits for.
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: So many seconds the numbers of the database are given again, however often somebody asks.
FRESH_SECONDS: Final = 5.0
#: Headers by which a web server in front says for whom it asks.
_FORWARDED: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
_REFUSED: Final = {401: "password", 429: "rate"}
_EXTENSION: Final = "kefuflow_metrics"


class Metrics:
    """The numbers of one application."""

    def __init__(self) -> None:
        # A second number beside each counter, which nobody here reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._requests = Counter("kefuflow_requests", "Requests answered.", ("route", "status"), registry=self.registry)
        self._seconds = Histogram(
            "kefuflow_request_seconds",
            "Until an answer was ready.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._refused = Counter(
            "kefuflow_logins_refused", "Log-ins refused, by what refused them.", ("by",), registry=self.registry
        )
        for by in _REFUSED.values():
            self._refused.labels(by)
        ProcessCollector(registry=self.registry)
        self.registry.register(_Installation())

    def count(self, response: Response) -> Response:
        """Note a request that is answered."""
        route = request_log.route()
        self._requests.labels(route, f"{response.status_code // 100}xx").inc()
        self._seconds.labels(route).observe(request_log.elapsed())
        if route == "login.submit" and (by := _REFUSED.get(response.status_code)):
            self._refused.labels(by).inc()
        return response


class _Installation(Collector):
    """What the database and the worker say when somebody asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[Database, float, Figures] | None = None

    def describe(self) -> list[Metric]:
        """Nothing: else the database would be asked when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The numbers of now; where the database does not answer those of the worker remain."""
        pulse = parts().worker.pulse
        yield CounterMetricFamily("kefuflow_worker_looks", "Looks at the job table begun.", value=pulse.looks)
        failures = CounterMetricFamily("kefuflow_worker_failures", "What ended in an error.", labels=("of",))
        failures.add_metric(("look",), pulse.failures)
        failures.add_metric(("post",), pulse.post_failures)
        yield failures
        if (age := pulse.age()) is not None:
            yield GaugeMetricFamily("kefuflow_worker_look_age_seconds", "Since it looked at the job table.", value=age)
        figures = self._figures()
        up = 0 if figures is None else 1
        yield GaugeMetricFamily("kefuflow_database_up", "1: the database answers; 0: it does not.", value=up)
        if figures is not None:
            yield from _families(figures)

    def _figures(self) -> Figures | None:
        built = parts()
        with self._lock:
            kept = self._kept
            if kept is not None and kept[0] is built.db and monotonic() - kept[1] < FRESH_SECONDS:
                return kept[2]
            try:
                found = read_figures(built.db, built.clock.now(), GROUPS)
            except (StorageUnavailable, OSError):
                return None
            self._kept = (built.db, monotonic(), found)
            return found


def _families(figures: Figures) -> Iterator[Metric]:
    tasks = GaugeMetricFamily("kefuflow_open_tasks", "Open user tasks by candidate group.", labels=("group",))
    for group in sorted({*GROUPS, *figures.open_tasks}):
        tasks.add_metric((group,), figures.open_tasks.get(group, 0))
    yield tasks
    single = {
        "active_instances": ("Process instances that run.", figures.active_instances),
        "overdue_tasks": ("Open user tasks that are late.", figures.overdue_tasks),
        "incidents": ("Open incidents.", figures.incidents),
        "due_jobs": ("Jobs that are due.", figures.due_jobs),
        "oldest_due_job_seconds": ("For how long the oldest of them has been due.", figures.oldest_due_seconds),
        "outbox_waiting": ("Messages written and not delivered.", figures.waiting_messages),
        "head_age_seconds": ("Since the newest signed head of the log.", figures.head_age_seconds),
        "database_bytes": ("The database's file with its write-ahead log.", figures.database_bytes),
    }
    for name, (said, value) in single.items():
        if value is not None:
            yield GaugeMetricFamily(f"kefuflow_{name}", said, value=value)


def install(app: Flask) -> None:
    """Count every request of this application."""
    metrics = Metrics()
    app.extensions[_EXTENSION] = metrics
    app.after_request(metrics.count)


@bp.get("/metrics")
def show() -> Response:
    """Prometheus' text, to this machine or who has the token; else 403 with a word to who has set Prometheus up."""
    if not _may_read():
        told = "Only from this machine, or with the bearer token of KEFUFLOW_METRICS_TOKEN.\n"
        return Response(told, status=403, mimetype="text/plain")
    metrics = cast(Metrics, current_app.extensions[_EXTENSION])
    response = Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_read() -> bool:
    token = current_app.config["KEFUFLOW_METRICS_TOKEN"]
    said = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(said.encode(), f"Bearer {token}".encode()):
        return True
    return _is_of_this_machine()


def _is_of_this_machine() -> bool:
    """Whether the connection comes from here, and nobody passed the request on: a web server here asks for others."""
    environ = request.environ
    peer = environ.get("werkzeug.proxy_fix.orig", environ).get("REMOTE_ADDR") or ""
    if any(header in request.headers for header in _FORWARDED):
        return False
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
