"""What a page needs on this machine, looked at one thing after the other, each answered in a sentence."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from hedge_widgets import __version__
from hedge_widgets.market.store import Store
from hedge_widgets.model.limits import InputError
from hedge_widgets.server.app import bind
from hedge_widgets.server.places import private_folder

KERNEL_SECONDS = 60.0


def findings(host: str, port: int) -> Iterator[tuple[bool, str]]:
    """Yield (is it well, a sentence) of each thing looked at: packages, store, port, folder, kernel.

    Parameters
    ----------
    host, port
        Where the page would be served.
    """
    yield True, f"hedge_widgets {__version__} on Python {sys.version.split()[0]}, in {sys.prefix}."
    yield _packages()
    yield _store()
    try:
        bind(host, port).close()
        yield True, f"The port {port} of {host} is free."
    except OSError as error:
        yield False, f"{error}."
    try:
        with private_folder() as folder:
            room = shutil.disk_usage(folder).free / 1e9
            yield True, f"Kernels can write to {folder.parent}, which has {room:.1f} GB of free space."
    except OSError as error:
        yield False, str(error)
    yield _kernel()


def _packages() -> tuple[bool, str]:
    found, missing = [], []
    needed = [line for line in requires("hedge_widgets") or [] if "extra ==" not in line]
    for name in sorted(re.findall(r"^[\w.-]+", "\n".join(needed), re.MULTILINE)):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return False, f"Packages that are missing: {', '.join(missing)}. Install hedge_widgets again with pip."
    return True, f"Packages: {', '.join(found)}."


def _store() -> tuple[bool, str]:
    try:
        store = Store()
        number = len(store.entries)
    except (InputError, OSError) as error:
        return False, f"The store cannot be read: {error}."
    if store.problems:
        return False, f"The store {store.folder} has a problem: {store.problems[0]}"
    if not number:
        return True, f"The store {store.folder} is empty: pages use the simulated sample."
    return True, f"The store {store.folder} has {number} tables."


def _kernel() -> tuple[bool, str]:
    try:
        seconds = asyncio.run(_kernel_answers())
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return False, f"A Python kernel does not start: {lines[-1].rstrip('.')}."
    return True, f"A Python kernel starts and answers within {seconds:.1f} s."


async def _kernel_answers() -> float:
    from jupyter_client.manager import start_new_async_kernel

    loop = asyncio.get_running_loop()
    began = loop.time()
    manager, client = await start_new_async_kernel(startup_timeout=KERNEL_SECONDS, stderr=subprocess.DEVNULL)
    try:
        return loop.time() - began
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


def report(host: str, port: int) -> int:
    """Print what was found, and return 0 if all is well, else 1."""
    is_well = True
    for is_good, words in findings(host, port):
        print(f"{'ok  ' if is_good else 'FAIL'}  {words}", flush=True)
        is_well = is_well and is_good
    return 0 if is_well else 1
