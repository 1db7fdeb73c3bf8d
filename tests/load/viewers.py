"""Live viewers of the board: each a socket of its own that gets the portal's events."""

import asyncio
import time
import urllib.parse

# The portal lets so many of one address begin at once.
AT_ONCE = 100


async def figures(address, name):
    """When the national figure of this name came, the figure, and the event's size, for ever."""
    figure = f'"{name}":{{"families":'.encode()
    url = urllib.parse.urlsplit(address)
    reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=1 << 22)
    writer.write(f"GET /api/board/events HTTP/1.1\r\nhost: {url.netloc}\r\naccept: text/event-stream\r\n\r\n".encode())
    while True:
        event = await reader.readuntil(b"\n\n")
        at = time.time()
        found = event.find(figure)
        if found >= 0:
            yield at, int(event[found + len(figure):event.index(b",", found)]), len(event)


async def connected(watch, number):
    """Starts `watch(greeted)` so many times, and waits until each has set what it was given."""
    watching = []
    for _ in range(0, number, AT_ONCE):
        greeted = [asyncio.Event() for _ in range(min(AT_ONCE, number - len(watching)))]
        watching += [asyncio.create_task(watch(one)) for one in greeted]
        await asyncio.gather(*(one.wait() for one in greeted))
    return watching
