"""Whether a page can really be opened: the server says that it is ready when a kernel has answered."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from logging.handlers import MemoryHandler
from typing import Any


class KernelStartError(OSError):
    """No kernel starts, so that no page would open; the message is a sentence for the user."""


async def wait_for_kernel(manager: Any, page: str) -> None:
    """Return when a kernel has made the page, or, if none is kept warm for it, when a kernel has answered.

    Parameters
    ----------
    manager
        Voila's kernel manager.
    page
        The notebook that is kept warm.

    Raises
    ------
    KernelStartError
        If no kernel does.
    """
    warming = list(getattr(manager, "_pools", {}).get(page, ()))
    attempts = [_failure(_page_made(task)) for task in warming] or [_failure(_kernel_answers(manager))]
    reason = ""
    for attempt in asyncio.as_completed(attempts):
        failure = await attempt
        if failure is None:
            return
        reason = reason or failure
    raise KernelStartError(f"No page can be opened, because the Python kernel behind it does not start ({reason}).")


async def _failure(attempt: Coroutine[Any, Any, None]) -> str | None:
    try:
        await attempt
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return lines[-1].strip().rstrip(".")
    return None


async def _page_made(warming: "asyncio.Task[dict[str, Any]]") -> None:
    # Shielded, because a visitor who comes early waits for the same kernel.
    started = await asyncio.shield(warming)
    await asyncio.shield(started["task"])


async def _kernel_answers(manager: Any) -> None:
    kernel_id = await manager.start_kernel()
    client = manager.get_kernel(kernel_id).client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=manager.kernel_info_timeout)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(kernel_id, now=True)


@contextmanager
def held_back(logger: logging.Logger | logging.LoggerAdapter[Any]) -> Iterator[None]:
    """Hold back what a logger writes until the block ends well; if it fails, one sentence says it better."""
    logger = logger.logger if isinstance(logger, logging.LoggerAdapter) else logger
    handlers = logger.handlers[:]
    held = [MemoryHandler(10_000, flushLevel=logging.CRITICAL + 1, target=handler) for handler in handlers]
    for handler, original in zip(held, handlers, strict=True):
        handler.setLevel(original.level)
    logger.handlers[:] = held
    try:
        yield
        for handler in held:
            handler.flush()
    finally:
        logger.handlers[:] = handlers
        for handler in held:
            handler.setTarget(None)  # or Python would write the rest when it ends
            handler.close()
