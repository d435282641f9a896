"""The worker: listens, serves its clients, and ends in time."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Final

from fazai_tui.config.texts import Texts
from fazai_tui.core.ports import Engine
from fazai_tui.daemon.connection import Connection
from fazai_tui.daemon.desk import OpenSession, RequestDesk
from fazai_tui.daemon.instance import SocketPlace, peer_of
from fazai_tui.daemon.journal import Journal
from fazai_tui.daemon.limits import WorkerLimits

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LAST_RESORT_SECONDS: Final = 1.2
"""After which the process ends whatever still hangs: it is promised to end in two seconds."""


class Worker:
    """One engine and its sessions behind a socket.

    Args:
        place: Where to listen.
        engine: The engine, which ends with the worker.
        open_session: Puts sessions together.
        limits: What clients may take.
        texts: For what clients read.
        warm_up: Makes ready what would cost the first order time; called in a thread.
        journal: Notes what happens.
    """

    def __init__(
        self,
        place: SocketPlace,
        engine: Engine,
        open_session: OpenSession,
        limits: WorkerLimits,
        texts: Texts,
        warm_up: Callable[[], None],
        journal: Journal,
    ) -> None:
        self._place = place
        self._engine = engine
        self._limits = limits
        self._warm_up = warm_up
        self._desk = RequestDesk(engine, open_session, limits, texts, journal)
        self._clients: set[asyncio.Task[None]] = set()
        self._count = 0
        self._ending = asyncio.Event()
        self._log = journal

    async def run(self, on_listening: Callable[[], None]) -> None:
        """Serve until a signal ends it.

        Args:
            on_listening: Called when clients can connect.

        Raises:
            FazaiError: The socket cannot be had, or the model cannot be loaded.
        """
        listening = self._place.take()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._end)
        try:
            self._log.info("worker_listening", socket=str(self._place.path), pid=os.getpid())
            on_listening()
            await self._serve(listening)
        finally:
            listening.close()
            self._place.give_back()
            await self._close()
            self._log.info("worker_ended", pid=os.getpid())

    async def _serve(self, listening: socket.socket) -> None:
        chores = (self._load(), self._accept(listening), self._desk.sweep(), self._until_ended())
        tasks = [asyncio.create_task(chore) for chore in chores]
        waited = [*tasks]
        try:
            while not self._ending.is_set():
                done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                    waited.remove(task)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_ended(self) -> None:
        await self._ending.wait()

    async def _load(self) -> None:
        info = await self._engine.load()
        self._log.info("model_loaded", model=info.name)
        await asyncio.to_thread(self._warm_up)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, _ = await loop.sock_accept(listening)
            except OSError as error:
                # Out of file descriptors, for example: those who are connected are served on.
                self._log.warning("accept_failed", reason=str(error))
                await asyncio.sleep(0.1)
                continue
            pid, uid = peer_of(connected)
            if uid not in (0, os.geteuid()) or len(self._clients) >= self._limits.clients:
                self._refuse(connected, uid)
                continue
            self._count += 1
            client = asyncio.create_task(self._serve_client(connected, f"socket:{self._count}:pid:{pid}"))
            self._clients.add(client)
            client.add_done_callback(self._clients.discard)

    async def _serve_client(self, connected: socket.socket, name: str) -> None:
        self._log.info("client_connected", client=name)
        reader, writer = await asyncio.open_unix_connection(sock=connected)
        await Connection(reader, writer, name, self._desk.carry_out, self._limits, self._log).serve()

    def _refuse(self, connected: socket.socket, uid: int) -> None:
        self._log.warning("client_refused", uid=uid, clients=len(self._clients))
        with contextlib.suppress(OSError):
            connected.setblocking(False)
            connected.send(b'{"type":"error","ok":false,"error":"too_many_clients","detail":"try again later"}\n')
        connected.close()

    def _end(self) -> None:
        """End soon, and whatever hangs at the latest when the time is up. Shells end with the process."""
        if self._ending.is_set():
            return
        self._place.give_back()
        self._ending.set()
        last_resort = threading.Timer(_LAST_RESORT_SECONDS, os._exit, (0,))
        last_resort.daemon = True
        last_resort.start()

    async def _close(self) -> None:
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        try:
            async with asyncio.timeout(self._limits.close_seconds):
                await asyncio.gather(*clients, return_exceptions=True)
                await self._desk.close()
                await self._engine.close()
        except TimeoutError:
            self._log.warning("close_timed_out")
