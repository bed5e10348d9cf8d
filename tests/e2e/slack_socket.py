#!/usr/bin/env -S python3 -B
"""A fake Slack: Web API, Socket Mode, response_url and files of one app, as strict as the real one, and misbehaving as it is
told. What is wrong in what the app sends is kept in `violations`, even where Slack would let it pass.

    slack = Slack(lab)
    slack.plans = [Plan(hello=False), Plan(ends="refresh_requested", after=2)]   # the next two connections
    slack.wait_ready()
    asked = slack.command("/balance", "kimi")
    equal(asked.answer()["text"], "...")

Alone: tests/e2e/slack_socket.py [--port N] prints `port N`, then what it is sent as JSON lines; on stdin it takes lines such
as `/balance kimi`, `press VALUE`, `reset`, `warning`, `refresh_requested`, `quit`.
Sources: docs.slack.dev, node-slack-sdk 4322e14f (2026-08)."""
import json
import sys
import time
import urllib.parse

import platforms
from fakes import Answer, SlackBot, block_text, wrong_blocks
from websocket import Gone

REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")
MESSAGE_KEYS = {"response_type", "text", "blocks", "replace_original", "delete_original", "thread_ts", "unfurl_links",
                "unfurl_media", "mrkdwn", "attachments", "metadata"}


class Plan(platforms.Plan):
    """How one connection goes wrong.
    upgrade: a status such as 403, "redirect", "never", "half"; hello: False never; hello_delay: s
    pongs: False our pongs do not come; pings: s between our own pings, None for none
    ends, after: "reset", "drop", "close" (without a code), a code, or a disconnect message of this reason (the connection
    then stays until the app leaves it), so many s after the upgrade; ends_at: the same after "upgrade", "hello" or "ack"
    finishes_close: False close frames are not answered; reads: False nothing is read"""

    KEYS = {**platforms.Plan.KEYS, "pongs": True, "pings": 10}


class Connection(platforms.Line):
    """One connection of the app."""

    def __init__(self, slack, plan, connection, request, pending):
        super().__init__(slack, plan, connection, request, pending)
        self.slack = slack
        self.answers_pings = plan.pongs
        self.ready = False     # hello was said
        self.leaving = False   # disconnect was said

    def send(self, payload):
        self.text(json.dumps(payload))

    def disconnect(self, reason):
        self.leaving = True
        self.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})

    def finish_otherwise(self, how):
        if how in REASONS:
            self.disconnect(how)
        else:
            self.close(how)

    def talk(self):
        try:
            self.begin()
            if self.plan.hello:
                self.gone.wait(self.plan.hello_delay)
                self._hello()
            if self.plan.pings:
                self.later(self.plan.pings, lambda: self.ping(f"Ping from fake {time.time()}".encode()), often=True)
            while True:
                self._take(self.read())
        except Gone:
            pass
        finally:
            self.drop()
            with self.slack.lock:
                self.slack.violations += [f"websocket: {wrong}" for wrong in self.violations]

    def _hello(self):
        self.send({"type": "hello", "num_connections": len(self.slack.live), "connection_info": {"app_id": self.slack.APP},
                   "debug_info": {"host": "fake", "build_number": 1, "approximate_connection_time": 18060}})
        self.ready = True
        self.reach("hello")

    def _take(self, text):
        at = time.time()
        try:
            ack = json.loads(text)
        except ValueError:
            self.slack.wrong(f"not JSON: {text!r}")
            return
        self.received.append((at, ack))
        if not isinstance(ack, dict) or set(ack) - {"envelope_id", "payload"} or not isinstance(ack.get("envelope_id"), str):
            self.slack.wrong(f"an ack with {ack!r}")
            return
        self.slack.acknowledged(self, at, ack)
        self.reach("ack")


class Asked(platforms.Question):
    """An envelope, and what the app made of it."""

    def __init__(self, slack, kind, payload, takes_answer):
        super().__init__(slack)
        self.slack, self.kind, self.payload = slack, kind, payload
        with slack.lock:
            slack.count += 1
            self.id = f"{slack.count:08x}-1111-2222-3333-444444444444"
        self.takes_answer = takes_answer
        self.began = None
        self.acks = []     # (time, payload or None, connection)
        self.posts = []    # (time, payload) to response_url
        self.sent_to = []  # connections

    def envelope(self, attempt=0):
        whole = {"envelope_id": self.id, "payload": self.payload, "type": self.kind, "accepts_response_payload": self.takes_answer}
        if attempt:
            whole.update(retry_attempt=attempt, retry_reason="timeout")
        return whole

    @property
    def form(self):
        """The body of the same question over signed HTTP."""
        if self.kind == "slash_commands":
            return urllib.parse.urlencode(self.payload).encode()
        return urllib.parse.urlencode({"payload": json.dumps(self.payload)}).encode()

    @property
    def delay(self):
        """Seconds from the question to its acknowledgement."""
        return self.acks[0][0] - self.began if self.acks else None

    def acknowledged(self, seconds=3):
        return self.wait(lambda: bool(self.acks), seconds)

    @property
    def messages(self):
        """All that was said in answer, in order."""
        return [payload for _, payload, _ in self.acks if payload and payload != ONLY_IN_PUBLIC] + [payload for _, payload in self.posts]

    def answer(self, seconds=60):
        """The newest message said in answer; None if there is none in time."""
        self.wait(lambda: bool(self.messages), seconds)
        return self.messages[-1] if self.messages else None

    @property
    def text(self):
        return block_text(self.messages[-1]["blocks"]) if self.messages[-1].get("blocks") else self.messages[-1]["text"]

    @property
    def buttons(self):
        """label -> (action_id, value) of the newest answer."""
        return {part["text"]["text"]: (part["action_id"], part.get("value")) for block in self.messages[-1].get("blocks", [])
                if block["type"] == "actions" for part in block["elements"] if part["type"] == "button"}


ONLY_IN_PUBLIC = {"response_type": "in_channel"}  # shows the channel what was typed; says nothing in answer


def wrong_answer(payload):
    if not isinstance(payload, dict) or set(payload) - MESSAGE_KEYS:
        return f"keys: {payload!r}"
    if payload.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
        return f"response_type {payload['response_type']!r}"
    if not payload.get("delete_original") and not payload.get("text"):
        return "no text"
    if len(payload.get("text", "")) > 40000:
        return "text: 40000 characters at most"
    return wrong_blocks(payload.get("blocks", []))


class Slack(platforms.Platform, SlackBot):
    """All of it. Settings that may be changed at any time: usual (the Plan of connections for which `plans` holds none),
    opens_with (the error that apps.connections.open answers), uses and life_s (of a response_url), ticket_s."""

    APP_TOKEN = "xapp-1-planted-slack-app-token"
    APP, TEAM, MEMBER = "A0424242", "T0424242", "U0424242"
    LINE, PLAN = Connection, Plan

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.opens_with, self.uses, self.life_s, self.ticket_s = None, 5, 1800.0, 60.0
        self.opens = []        # times of apps.connections.open
        self.tickets = {}
        self.asked = []
        self.uploads = {}      # file id -> {"filename", "length", "bytes", "title", "channel_id", "done"}
        self.link_host = None  # of Socket Mode's address, if it is not ours

    # --- what tests do

    @property
    def live(self):
        with self.lock:
            return [c for c in self.connections if c.ready and not c.gone.is_set()]

    def wait_ready(self, count=1, seconds=60):
        """Waits until hello was said so many times in all and one of them still stands; answers the newest."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            live = self.live
            if live and sum(c.ready for c in self.connections) >= count:
                return live[-1]
            time.sleep(0.005)
        raise AssertionError(f"the app was not ready ({count}) within {seconds} s: {len(self.connections)} connections, "
                             f"{len(self.opens)} opens, violations {self.violations}")

    def command(self, command, text="", user=None, to=None, send=True, **extra):
        payload = {"token": "planted-verification", "team_id": self.TEAM, "team_domain": "team", "channel_id": self.CHANNEL,
                   "channel_name": "money", "user_id": user or self.MEMBER, "user_name": "peter", "command": command, "text": text,
                   "api_app_id": self.APP, "is_enterprise_install": "false", "trigger_id": f"1.2.{self.count}", **extra}
        return self.ask("slash_commands", payload, to, send)

    def press(self, action_id, value=None, message=None, label="x", user=None, to=None, send=True, team=None):
        """By somebody of another workspace if team is given, as in a channel of Slack Connect."""
        message = message or {"ts": "1503435956.000001", "text": "x"}
        payload = {"type": "block_actions", "user": {"id": user or self.MEMBER, "username": "peter", "name": "peter",
                   "team_id": team or self.TEAM}, "api_app_id": self.APP, "token": "planted-verification", "container":
                   {"type": "message", "message_ts": message.get("ts", "1"), "channel_id": self.CHANNEL, "is_ephemeral": False},
                   "trigger_id": f"1.2.{self.count}", "team": {"id": self.TEAM, "domain": "team"}, "enterprise": None,
                   "is_enterprise_install": False, "channel": {"id": self.CHANNEL, "name": "money"}, "message": message,
                   "state": {"values": {}}, "actions": [{"action_id": action_id, "block_id": "b", "type": "button", "value": value,
                   "text": {"type": "plain_text", "text": label, "emoji": True}, "action_ts": "1503435957.000100"}]}
        return self.ask("interactive", payload, to, send)

    def event(self, event, to=None):
        payload = {"token": "planted-verification", "team_id": self.TEAM, "api_app_id": self.APP, "event": event,
                   "type": "event_callback", "event_id": f"Ev{self.count:08}", "event_time": int(time.time())}
        return self.ask("events_api", payload, to, True, takes_answer=False)

    def ask(self, kind, payload, to=None, send=True, takes_answer=True):
        """To the connection `to`, or the newest that does not leave; with send False it is only known, for signed HTTP."""
        asked = Asked(self, kind, payload, takes_answer)
        if kind != "events_api":
            payload["response_url"] = f"{self.url}/actions/{self.TEAM}/{asked.id}/planted-response"
        with self.lock:
            self.asked.append(asked)
        asked.began = time.time()
        if send:
            self.send(asked, to)
        return asked

    def send(self, asked, to=None, attempt=0):
        """Delivers it, or delivers it again."""
        live = self.live
        target = to or next((c for c in reversed(live) if not c.leaving), live[-1] if live else None)
        if target is None:
            raise AssertionError("no connection to send an envelope to")
        asked.sent_to.append(target)
        asked.began = time.time()
        target.send(asked.envelope(attempt))

    # --- what connections tell

    def acknowledged(self, connection, at, ack):
        with self.lock:
            asked = next((one for one in self.asked if one.id == ack["envelope_id"]), None)
            if asked is None:
                self.wrong(f"an ack of what was not sent: {ack!r}")
                return
            payload = ack.get("payload")
            if connection not in asked.sent_to:
                self.wrong("an ack on another connection than the envelope's")
            if len(asked.acks) >= len(asked.sent_to):
                self.wrong("two acks of one envelope")
            if at - asked.began > 3:
                self.wrong(f"an ack after {at - asked.began:.1f} s")
            if payload and not asked.takes_answer:
                self.wrong("an ack with a payload that is not wanted")
            if payload and not (payload == ONLY_IN_PUBLIC and asked.kind == "slash_commands") and wrong_answer(payload):
                self.wrong(f"ack: {wrong_answer(payload)}")
            asked.acks.append((at, payload, connection))
            asked.changed.notify_all()

    # --- HTTP

    def _call(self, request):
        path = request.path.split("?")[0]
        if request.header("upgrade"):
            return self.upgrade(request)
        if path.startswith("/actions/"):
            return self._respond(request, path)
        if path.startswith("/upload/v1/"):
            return self._upload(request, path.rsplit("/", 1)[1])
        if path == "/api/apps.connections.open":
            return self._open(request)
        if path in ("/api/files.getUploadURLExternal", "/api/files.completeUploadExternal"):
            return self._files(request, path)
        if request.header("content-type").startswith("application/x-www-form-urlencoded"):
            given = self.arguments(request)
            given.update({name: json.loads(given[name]) for name in ("blocks", "metadata") if name in given})
            request.body = json.dumps(given).encode()
            request.headers["content-type"] = "application/json; charset=utf-8"
        return super()._call(request)

    def _open(self, request):
        with self.lock:
            self.opens.append(time.time())
            if self.opens_with:
                return Answer(200, {"ok": False, "error": self.opens_with})
            if request.header("authorization") != f"Bearer {self.APP_TOKEN}":
                return Answer(200, {"ok": False, "error": "invalid_auth"})
            if request.method != "POST":
                self.wrong(f"apps.connections.open by {request.method}")
            ticket = f"ticket-{len(self.opens)}"
            self.tickets[ticket] = time.time()
        host = self.link_host or self.socket_url
        return Answer(200, {"ok": True, "url": f"{host}/link/?ticket={ticket}&app_id={self.APP}"})

    def refuse_upgrade(self, request):
        address = urllib.parse.urlsplit(request.path)
        made = self.tickets.pop(urllib.parse.parse_qs(address.query).get("ticket", [""])[0], None)
        if made is not None and time.time() - made <= self.ticket_s and address.path == "/link/":
            return None
        self.wrong(f"a ticket that is used or unknown: {request.path}")
        return Answer(404, "no such ticket", {"Content-Type": "text/plain"})

    def opened(self, line):
        if len(self.live) >= 10:
            self.wrong("more than 10 connections")
            line.disconnect("too_many_websockets")

    def _respond(self, request, path):
        with self.lock:
            asked = next((one for one in self.asked if one.payload.get("response_url", "").endswith(path)), None)
            if asked is None or request.method != "POST":
                return Answer(404, {"ok": False, "error": "invalid_url"})
            if time.time() - asked.began > self.life_s:
                return Answer(404, {"ok": False, "error": "expired_url"})
            if len(asked.posts) >= self.uses:
                self.wrong("a response_url used too often")
                return Answer(404, {"ok": False, "error": "used_url"})
            try:
                payload = request.json
            except ValueError:
                payload = None
            wrong = wrong_answer(payload)
            if not request.header("content-type").startswith("application/json"):
                wrong = wrong or f"Content-Type {request.header('content-type')!r}"
            if wrong:
                self.wrong(f"response_url: {wrong}")
                return Answer(400, {"ok": False, "error": "invalid_payload"})
            asked.posts.append((request.time, payload))
            asked.changed.notify_all()
        return Answer(200, "ok", {"Content-Type": "text/html"})

    # --- files

    @staticmethod
    def arguments(request):
        if request.header("content-type").startswith("application/json"):
            return request.json
        return {name: values[0] for name, values in urllib.parse.parse_qs(request.body.decode()).items()}

    def _files(self, request, path):
        if request.header("authorization") != f"Bearer {self.TOKEN}":
            return Answer(200, {"ok": False, "error": "invalid_auth"})
        with self.lock:
            error, answer = self._get_url(request) if path.endswith("getUploadURLExternal") else self._complete(request)
        if error:
            self.wrong(f"{path}: {error}")
        return Answer(200, {"ok": False, "error": error} if error else {"ok": True, **answer})

    def _get_url(self, request):
        if request.header("content-type").startswith("application/json"):
            return "invalid_arguments", None
        given = self.arguments(request)
        if not given.get("filename") or not given.get("length", "0").isdigit() or int(given.get("length", "0")) == 0:
            return "missing_argument", None
        alt = given.get("alt_txt", given.get("alt_text"))  # the documented name, and the one that Slack's own client sends
        if len(alt or "") > 1000:
            return "alt_txt_too_large", None
        number = f"F{len(self.uploads):08}"
        self.uploads[number] = {"filename": given["filename"], "length": int(given["length"]), "alt_txt": alt,
                                "bytes": None, "done": False}
        return None, {"upload_url": f"{self.url}/upload/v1/{number}", "file_id": number}

    def _upload(self, request, number):
        with self.lock:
            upload = self.uploads.get(number)
            if upload is None or request.method != "POST":
                return Answer(404, "no such upload", {"Content-Type": "text/plain"})
            if len(request.body) != upload["length"] and not request.header("content-type").startswith("multipart/"):
                self.wrong(f"an upload of {len(request.body)} bytes where {upload['length']} were announced")
            upload["bytes"] = request.body
        return Answer(200, f"OK - {len(request.body)}", {"Content-Type": "text/plain"})

    def _complete(self, request):
        given = self.arguments(request)
        files = json.loads(given["files"]) if isinstance(given.get("files"), str) else given.get("files")
        if not files or set(given) - {"files", "channel_id", "initial_comment", "thread_ts", "channels", "blocks", "token", "team_id"}:
            return "invalid_arguments", None
        for file in files:
            upload = self.uploads.get(file.get("id"))
            if upload is None or upload["bytes"] is None or upload["done"]:
                return "file_not_found", None
        if given.get("channel_id") not in (None, self.CHANNEL):
            return "channel_not_found", None
        for file in files:
            self.uploads[file["id"]].update(done=True, title=file.get("title"), channel_id=given.get("channel_id"),
                                            initial_comment=given.get("initial_comment"), thread_ts=given.get("thread_ts"))
        return None, {"files": [{"id": file["id"], "title": file.get("title")} for file in files]}

    def settings(self, extra=""):
        return (f"[slack]\nbot_token = ${{SLACK_BOT_TOKEN}}\napp_token = ${{SLACK_APP_TOKEN}}\nbase_url = {self.url}\n{extra}\n")


# --- alone

def obey(slack, line):
    words = line.split()
    live = slack.live
    if words[0].startswith("/"):
        slack.command(words[0], " ".join(words[1:]))
    elif words[0] == "press":
        slack.press("b", " ".join(words[1:]))
    elif live:
        live[-1].finish(words[0])


if __name__ == "__main__":
    platforms.alone(Slack, obey, sys.argv[1:])
