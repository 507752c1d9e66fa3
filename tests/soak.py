"""``python -m tests.soak``: many page loads, then viewers who move sliders; memory, kernels, files and answers.

Without a browser: pages are fetched, sockets opened and tables asked for as a page does. Exits with 1 if a page was not
answered, somebody was dropped, something grew, or a kernel of thirty is too large.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1
from tornado.websocket import WebSocketClientConnection

from hedge_widgets.resources import resource
from hedge_widgets.server.places import LOCK
from tests.server.client import ALONE, Served, answers, kernel_of, kernels_of, message, opened, packed, served

PAUSE_SECONDS = 0.4  # between two questions of a viewer: a table for every stop of a hand
LARGEST_GROWTH = 20.0  # MB of the server, from when it has its size to the last load
LARGEST_KERNEL = 75.0  # MB, with what all kernels share divided among thirty
LENGTH = len("kernel-") + 8  # how much of a kernel's id the name of a process holds


def megabytes(pid: int) -> float:
    """Return what a process has for itself alone, its share of what it shares included (PSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0]) / 1000


def figures(site: Served) -> dict[str, float]:
    """Return the server's memory, kernels, open files, and the files in its folder."""
    opened_files = list(Path(f"/proc/{site.process.pid}/fd").iterdir())
    folders = [lock.resolve().parent for lock in opened_files if lock.resolve().name == LOCK]
    return {
        "MB": megabytes(site.process.pid),
        "MB, fork server": sum(map(megabytes, set(site.children()) - set(kernels_of(site.process.pid)))),
        "kernels": len(kernels_of(site.process.pid)),
        "open files": len(opened_files),
        "files": sum(path.is_file() for folder in folders for path in folder.rglob("*")),
    }


async def loads(site: Served, paths: list[str], number: int) -> bool:
    """Open and leave pages one after the other, and return whether all came and nothing grew."""
    first: dict[str, float] = {}
    # A server grows to its size within a hundred pages; what it gains after that is a leak.
    begin = max(1, number // 5, min(number // 2, 100))
    for k in range(number):
        response, body = await asyncio.to_thread(site.get, paths[k % len(paths)])
        if response.status != 200:
            print(f"page load {k + 1}: status {response.status}")
            return False
        async with opened(site, kernel_of(body)) as connection:
            if not await answers(connection):
                print(f"page load {k + 1}: its kernel does not answer")
                return False
        await asyncio.to_thread(site.leave, response, body)
        if k + 1 == begin:
            await asyncio.sleep(5)
            first = figures(site)
        if (k + 1) % max(1, number // 5) == 0:
            print(f"{k + 1:5d} page loads: {figures(site)}", flush=True)
    await asyncio.sleep(5)
    last = figures(site)
    print(f"after {begin}: {first}\nafter {number}: {last}")
    is_flat = last["MB"] - first["MB"] < LARGEST_GROWTH
    return is_flat and all(last[name] <= first[name] + 4 for name in ("kernels", "open files", "files"))


@dataclass
class Viewer:
    """One page, as its server sees it."""

    page: str
    kernel: str
    connection: WebSocketClientConnection
    live: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    async def ask(self, kind: str, **content: Any) -> None:
        """Send a message to the kernel."""
        told = {**message(kind, **content), "metadata": {"version": "1.0.0"}}  # of the widgets' control protocol
        await self.connection.write_message(packed(told, is_v1=True), binary=True)

    async def heard(self) -> tuple[str, dict[str, Any]]:
        """Return type and content of the next message; ConnectionError if the socket is closed."""
        frame = await self.connection.read_message()
        if not isinstance(frame, bytes):
            raise ConnectionError("the viewer was dropped")
        _, parts = deserialize_msg_from_ws_v1(frame)
        return json.loads(parts[0])["msg_type"], json.loads(parts[3])

    async def begin(self) -> None:
        """Find the page's live object, as the widget manager does."""
        await self.ask("comm_open", comm_id="soak", target_name="jupyter.widget.control", data={})
        await self.ask("comm_msg", comm_id="soak", data={"method": "request_states"})
        while not self.live:
            _, content = await self.heard()
            states = (content.get("data") or {}).get("states") or {}
            for model, widget in states.items():
                if widget["state"].get("role") == "page":
                    self.live, self.state = model, widget["state"]

    async def move(self, chance: random.Random, until: float) -> None:
        """Move sliders until a time: each stop asks for the table of the next slider."""
        at, names, positions = list(self.state["start"]), self.state["names"], self.state["positions"]
        while time.monotonic() < until:
            await asyncio.sleep(PAUSE_SECONDS * (0.5 + chance.random()))
            place, name = chance.randrange(len(names)), chance.choice(names)
            at[place] = chance.choice(positions[place])
            question = {"kind": "table", "slider": name, "revision": self.state["revision"], "at": at}
            began = time.monotonic()
            await self.ask("comm_msg", comm_id=self.live, data={"method": "custom", "content": question})
            async with asyncio.timeout(20):
                while not self._is_answer(*await self.heard(), at):
                    pass
            self.seconds.append(time.monotonic() - began)

    def _is_answer(self, kind: str, content: dict[str, Any], at: list[float]) -> bool:
        data = content.get("data") or {}
        update = data.get("state") or {}
        if content.get("comm_id") == self.live and "revision" in update:
            self.state["revision"] = update["revision"]
        said = data.get("content") or {}
        # What the model refuses is answered by a sentence.
        is_refused = content.get("comm_id") == self.live and "notice" in update
        return kind == "comm_msg" and (is_refused or (said.get("kind") == "table" and said.get("at") == at))


def summary(some: list[Viewer], sizes: dict[str, float]) -> str:
    """Return how soon viewers were answered and how large their kernels are."""
    times = sorted(1000 * one for viewer in some for one in viewer.seconds) or [float("nan")]
    kernels = [sizes.get(f"kernel-{viewer.kernel}"[:LENGTH], float("nan")) for viewer in some]
    return (
        f"{len(times)} tables, p50 {statistics.median(times):.0f} ms, p95 {times[int(0.95 * len(times))]:.0f} ms, "
        f"most {times[-1]:.0f} ms; kernels of {statistics.median(kernels):.0f} MB, the largest {max(kernels):.0f} MB"
    )


async def viewers(site: Served, paths: list[str], number: int, seconds: float) -> bool:
    """Let viewers move sliders at once, and return whether all were answered to the end."""
    chance = random.Random(number)
    async with AsyncExitStack() as stack:
        left, all_of_them = [], []
        for k in range(number):
            response, body = await asyncio.to_thread(site.get, paths[k % len(paths)])
            if response.status != 200:
                print(f"viewer {k + 1}: status {response.status}")
                return False
            kernel = kernel_of(body)
            viewer = Viewer(paths[k % len(paths)], kernel, await stack.enter_async_context(opened(site, kernel)))
            async with asyncio.timeout(60):
                await viewer.begin()
            left.append((response, body))
            all_of_them.append(viewer)
        until = time.monotonic() + seconds
        ends = await asyncio.gather(*(viewer.move(chance, until) for viewer in all_of_them), return_exceptions=True)
        sizes = {name[:LENGTH]: megabytes(pid) for pid, name in kernels_of(site.process.pid).items()}
    for page in left:
        await asyncio.to_thread(site.leave, *page)
    dropped = [end for end in ends if isinstance(end, BaseException)]
    print(f"{number:3d} viewers: {summary(all_of_them, sizes)}; dropped: {dropped or 'nobody'}")
    for path in dict.fromkeys(viewer.page for viewer in all_of_them):
        its_own = [viewer for viewer in all_of_them if viewer.page == path]
        print(f"    {Path(path).stem:20s} {summary(its_own, sizes)}", flush=True)
    return not dropped and (number < 30 or max(sizes.values()) < LARGEST_KERNEL)


def main() -> int:
    """Run both and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=1000)
    parser.add_argument("--viewers", type=int, nargs="*", default=[1, 10, 30])
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    notebooks = resource("notebooks")
    paths = [f"/voila/render/{path.name}" for path in sorted(notebooks.glob("*.ipynb"))]
    is_well = True
    with tempfile.TemporaryDirectory() as folder:
        with served(notebooks, Path(folder) / "log", base=ALONE[:1]) as site:
            if options.loads:
                is_well &= asyncio.run(loads(site, paths, options.loads))
            for number in options.viewers:
                is_well &= asyncio.run(viewers(site, paths[1:], number, options.seconds))
        lines = (Path(folder) / "log").read_text().splitlines()
        print(f"lines in the server's log: {len(lines)}", *lines[:5], sep="\n  ")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
