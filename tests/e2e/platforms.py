"""What the fakes of Discord and Slack have in common: plans of what goes wrong, the upgrade to a WebSocket, a memory of what
was wrong in what they were sent, and a life of their own at a terminal."""
import json
import re
import sys
import threading
import time

from fakes import Answer
from websocket import Gone, Socket, upgrade_answer, wrong_upgrade


class Plan:
    """How one connection goes wrong: KEYS holds what can, and how it usually is."""

    KEYS = {"upgrade": None, "hello": True, "hello_delay": 0, "ends": None, "after": None, "ends_at": None,
            "finishes_close": True, "reads": True}

    def __init__(self, **keys):
        for name in keys:
            if name not in self.KEYS:
                raise ValueError(f"no such fault: {name}")
        for name, usual in self.KEYS.items():
            setattr(self, name, keys.get(name, usual))

    def again(self):
        return type(self)(**{name: getattr(self, name) for name in self.KEYS})


class Line(Socket):
    """One connection of the bot or the app."""

    def __init__(self, fake, plan, connection, request, pending):
        super().__init__(connection, request, pending)
        self.fake, self.plan = fake, plan
        self.reads, self.finishes_close = plan.reads, plan.finishes_close
        self.received = []  # (time, payload) of every JSON message
        self.times = {"upgrade": time.time()}  # when what happened first

    def finish(self, how):
        """Ends it, or says that it will: "reset", "drop", "close" (without a code), or what the platform has."""
        if how == "reset":
            self.reset()
        elif how == "drop":
            self.drop()
        elif how == "close":
            self.close(None)
        elif how:
            self.finish_otherwise(how)

    def reach(self, what):
        self.times.setdefault(what, time.time())
        if self.plan.ends_at == what:
            self.plan.ends_at = None
            self.finish(self.plan.ends)

    def begin(self):
        """Straight after the upgrade."""
        if self.plan.after is not None:
            self.later(self.plan.after, lambda: self.finish(self.plan.ends))
        self.reach("upgrade")

    def later(self, seconds, what, often=False):
        def wait():
            try:
                while not self.gone.wait(seconds):
                    what()
                    if not often:
                        return
            except Gone:
                pass
        threading.Thread(target=wait, daemon=True).start()


class Question:
    """What somebody asked. `changed` is told whenever something came of it."""

    def __init__(self, fake):
        self.changed = threading.Condition(fake.lock)

    def wait(self, condition, seconds=60):
        with self.changed:
            self.changed.wait_for(condition, seconds)
            return condition()


class Platform:
    """Before an HttpServer among the bases. LINE is the class of its connections, PLAN that of their plans. `plans` are of the next
    connections, `usual` is that of later ones."""

    LINE, PLAN = Line, Plan

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.lock = threading.RLock()
        self.plans, self.usual = [], self.PLAN()
        self.connections = []  # in the order of their upgrades
        self.attempts = []     # (time, path) of upgrades asked for, refused ones too
        self.violations = []
        self.faults = []       # (pattern, Answer): the next request whose "METHOD path" the pattern finds
        self.count = 0

    def fail_next(self, pattern, *answers):
        """The next requests whose "METHOD /path" the pattern finds are answered like this."""
        with self.lock:
            self.faults += [(re.compile(pattern), answer) for answer in answers]

    def wrong(self, what):
        with self.lock:
            self.violations.append(what)

    @property
    def socket_url(self):
        return f"{'wss' if self.tls else 'ws'}://{self.HOST}:{self.port}"

    def close(self):
        super().close()
        for connection in list(self.connections):
            connection.drop()

    def _choose(self, request):
        line = f"{request.method} {request.path}"
        with self.lock:
            for at, (pattern, answer) in enumerate(self.faults):
                if pattern.search(line):
                    del self.faults[at]
                    self.requests.append(request)
                    return answer(request) if callable(answer) else answer
        return super()._choose(request)

    # --- the upgrade

    def refuse_upgrade(self, _request):
        """None, or the answer to an upgrade that the platform does not want, whatever is planned."""

    def opened(self, line):
        """It stands, and talks next."""

    def upgrade(self, request):
        with self.lock:
            self.attempts.append((time.time(), request.path))
            refused = self.refuse_upgrade(request)
            if refused:
                return refused
            plan = (self.plans.pop(0) if self.plans else self.usual).again()
        wrong = wrong_upgrade(request)
        if wrong:
            self.wrong(f"upgrade: {wrong}")
            return Answer(400, wrong, {"Content-Type": "text/plain"})
        if isinstance(plan.upgrade, int):
            return Answer(plan.upgrade, "refused", {"Content-Type": "text/plain"})
        if plan.upgrade == "redirect":
            return Answer(302, "", {"Location": f"{self.socket_url}/elsewhere"})
        return Answer(takes=lambda connection, asked, pending: self._take(self.LINE(self, plan, connection, asked, pending)))

    def _take(self, line):
        if line.plan.upgrade == "never":
            line.linger()
            return
        if line.plan.upgrade in ("garbage", "half"):
            line.raw(b"\x00\xff garbage \r\n\r\n" if line.plan.upgrade == "garbage" else upgrade_answer(line.request)[:40])
            line.drop()
            return
        with self.lock:
            self.connections.append(line)
        line.raw(upgrade_answer(line.request))
        self.opened(line)
        line.talk()


# --- alone

class Keeper:
    @staticmethod
    def keep(thing):
        return thing


def report(fake):
    seen, heard = 0, {}
    while True:
        for request in fake.requests[seen:]:
            seen += 1
            print(json.dumps({"time": request.time, "method": request.method, "path": request.path,
                              "body": request.body.decode("utf-8", "replace")[:2000]}, ensure_ascii=False), flush=True)
        for number, connection in enumerate(fake.connections):
            for at, payload in connection.received[heard.get(number, 0):]:
                heard[number] = heard.get(number, 0) + 1
                print(json.dumps({"time": at, "connection": number, "received": payload}, ensure_ascii=False), flush=True)
        time.sleep(0.05)


def alone(kind, obey, arguments):
    """A fake by itself, that tells what it is sent and does what it is told: obey(fake, line)."""
    kind.PORT = int(arguments[arguments.index("--port") + 1]) if "--port" in arguments else 0
    fake = kind(Keeper)
    print(f"port {fake.port}", flush=True)
    threading.Thread(target=report, args=(fake,), daemon=True).start()
    for line in sys.stdin:
        if line.strip() == "quit":
            return
        try:
            if line.strip():
                obey(fake, line)
        except (AssertionError, AttributeError, Gone) as error:
            print(json.dumps({"error": str(error)}), flush=True)
