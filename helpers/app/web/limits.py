"""How much a client may ask for: bodies, requests, work; and who may ask at all.

The first three are ASGI middleware around the API. No limit counts on another one.
"""

import asyncio
import os
import secrets
import time
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers

from helpers.app.web.problems import AGAIN, Refused, problem

LARGEST = 20_000_000  # bytes of a body: ten photos of a phone, made smaller
TOGETHER = 400_000_000  # bytes of all bodies that are being received or worked on
SLOWEST = 30.0  # seconds for a body
RATE, BURST = 20.0, 100  # requests a second of one client, and at once
WAITING = 32  # requests that wait for a thread: about a second of work
MOST = 10_000  # clients that are remembered


class Bodies:
    """Bodies of a certain size come within a certain time, and all fit into memory.

    Args:
        app: of ASGI.
        largest, together: bytes of one body, of all. seconds: for one.
    """

    def __init__(self, app, largest=LARGEST, together=TOGETHER, seconds=SLOWEST):
        self.app, self.largest, self.together = app, largest, together
        self.seconds, self.held = seconds, 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        got, more, end = 0, True, asyncio.get_running_loop().time() + self.seconds

        async def limited():
            nonlocal got, more
            if not more:  # only to hear that the client has gone
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                why = f"The body took longer than {self.seconds:g} seconds: try again."
                raise Refused(408, why, {"Connection": "close"}) from None
            more, size = message.get("more_body", False), len(message.get("body", b""))
            got, self.held = got + size, self.held + size
            self._check(got)
            if self.held > self.together:
                raise Refused(503, "The server is busy: try again in a moment.", AGAIN)
            return message

        try:
            length = Headers(scope=scope).get("content-length", "0")
            self._check(int(length) if length.isdecimal() else 0)
            await self.app(scope, limited, send)
        except Refused as why:  # before the API was asked
            answer = problem(why.status, str(why), why.headers)
            await answer(scope, receive, send)
        finally:
            self.held -= got

    def _check(self, size):
        if size > self.largest:
            limit = f"{self.largest / 1e6:g} MB"
            raise Refused(
                413, f"The body has more than {limit}: send fewer photos, or smaller."
            )


class Clients:
    """Each client sends so many requests a second (a token bucket).

    Args:
        app: of ASGI.
        rate: requests a second. burst: how many at once after a pause.
    """

    def __init__(self, app, rate=RATE, burst=BURST):
        self.app, self.rate, self.burst = app, rate, burst
        self.left = {}  # client: requests that it may send, when that was so

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        now, who = time.monotonic(), network(scope.get("client"))
        left, since = self.left.pop(who, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.rate)
        self.left[who] = max(left - 1, 0), now  # it is now the last of the dict
        if len(self.left) > MOST:
            del self.left[next(iter(self.left))]  # who was silent the longest
        if left >= 1:
            return await self.app(scope, receive, send)
        wait = max(1, round((1 - left) / self.rate))
        why = f"More than {self.rate:g} requests a second: try again in {wait} s."
        answer = problem(429, why, {"Retry-After": str(wait)})
        await answer(scope, receive, send)


def network(client):
    """Who a client is: its address, or the network of 64 bits that it may vary.

    >>> network(("192.0.2.7", 50000)), network(("2001:db8::7", 50000))
    ('192.0.2.7', '2001:db8::/64')
    """
    try:
        address = ip_address(client[0].partition("%")[0])
    except (TypeError, ValueError):  # a socket of a file, a test
        return str(client and client[0])
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), 64), strict=False))


class Doors:
    """No web site may send requests here from the browser of who visits it.

    Such a request names the site in `Origin`; where the site's own name leads to this
    machine (DNS rebinding), in `Host`.

    Args:
        app: of ASGI.
        hosts: names that this server has; None for any.
    """

    def __init__(self, app, hosts):
        self.app, self.hosts = app, hosts

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host, origin = headers.get("host", ""), headers.get("origin")
            if self.hosts is not None and name_of(host) not in self.hosts:
                why = "This server has another name: ask it by the one that it printed."
                return await problem(421, why)(scope, receive, send)
            if origin is not None and origin.partition("://")[2] != host.lower():
                why = "The request came from the page of another site: open ours."
                return await problem(403, why)(scope, receive, send)
        await self.app(scope, receive, send)


def name_of(host):
    """The name in a `Host` header, without the port; None where there is none.

    >>> name_of("LocalHost:8000"), name_of("[::1]:8000"), name_of("[")
    ('localhost', '::1', None)
    """
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def check_token(given, token):
    """Refuse a request whose token is missing or wrong; takes the same time for any."""
    ask = {"WWW-Authenticate": 'Bearer realm="faces"'}
    if given is None:
        raise Refused(401, "Send the header `Authorization: Bearer TOKEN`.", ask)
    if not secrets.compare_digest(given.encode(), token.encode()):
        raise Refused(401, "The token is wrong: ask who runs the server.", ask)


class Workers:
    """A few threads for what blocks, and a queue of a certain length before them.

    Args:
        threads: by default one for each core.
        waiting: how many may wait.
    """

    def __init__(self, threads=None, waiting=WAITING):
        threads = threads or os.cpu_count()
        self.threads, self.room = CapacityLimiter(threads), threads + waiting
        self.inside = 0

    async def run(self, function, *values):
        """What a function returns, called in one of the threads."""
        if self.inside >= self.room:
            raise Refused(503, "The server is busy: try again in a moment.", AGAIN)
        self.inside += 1
        try:
            return await to_thread.run_sync(function, *values, limiter=self.threads)
        finally:
            self.inside -= 1
