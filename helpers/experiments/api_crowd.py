"""Two thousand clients of the web API at once; clients that never come to an end.

`api_load.py` starts the server and keeps what is found here.
"""

import asyncio
import http.client
import io
import threading
import time
from collections import Counter

import numpy as np
from PIL import Image

CLIENTS, SLOW, PATIENCE = 2_000, 500, 180  # clients, clients, seconds


def jpeg(image):
    """A photo as the bytes of a file."""
    file = io.BytesIO()
    Image.fromarray(image[..., 0]).save(file, "JPEG", quality=95)
    return file.getvalue()


def form(**photos):
    """A form with files: its headers and its body."""
    name = b'--x\r\nContent-Disposition: form-data; name="%b"; filename="p.jpg"'
    parts = [
        name % field.encode() + b"\r\n\r\n" + data + b"\r\n"
        for field, data in photos.items()
    ]
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    return kind, b"".join(parts) + b"--x--"


def crowd(place, photos):
    """Clients that all verify a pair at the same moment.

    Args:
        place: host and port. photos: list of bytes.

    Returns:
        dict: statuses, {status: how many}; 0 is no answer. seconds until the last;
        version_ms, of 20 other requests in the meantime, the slowest.
    """
    request = [raw("/verify", *form(a=photos[0], b=photos[1]))]
    return together(place, CLIENTS, request, 0)


def slow(place, photos):
    """Clients that send a body byte by byte, as of `crowd`."""
    whole = raw("/verify", *form(a=photos[0], b=photos[1]))
    parts = [whole[:300], *(whole[n : n + 1] for n in range(300, 600))]
    return together(place, SLOW, parts, 0.5)


def together(place, clients, parts, pause):
    """What happens to clients that all send the same parts, with pauses."""

    async def everybody():
        sends = [send(place, parts, pause) for _ in range(clients)]
        return await asyncio.gather(*sends)

    begin, asked, done = time.perf_counter(), [], threading.Event()
    asker = threading.Thread(target=ask_version, args=[place, asked, done])
    asker.start()
    statuses = Counter(asyncio.run(everybody()))
    seconds = time.perf_counter() - begin
    done.set()
    asker.join()
    return {
        "statuses": {str(status): times for status, times in sorted(statuses.items())},
        "seconds": round(seconds, 1),
        "version_ms_50": round(1e3 * float(np.median(asked)), 1),
        "version_ms_most": round(1e3 * max(asked), 1),
    }


def ask_version(place, asked, done):
    """Ask again and again for `/version`; the seconds go to `asked`."""
    while not done.is_set():
        begin = time.perf_counter()
        connection = http.client.HTTPConnection(*place, timeout=60)
        connection.request("GET", "/version")
        connection.getresponse().read()
        connection.close()
        asked.append(time.perf_counter() - begin)
        done.wait(0.2)


async def send(place, parts, pause):
    """Send a request on a connection of its own: the status, 0 for no answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(*place)
            first = asyncio.ensure_future(reader.readline())
            for part in parts:
                writer.write(part)
                await writer.drain()
                if pause:
                    await asyncio.wait([first], timeout=pause)
                if first.done():
                    break
            line = await first
            writer.close()
    except (OSError, TimeoutError):
        return 0
    return int(line.split()[1]) if line else 0


def raw(path, headers, body):
    """A request as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body
