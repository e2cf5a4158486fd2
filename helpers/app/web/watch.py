"""What is seen of the requests from outside: counts, times, a line each. No names.

A line and a label hold the method, the route as it is written in the code
(`/people/{name}`), the status and the time.
"""

import logging
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.process_collector import ProcessCollector

from helpers.app.web.problems import FAILED, problem

LOG = logging.getLogger("helpers.app")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def registry():
    """Where the numbers are gathered, those of the process among them."""
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    return made


class Watched:
    """Counts and times all requests, and answers where the API itself failed.

    Args:
        app: of ASGI.
        registry: of Prometheus.
    """

    def __init__(self, app, registry):
        self.app = app
        self.requests = Counter(
            "faces_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "faces_request_seconds",
            "From a request's head to the end of its answer.",
            ["route"],
            registry=registry,
        )

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begin, status = time.perf_counter(), None

        async def seen(message):
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, seen)
        except Exception as error:
            LOG.error("%s at %s", type(error).__name__, place(error))
            if status is None:
                await problem(500, FAILED)(scope, receive, seen)
        finally:
            seconds = time.perf_counter() - begin
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = getattr(scope.get("route"), "path", "none")
            self.requests.labels(method, route, status).inc()
            self.seconds.labels(route).observe(seconds)
            LOG.info("%s %s %s %.0f ms", method, route, status, 1e3 * seconds)


def place(error):
    """Where an error was raised, without what it says, which may be personal.

    >>> try: [][0]
    ... except IndexError as error: place(error).rpartition(":")[2]
    '1'
    """
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
