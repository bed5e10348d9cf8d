"""What a scenario happens in: a folder in memory, a vendor and channels that remember what they were told, and the program,
with or without the library that kills it."""
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from fakes import Answer, Webhooks, moonshot  # noqa: E402
from lab import ROOT  # noqa: E402

from strike import Strike  # noqa: E402

BUILD = os.path.join(ROOT, os.environ.get("LOWTIDE_TORTURE_BUILD", "build"))
PROGRAM = os.path.join(BUILD, "lowtide")
LIBRARY = os.path.join(BUILD, "torture", "strike.so")
PATIENCE = 120  # `update` gives its messages 30 s, and a busy machine may take its time


class Broken(Exception):
    """A law that does not hold."""


def law(holds, what):
    if not holds:
        raise Broken(what)


class Peer(Webhooks):
    """Vendors and channels behind one port. Accounts ask at /v/NAME, and are answered what `balances` holds for it."""

    def __init__(self, keeper):
        self.balances = {}
        self.made, self.nonces = [], {}  # by the Discord bot
        self.open = 0
        self.counting = threading.Lock()
        super().__init__(keeper)
        self.default = self._decide

    def _decide(self, request):
        if request.path.startswith("/v/"):
            amount = self.balances.get(request.path.split("/")[2])
            return Answer(200, moonshot(amount, "0", amount)) if amount else Answer(503, "{}")
        if request.path.endswith("/api/chat.postMessage"):
            return Answer(200, {"ok": True, "ts": "1700000000.000100", "channel": "C1"})
        if request.path.endswith("/channels/42/messages"):
            return Answer(200, {"id": self._posted(request), "channel_id": "42"})
        return self._accept_message(request)

    def _posted(self, request):
        """Discord's answer to a nonce that it knows is the first message: a second one is not made."""
        nonce = str(request.json.get("nonce", ""))
        with self.lock:
            if not request.json.get("enforce_nonce") or nonce not in self.nonces:
                self.made.append(request)
                self.nonces[nonce] = str(1000 + len(self.made))
            return self.nonces[nonce]

    def _serve(self, connection):
        try:
            super()._serve(connection)
        finally:
            with self.counting:
                self.open -= 1

    def _accept(self):
        while not self.closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.counting:
                self.open += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def settle(self):
        """Waits until all that was sent has been read: the other end is gone then."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with self.counting:
                if self.open == 0:
                    return
            time.sleep(0.0005)
        raise Broken("a connection stays open after the program's end")

    def forget(self):
        with self.lock:
            self.requests.clear()
            self.made.clear()
            self.nonces.clear()

    def messages(self, channel):
        """What people see in that channel, in order."""
        ends = {"discord-bot": "/channels/42/messages", "slack-bot": "/api/chat.postMessage"}.get(channel, f"/{channel}")
        with self.lock:
            posts = list(self.made) if channel == "discord-bot" else [
                post for post in self.requests if post.method == "POST" and post.path.split("?")[0].endswith(ends)]
        return [re.sub(r"[*_]", "", post.json.get("content") or post.json.get("text") or "") for post in posts]


class World:
    def __init__(self, folder):
        self.folder = folder
        self.state = os.path.join(folder, "state")
        self.template = os.path.join(folder, "template")
        self.closers = []
        os.makedirs(folder)
        self.strike = Strike(os.path.join(folder, "strike"))
        self.peer = Peer(self)
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": folder, "LANG": "C.UTF-8", "KEY": "sk-torture-key-0123456789"}
        self.said = ""

    def keep(self, thing):
        self.closers.append(thing.close)

    def close(self):
        for closer in self.closers:
            closer()
        shutil.rmtree(self.folder, ignore_errors=True)

    def config(self, text):
        with open(os.path.join(self.folder, "config.ini"), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(file.name, 0o600)

    def save_template(self):
        shutil.copytree(self.state, self.template)

    def reset(self):
        """As it was before the scenario; nothing is struck."""
        shutil.rmtree(self.state, ignore_errors=True)
        if os.path.isdir(self.template):
            shutil.copytree(self.template, self.state)
        self.peer.forget()
        self.said = ""

    def start(self, *args, struck=False):
        env = dict(self.env)
        if struck:
            env.update(LD_PRELOAD=LIBRARY, LOWTIDE_STRIKE=self.strike.path)
        with open(os.path.join(self.folder, "said"), "wb") as out:
            return subprocess.Popen([PROGRAM, *args, "--config", "config.ini"], env=env, cwd=self.folder,
                                    stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def end(self, process, words, patience=PATIENCE):
        """Waits for the end; answers the exit status, or "killed"."""
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Broken(f"`{words}` does not end") from None
        with open(os.path.join(self.folder, "said"), encoding="utf-8", errors="replace") as file:
            self.last_said = file.read()
        self.said += f"$ lowtide {words} -> {code}\n{self.last_said}"
        law(code >= 0 or code == -signal.SIGKILL, f"`{words}` ended with signal {-code}")
        return "killed" if code < 0 else code

    def run(self, *args, struck=False):
        return self.end(self.start(*args, struck=struck), " ".join(args))

    def store(self):
        """The store as a restart would find it: a copy, so that looking changes nothing. None if there is none."""
        copy = os.path.join(self.folder, "copy")
        shutil.rmtree(copy, ignore_errors=True)
        os.makedirs(copy)
        for suffix in ("", "-wal"):
            path = os.path.join(self.state, "lowtide.db" + suffix)
            if os.path.exists(path):
                shutil.copy(path, copy)
        if not os.path.exists(os.path.join(copy, "lowtide.db")):
            return None
        return Store(os.path.join(copy, "lowtide.db"))

    def log(self, account):
        try:
            with open(os.path.join(self.state, "logs", f"{account}.log"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""


class Store:
    """What is in a store, read into memory at once."""

    TABLES = ("turn", "account_state", "alert_memory", "reading", "outbox", "log_line", "note", "rollup", "series", "channel_state")

    def __init__(self, path):
        db = sqlite3.connect(path)
        db.row_factory = sqlite3.Row
        try:
            self.faults = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            self.faults += [f"foreign key of {tuple(row)}" for row in db.execute("PRAGMA foreign_key_check")]
            self.version = db.execute("PRAGMA user_version").fetchone()[0]
            there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            self.tables = {name: [dict(row) for row in db.execute(f"SELECT * FROM {name}")] if name in there else []
                           for name in self.TABLES}
        except sqlite3.DatabaseError as error:
            raise Broken(f"the database cannot be read: {error}") from None
        finally:
            db.close()

    def __getitem__(self, name):
        return self.tables[name]

    @property
    def account_names(self):
        return {row["id"]: row["account"] for row in self["account_state"]}
