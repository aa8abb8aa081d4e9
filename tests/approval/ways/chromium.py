"""A headless Chromium, driven over its debugging pipe (Chrome DevTools Protocol) without any library."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

PROGRAM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WHY_NOT: Final = (
    "Chromium is not installed" if PROGRAM is None else "its pipe is driven on POSIX only" if os.name != "posix" else ""
)
SECONDS: Final = 10.0
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-features=IsolateSandboxedIframes",  # the card's frame in the page's process: one session drives both
    "--disable-site-isolation-trials",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--remote-debugging-pipe",
)
EXEC: Final = """
import os, sys
high = [os.dup(os.dup(int(number))) for number in sys.argv[1:3]]
for number, descriptor in zip((3, 4), high):
    os.dup2(descriptor, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads and writes its pipe by these two numbers."""
BUTTON: Final = {"button": "left", "clickCount": 1}


class Browser:
    """A running Chromium."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._unread = b""
        self._last = 0
        self._profiles: list[str] = []
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._last:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            assert ready, "Chromium does not answer"
            chunk = os.read(self._from, 1 << 20)
            assert chunk, "Chromium has ended"
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\0")
        return json.loads(line)

    def tab(self, url: str, *, dark: bool = False, width: int = 760, height: int = 900) -> "Tab":
        """Open `url` in a profile of its own."""
        profile = self.call("Target.createBrowserContext")["browserContextId"]
        self._profiles.append(profile)
        target = self.call(
            "Target.createTarget", url="about:blank", browserContextId=profile, width=width, height=height
        )
        session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        tab = Tab(self, session)
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        for method, params in (
            ("Page.enable", {}),
            ("Runtime.enable", {}),
            ("Log.enable", {}),
            ("Emulation.setEmulatedMedia", {"features": theme}),
            ("Page.navigate", {"url": url}),
        ):
            self.call(method, session, **params)
        return tab

    def close_tabs(self) -> None:
        """Close all tabs, and forget what they stored and said."""
        while self._profiles:
            self.call("Target.disposeBrowserContext", browserContextId=self._profiles.pop())
        self.events.clear()


class Tab:
    """A page in it; expressions are run in the page, or in its frame where `frame` says so."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def go(self, url: str) -> None:
        """Open another address."""
        self._browser.call("Page.navigate", self._session, url=url)

    def send_headers(self, headers: dict[str, str]) -> None:
        """Send more headers with every request from now on."""
        self._browser.call("Network.enable", self._session)
        self._browser.call("Network.setExtraHTTPHeaders", self._session, headers=headers)

    def run(self, expression: str, *, frame: bool = False) -> Any:
        """Return the value of an expression of JavaScript, and of a promise what it comes to."""
        where = {"contextId": self._frame()} if frame else {}
        done = self._browser.call(
            "Runtime.evaluate", self._session, expression=expression, returnByValue=True, awaitPromise=True, **where
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, expression: str, *, frame: bool = False) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                if self.run(f"Boolean({expression})", frame=frame):
                    return
            except AssertionError:  # of a document that is just being replaced
                pass
            time.sleep(0.02)
        seen = self.run("document.body.innerText", frame=frame)
        raise AssertionError(f"never true: {expression}\n{seen[:500]}")

    def resize(self, width: int, height: int = 900) -> None:
        """Make the window another size."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._browser.call("Emulation.setDeviceMetricsOverride", self._session, **metrics)

    def force_colours(self) -> None:
        """Show everything in the few colours of a system with high contrast."""
        features = [{"name": "forced-colors", "value": "active"}, {"name": "prefers-color-scheme", "value": "dark"}]
        self._browser.call("Emulation.setEmulatedMedia", self._session, features=features)

    def click(self, selector: str, *, frame: bool = False) -> None:
        """Click with the mouse in the middle of an element that can be seen, once it does not move any more."""
        self.run(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})", frame=frame)
        place, before = self._middle(selector, frame=frame), None
        while place != before:
            self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            place, before = self._middle(selector, frame=frame), place
        x, y = place
        for kind in ("mousePressed", "mouseReleased"):
            self._browser.call("Input.dispatchMouseEvent", self._session, type=kind, x=x, y=y, **BUTTON)

    def _middle(self, selector: str, *, frame: bool) -> tuple[float, float]:
        box = f"(({{x,y,width,height}}) => [x + width / 2, y + height / 2])(document.querySelector('{selector}')"
        x, y = self.run(f"{box}.getBoundingClientRect())", frame=frame)
        if not frame:
            return x, y
        left, top = self.run("(({x, y}) => [x, y])(document.querySelector('iframe').getBoundingClientRect())")
        return x + left, y + top

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        self._browser.call("Input.insertText", self._session, text=text)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key by its name, such as Tab, and its Windows key code."""
        for kind in ("keyDown", "keyUp"):
            params = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
            self._browser.call("Input.dispatchKeyEvent", self._session, **params)

    def drag(self, kind: str, x: float, y: float, data: dict[str, Any]) -> None:
        """Do one step of dragging data over the page: dragEnter, dragOver, drop."""
        self._browser.call("Input.dispatchDragEvent", self._session, type=kind, x=x, y=y, data=data)

    def photograph(self, file: Path) -> None:
        """Write a picture of the page."""
        shot = self._browser.call("Page.captureScreenshot", self._session, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def text_of_frames(self) -> str:
        """Return what can be read in all frames but the outermost; scripts need not run there."""
        tree = self._browser.call("Page.getFrameTree", self._session)["frameTree"]
        texts: list[str] = []
        for frame in _frames(tree)[1:]:
            made = self._browser.call("Page.createIsolatedWorld", self._session, frameId=frame)["executionContextId"]
            text = "document.body?.innerText ?? ''"
            done = self._browser.call("Runtime.evaluate", self._session, contextId=made, expression=text)
            texts.append(done["result"].get("value", ""))
        return "\n".join(texts)

    def until_a_frame_says(self, text: str) -> str:
        """Wait until a frame has a text, and return what can be read in all of them."""
        deadline = time.monotonic() + SECONDS
        while text not in (shown := self.text_of_frames()):
            assert time.monotonic() < deadline, f"no frame says {text}: {shown[:500]}"
            time.sleep(0.02)
        return shown

    def complaints(self) -> list[str]:
        """Return what the page's console got of errors, violations of its policy among them."""
        mine = [event for event in self._browser.events if event.get("sessionId") == self._session]
        logged = [event["params"]["entry"] for event in mine if event["method"] == "Log.entryAdded"]
        thrown = [event["params"] for event in mine if event["method"] == "Runtime.exceptionThrown"]
        return [entry["text"] for entry in logged if entry["level"] == "error"] + [str(error) for error in thrown]

    def until_complaint(self, text: str) -> None:
        """Wait until the page's console got an error with `text` in it."""
        deadline = time.monotonic() + SECONDS
        while not any(text in complaint for complaint in self.complaints()):
            assert time.monotonic() < deadline, self.complaints()
            self.run("0")

    def _frame(self) -> int:
        self._browser.call("Runtime.evaluate", self._session, expression="0")  # so that earlier events are read
        tree = self._browser.call("Page.getFrameTree", self._session)["frameTree"]
        frames = {child["frame"]["id"] for child in tree.get("childFrames", [])}
        gone = {event["params"]["executionContextId"] for event in self._events("Runtime.executionContextDestroyed")}
        made = [event["params"]["context"] for event in self._events("Runtime.executionContextCreated")]
        live = [context["id"] for context in made if context["auxData"].get("frameId") in frames]
        live = [context for context in live if context not in gone]
        assert live, "no frame yet"
        return live[-1]

    def _events(self, method: str) -> list[dict[str, Any]]:
        events = self._browser.events
        return [event for event in events if event.get("sessionId") == self._session and event["method"] == method]


def _frames(tree: dict[str, Any]) -> list[str]:
    inner = [frame for child in tree.get("childFrames", []) for frame in _frames(child)]
    return [tree["frame"]["id"], *inner]


@contextmanager
def chromium(profile: Path) -> Generator[Browser]:
    """Run Chromium with a new profile in `profile`."""
    assert PROGRAM
    inner_in, to_browser = os.pipe()
    from_browser, inner_out = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", EXEC, str(inner_in), str(inner_out), PROGRAM, *FLAGS, f"--user-data-dir={profile}"],
        pass_fds=(inner_in, inner_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(inner_in)
    os.close(inner_out)
    try:
        yield Browser(to_browser, from_browser)
    finally:
        os.close(to_browser)
        os.close(from_browser)
        process.terminate()
        process.wait(SECONDS)
