"""Measures a contact sheet with its thumbnails, as a browser has them: the page, then every picture over six connections that are kept.

Against a portal that has proofs: `scripts/demo --recipients 300` leaves one running. Needs a token of who may see proofs. Standard library alone.
"""

import argparse
import http.client
import json
import re
import statistics
import threading
import time
import urllib.parse

CONNECTIONS = 6
PICTURE = re.compile(rb'src="(/proofs/[^"]+/thumbnail\?m=[^"]+)"')


class Visitor:
    def __init__(self, address, token):
        self.place = urllib.parse.urlsplit(address).netloc
        self.headers = {"authorization": f"Bearer {token}", "sec-fetch-site": "same-origin"}

    def connect(self):
        return http.client.HTTPConnection(self.place, timeout=60)

    def ask(self, connection, path, method="GET", body=None):
        kind = {"content-type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body, self.headers | kind)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status in (200, 303), (path.split("?")[0], answer.status)
        return content

    def fetch(self, paths, sizes):
        connection = self.connect()
        while True:
            try:
                path = paths.pop()
            except IndexError:
                return
            sizes.append(len(self.ask(connection, path)))

    def sheet(self, photos):
        began = time.perf_counter()
        page = self.ask(self.connect(), f"/proofs?photos={photos}")
        paths = [path.decode().replace("&amp;", "&").replace("&#38;", "&") for path in PICTURE.findall(page)]
        drawn, sizes, count = time.perf_counter(), [], len(paths)
        threads = [threading.Thread(target=self.fetch, args=(paths, sizes)) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(sizes) == count > 0, (len(sizes), count)
        return {"page_ms": 1000 * (drawn - began), "whole_ms": 1000 * (time.perf_counter() - began), "thumbnails": count, "kb": sum(sizes) / 1000}


def main():
    parser = argparse.ArgumentParser()
    for name in ("--address", "--token"):
        parser.add_argument(name, required=True)
    for name, default in (("--photos", 200), ("--times", 20)):
        parser.add_argument(name, type=int, default=default)
    args = parser.parse_args()
    visitor = Visitor(args.address, args.token)
    visitor.ask(visitor.connect(), "/proofs/why", "POST", urllib.parse.urlencode({"why": "a measurement", "next": "/"}))
    found = [visitor.sheet(args.photos) for _ in range(args.times)]
    told = {name: round(statistics.median(one[name] for one in found), 1) for name in found[0]}
    print(json.dumps(told | {"whole_worst_ms": round(max(one["whole_ms"] for one in found), 1)}))


if __name__ == "__main__":
    main()
