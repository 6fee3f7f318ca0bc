"""Chromium without a window, spoken to over its own pipe (Chrome DevTools Protocol), so that tests need no driver."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 60.0
Message = dict[str, Any]


class Browser:
    """One page of a running browser."""

    def __init__(self, read: int, write: int) -> None:
        self._read = read
        self._write = write
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[Message] = []

    def call(self, method: str, **parameters: Any) -> Message:
        """Ask for something and wait for the answer; what happens meanwhile is kept."""
        self._number += 1
        message: Message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: Message = answer["result"]
                return result
            self.events.append(answer)

    def start(self) -> None:
        """A page of its own, of which everything is told."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def open(self, path: Path, *, width: int = 1280, script: bool = True) -> None:
        """Show a file and wait until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.events.clear()
        loader = self.call("Page.navigate", url=path.as_uri())["loaderId"]
        deadline = time.monotonic() + PATIENCE
        while not any(self._is_loaded(event, loader) for event in self.events):
            assert time.monotonic() < deadline, "the page did not load"
            self.events.append(self._next())

    @staticmethod
    def _is_loaded(event: Message, loader: str) -> bool:
        told = event.get("params", {})
        return event.get("method") == "Page.lifecycleEvent" and (told["loaderId"], told["name"]) == (loader, "load")

    def value(self, expression: str) -> Any:
        """What an expression is on the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def having(self, *methods: str) -> list[Message]:
        """The events of some kinds since the page was opened."""
        return [event["params"] for event in self.events if event.get("method") in methods]

    def _next(self) -> Message:
        while b"\0" not in self._rest:
            piece = os.read(self._read, 1 << 16)
            assert piece, "the browser ended"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        message: Message = json.loads(line)
        return message


@contextlib.contextmanager
def running(profile: Path) -> Iterator[Browser]:
    """A browser that ends with the block. Skips the test where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium, then the page is tried in a real browser")
    asked, asking = os.pipe()
    answers, answering = os.pipe()
    command = (
        f"exec {program} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
        f"--remote-debugging-pipe --user-data-dir='{profile}' about:blank 3<&{asked} 4>&{answering}"
    )
    process = subprocess.Popen(
        ["bash", "-c", command],
        pass_fds=(asked, answering),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    os.close(asked)
    os.close(answering)
    try:
        browser = Browser(answers, asking)
        browser.start()
        yield browser
    finally:
        with contextlib.suppress(OSError):
            os.close(asking)
        process.terminate()
        process.wait(PATIENCE)
        os.close(answers)
