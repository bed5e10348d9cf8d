"""Peers that do as they are told, misbehaviour included: an HTTP server at byte level, certificates of our own making, and
the fake vendors and the PostgreSQL of tests/fake."""
import atexit
import base64
import email
import email.policy
import hmac
import json
import os
import random
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time

from lab import BUILD
from tap import Skip


def free_port():
    """A port of 127.0.0.1 for a server that begins later: none that the system hands out, and this test's as long as it runs."""
    while True:
        port = random.randrange(12000, 32000)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0lowtide-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
            PORTS.append(mark)
            return port
        except OSError:
            mark.close()


PORTS = []


class Nobody:
    """A port of 127.0.0.1 that nobody listens on, nor will."""

    def __init__(self, lab):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        lab.keep(self)

    def close(self):
        self.socket.close()


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.time = time.time()

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return self.headers.get(name.lower(), "")


class Answer:
    """delay in seconds; gate: an Event that is waited for; reset: the connection is reset instead of an answer; half: cut
    short in the middle of the body; raw: these bytes and nothing else; takes: a function that is given the connection, the
    request and the bytes that came after it, and talks from then on."""

    def __init__(self, status=200, body=b"", headers=None, delay=0.0, gate=None, reset=False, half=False, raw=None, takes=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = headers or {}
        self.delay, self.gate, self.reset, self.half, self.raw, self.takes = delay, gate, reset, half, raw, takes

    def bytes(self):
        if self.raw is not None:
            return self.raw
        head = [f"HTTP/1.1 {self.status} X"]
        named = {name.lower() for name in self.headers}
        if "content-type" not in named and self.status != 204:
            head.append("Content-Type: application/json")
        if "content-length" not in named and self.status != 204:
            head.append(f"Content-Length: {len(self.body)}")
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        whole = "\r\n".join(head).encode() + b"\r\n\r\n"
        if self.status != 204:
            whole += self.body
        return whole


class Listener:
    """Listens on 127.0.0.1 until the test is over; each connection has a thread and _serve(connection)."""

    PORT = 0  # any

    def __init__(self, lab, tls=None):
        self.tls = tls
        self.closed = False
        self.listener = socket.create_server(("127.0.0.1", self.PORT), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        lab.keep(self)

    def close(self):
        self.closed = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def _accept(self):
        while not self.closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()


class HttpServer(Listener):
    """Serves on 127.0.0.1, a thread a connection, and keeps what was asked. Answers: those queued with `next_answers` first,
    then what `answers` holds for the path without its query, then `default`, which may be a function of the request."""

    HOST = "127.0.0.1"  # as addresses that it tells have it

    def __init__(self, lab, tls=None):
        self.requests = []
        self.answers = {}
        self.queue = []
        self.default = Answer(404, {"error": "no such path"})
        self.lock = threading.Lock()
        super().__init__(lab, tls)

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.HOST}:{self.port}"

    def answer(self, path, *args, **keys):
        self.answers[path] = Answer(*args, **keys)

    def next_answers(self, *answers):
        with self.lock:
            self.queue += answers

    def _serve(self, connection):
        try:
            connection.settimeout(60)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            pending = b""
            while not self.closed:
                request, pending = self._read(connection, pending)
                if not request or not self._answer(connection, request, pending):
                    return
        except (OSError, ssl.SSLError, ValueError):
            return
        finally:
            connection.close()

    def _read(self, connection, pending):
        while b"\r\n\r\n" not in pending:
            piece = connection.recv(65536)
            if piece[:1] == b"\x16":  # a TLS greeting at a plain port
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                return None, b""
            if not piece:
                return None, b""
            pending += piece
        head, pending = pending.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(pending) < length:
            piece = connection.recv(65536)
            if not piece:
                return None, b""
            pending += piece
        return Request(method, path, headers, pending[:length]), pending[length:]

    def _choose(self, request):
        with self.lock:
            self.requests.append(request)
            if self.queue:
                return self.queue.pop(0)
        found = self.answers.get(request.path.split("?")[0], self.default)
        return found(request) if callable(found) else found

    def _answer(self, connection, request, pending):
        answer = self._choose(request)
        if answer.delay:
            time.sleep(answer.delay)
        if answer.gate:
            answer.gate.wait(120)
        if answer.takes:
            answer.takes(connection, request, pending)
            return False
        if answer.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        whole = answer.bytes()
        if answer.half:
            connection.sendall(whole[:len(whole) - len(answer.body) + len(answer.body) // 2])
            return False
        connection.sendall(whole)
        return answer.raw is None


def utf16(text):
    """Its length as Discord counts it."""
    return len(text.encode("utf-16-le")) // 2


def wrong_components(rows):
    if not isinstance(rows, list) or len(rows) > 5:
        return "components"
    ids = []
    for row in rows:
        if row.get("type") != 1 or not 1 <= len(row.get("components", [])) <= 5:
            return f"components: a row that is none: {row!r}"
        for part in row["components"]:
            if part.get("type") == 2:
                if part.get("style") not in range(1, 6) or not 0 < utf16(part.get("label", "")) <= 80:
                    return f"components: a button without a style or a label: {part!r}"
                if (part["style"] == 5) != ("url" in part) or (part["style"] == 5) == ("custom_id" in part):
                    return f"components: a button with the wrong way to go: {part!r}"
            elif part.get("type") != 3 or not 1 <= len(part.get("options", [])) <= 25:
                return f"components: unknown or wrong: {part!r}"
            if "custom_id" in part:
                ids.append(part["custom_id"])
    if any(not 1 <= utf16(one) <= 100 for one in ids) or len(set(ids)) != len(ids):
        return f"components: custom_id: {ids!r}"
    return ""


def refuse_discord(payload, allowed):
    """None, or the 400 that Discord would answer; allowed are the keys that this call takes."""
    content, mentions = payload.get("content"), payload.get("allowed_mentions")
    wrong = [key for key in payload if key not in allowed]
    if not isinstance(content, str) or not 0 < utf16(content) <= 2000:
        wrong.append("content")
    if not isinstance(mentions, dict) or not isinstance(mentions.get("parse"), list) or set(mentions) - {"parse", "users", "roles"}:
        wrong.append("allowed_mentions")
    elif any(kind in mentions["parse"] and mentions.get(kind) for kind in ("users", "roles")):
        wrong.append("allowed_mentions")
    if wrong_components(payload.get("components", [])):
        wrong.append(wrong_components(payload["components"]))
    if payload.get("flags", 0) not in (0, 4096):
        wrong.append("flags")
    if not isinstance(payload.get("nonce", ""), str) or len(payload.get("nonce", "")) > 25:
        wrong.append("nonce")
    return Answer(400, {"code": 50035, "message": f"Invalid Form Body {wrong}"}) if wrong else None


NEW_MESSAGE = {"content", "allowed_mentions", "flags"}
EDITED_MESSAGE = {"content", "allowed_mentions"}


class DiscordBot(HttpServer):
    """Discord's REST for one bot and one channel, as strict as the real one: `messages` holds what is there, by id."""

    TOKEN = "planted-discord-bot-token"
    CHANNEL = "424242"

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.messages = {}
        self.nonces = {}
        self.default = self._rest

    def _rest(self, request):
        if request.header("authorization") != f"Bot {self.TOKEN}":
            return Answer(401, {"message": "401: Unauthorized", "code": 0})
        if not request.header("user-agent").startswith("DiscordBot ("):
            return Answer(403, "error code: 1010", {"Content-Type": "text/plain"})
        front = f"/api/v10/channels/{self.CHANNEL}"
        if not request.path.startswith(front):
            return Answer(404, {"message": "Unknown Channel", "code": 10003})
        rest = request.path[len(front):]
        if request.method == "GET" and rest == "":
            return Answer(200, {"id": self.CHANNEL, "type": 0})
        if request.header("content-type") != "application/json":
            return Answer(400, {"code": 50035, "message": "Invalid Form Body"})
        if request.method == "POST" and rest == "/messages":
            return self._post(request.json)
        if request.method == "PATCH" and rest.startswith("/messages/"):
            return self._edit(rest.rsplit("/", 1)[1], request.json)
        return Answer(405, {"message": "405: Method Not Allowed", "code": 0})

    def _post(self, payload):
        refused = refuse_discord(payload, NEW_MESSAGE | {"nonce", "enforce_nonce", "components"})
        if refused:
            return refused
        with self.lock:
            nonce = payload.get("nonce") if payload.get("enforce_nonce") is True else None
            number = self.nonces.get(nonce) or str(900000000000000000 + len(self.messages))
            if nonce:
                self.nonces[nonce] = number
            self.messages.setdefault(number, payload)
        return Answer(200, {"id": number, "channel_id": self.CHANNEL})

    def _edit(self, number, payload):
        refused = refuse_discord(payload, EDITED_MESSAGE | {"components"})
        if refused or number not in self.messages:
            return refused or Answer(404, {"message": "Unknown Message", "code": 10008})
        self.messages[number] = payload
        return Answer(200, {"id": number, "channel_id": self.CHANNEL})

    @property
    def contents(self):
        return [message["content"] for message in self.messages.values()]

    def channel(self, extra="", name="bots"):
        return (f"[channel {name}]\ntype = discord-bot\nchannel = {self.CHANNEL}\n{extra}\n"
                f"[discord]\ntoken = ${{DISCORD_BOT_TOKEN}}\nbase_url = {self.url}\n")


def wrong_blocks(blocks):
    """What Slack would not take in a message's blocks, or ""; texts must be verbatim, lest they call people."""
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "blocks: a list of 50 at most"
    seen = []
    for block in blocks:
        seen += [block["block_id"]] if "block_id" in block else []
        kind = block.get("type")
        if kind in ("section", "header"):
            texts = [block["text"]] if "text" in block else block["fields"]
        elif kind == "context":
            texts = [part for part in block["elements"] if part["type"] != "image"]
        elif kind == "actions":
            texts = [part["text"] for part in block["elements"] if part["type"] == "button"]
            ids = [part["action_id"] for part in block["elements"]]
            if not 1 <= len(ids) <= 25 or len(set(ids)) != len(ids) or any(not 0 < len(one) <= 255 for one in ids):
                return f"actions: {ids!r}"
            if any(len(part.get("value", "")) > 2000 or len(part["text"]["text"]) > 75 or part["text"]["type"] != "plain_text"
                   for part in block["elements"] if part["type"] == "button"):
                return f"a button: {block!r}"
        elif kind in ("image", "divider"):
            texts = []
            if kind == "image" and not 0 < len(block.get("alt_text", "")) <= 2000:
                return "an image without alt_text"
        else:
            return f"a block of type {kind!r}"
        for text in texts:
            limit = 150 if kind == "header" else 3000
            if not 0 < len(text["text"]) <= limit or (text["type"] == "mrkdwn" and not text.get("verbatim")):
                return f"a text: {text!r}"
    return "two blocks of one block_id" if len(set(seen)) != len(seen) else ""


def block_text(blocks):
    """What people read in sections."""
    return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


class SlackBot(HttpServer):
    """Slack's Web API for one bot: errors come inside HTTP 200. `messages` holds what is there, by ts."""

    TOKEN = "xoxb-planted-slack-bot-token"
    CHANNEL = "C0424242"

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.messages = {}
        self.default = self._call
        self.fails = None  # the error that every call gets

    def _call(self, request):
        error = self.fails or self._error(request)
        if error:
            return Answer(200, {"ok": False, "error": error})
        if request.path == "/api/auth.test":
            return Answer(200, {"ok": True, "team": "T", "user": "lowtide"})
        with self.lock:
            ts = request.json.get("ts") or f"1503435956.{len(self.messages):06}"
            self.messages[ts] = request.json
        return Answer(200, {"ok": True, "channel": self.CHANNEL, "ts": ts})

    def _error(self, request):
        if request.header("authorization") != f"Bearer {self.TOKEN}":
            return "invalid_auth"
        if request.path == "/api/auth.test":
            return None
        if request.path not in ("/api/chat.postMessage", "/api/chat.update"):
            return "unknown_method"
        if request.header("content-type") != "application/json; charset=utf-8":
            return "invalid_post_type"
        message = request.json
        if message.get("channel") not in (self.CHANNEL, "#money"):
            return "channel_not_found"
        if request.path == "/api/chat.update" and message.get("ts") not in self.messages:
            return "message_not_found"
        if not message.get("text") or len(message["text"]) > 40000:
            return "no_text" if not message.get("text") else "msg_too_long"
        return "invalid_blocks" if wrong_blocks(message.get("blocks", [])) else None

    @property
    def texts(self):
        return [block_text(message["blocks"]) for message in self.messages.values()]

    def channel(self, extra="", name="slackers"):
        return (f"[channel {name}]\ntype = slack-bot\nchannel = {self.CHANNEL}\n{extra}\n"
                f"[slack]\nbot_token = ${{SLACK_BOT_TOKEN}}\nbase_url = {self.url}\n")


class Receiver(HttpServer):
    """Takes what `type = webhook` sends, if it is signed as Standard Webhooks wants it: `messages` in order, each id once."""

    SECRET = "whsec_" + base64.b64encode(b"planted-signing-secret").decode()

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.messages = []
        self.seen = set()
        self.default = self._take

    def _take(self, request):
        number, stamp = request.header("webhook-id"), request.header("webhook-timestamp")
        signed = f"{number}.{stamp}.".encode() + request.body
        key = base64.b64decode(self.SECRET[len("whsec_"):])
        right = "v1," + base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
        if not number or request.header("webhook-signature") != right or abs(time.time() - int(stamp)) > 300:
            return Answer(401, "wrong signature")
        if request.json["id"] != number or request.header("idempotency-key") != number:
            return Answer(400, "wrong id")
        if number not in self.seen:
            self.seen.add(number)
            self.messages.append(request.json)
        return Answer(204)

    def channel(self, extra="", name="hook"):
        return f"[channel {name}]\ntype = webhook\nurl = {self.url}/planted-path\nsecret = ${{HOOK_SECRET}}\n{extra}\n"


class Mail:
    def __init__(self, sender, recipients, data, user, tls):
        self.sender, self.recipients, self.data, self.user, self.tls = sender, recipients, data, user, tls

    @property
    def parsed(self):
        return email.message_from_bytes(self.data, policy=email.policy.default)


class SmtpServer(Listener):
    """Speaks SMTP on 127.0.0.1 and misbehaves as it is told: `replies` holds what a verb is answered in place of the usual, a
    text, several in a row as a list, "reset", "close" or "hang". With a context it offers STARTTLS (or, `implicit`, begins with it)
    and wants it before anything else; with `user` it wants a login."""

    PASSWORD = "planted-smtp-password"

    def __init__(self, lab, tls=None, implicit=False, user="", login_in_the_open=False):
        self.implicit, self.user, self.login_in_the_open = implicit, user, login_in_the_open
        self.mails, self.commands, self.replies = [], [], {}
        super().__init__(lab, tls)

    @property
    def url(self):
        return f"{'smtps' if self.implicit else 'smtp'}://127.0.0.1:{self.port}"

    def channel(self, extra="", name="mail"):
        login = f"user = {self.user}\npassword = ${{SMTP_PASSWORD}}\n" if self.user else ""
        return (f"[channel {name}]\ntype = email\nsmtp = {self.url}\n{login}from = Löwtide <lowtide@example.com>\n"
                f"to = me@example.com\n{extra}\n")

    def _serve(self, connection):
        try:
            connection.settimeout(60)
            if self.implicit:
                connection = self.tls.wrap_socket(connection, server_side=True)
            _Smtp(self, connection).talk()
        except (OSError, ssl.SSLError, ValueError, EOFError):
            pass
        finally:
            connection.close()


class _Smtp:
    """One connection."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.pending = b""
        self.secure, self.logged_in = server.implicit, ""
        self.sender, self.recipients = None, []

    def line(self):
        while b"\r\n" not in self.pending:
            piece = self.connection.recv(65536)
            if not piece:
                raise EOFError
            self.pending += piece
        line, self.pending = self.pending.split(b"\r\n", 1)
        return line.decode("ascii")

    def reply(self, verb, usual):
        reply = self.server.replies.get(verb, usual)
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else usual
        return reply

    def say(self, verb, usual):
        return self.send(self.reply(verb, usual))

    def send(self, reply):
        if reply == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise EOFError
        if reply == "close":
            raise EOFError
        if reply == "hang":
            time.sleep(60)
        self.connection.sendall(reply.encode() + b"\r\n")
        return reply[:1] in "23"

    def hello(self):
        offers = []
        if self.server.tls and not self.secure:
            offers.append("STARTTLS")
        if self.server.user and (self.secure or self.server.login_in_the_open):
            offers.append("AUTH PLAIN LOGIN")
        lines = ["fake.example", *offers, "8BITMIME"]
        return "\r\n".join(f"250{'-' if i + 1 < len(lines) else ' '}{text}" for i, text in enumerate(lines))

    def talk(self):
        self.say("greeting", "220 fake.example ESMTP")
        while True:
            line = self.line()
            self.server.commands.append(line)
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                self.say("QUIT", "221 bye")
                return
            getattr(self, "do_" + verb.lower(), self.do_other)(line)

    def do_other(self, line):
        self.say(line.split(" ")[0].upper(), "502 what?")

    def do_ehlo(self, _):
        self.say("EHLO", self.hello())

    def do_noop(self, _):
        self.say("NOOP", "250 fine")

    def do_starttls(self, _):
        if self.say("STARTTLS", "220 go on"):
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
            self.secure, self.pending = True, b""

    def do_auth(self, line):
        words = line.split(" ")
        if words[1] != "PLAIN":
            self.say("AUTH", "504 no")
            return
        if len(words) < 3:
            self.connection.sendall(b"334 \r\n")
        given = base64.b64decode(words[2] if len(words) > 2 else self.line())
        right = given == f"\0{self.server.user}\0{self.server.PASSWORD}".encode()
        self.logged_in = self.server.user if right else ""
        self.say("AUTH", "235 welcome" if right else "535 5.7.8 wrong password")

    def do_mail(self, line):
        if (self.server.tls and not self.secure) or (self.server.user and not self.logged_in):
            self.say("MAIL", "530 log in first")
            return
        self.sender, self.recipients = re.search("<(.*)>", line)[1], []
        self.say("MAIL", "250 fine")

    def do_rcpt(self, line):
        if self.say("RCPT", "250 fine"):
            self.recipients.append(re.search("<(.*)>", line)[1])

    def do_data(self, _):
        if not self.recipients:
            self.say("DATA", "503 nobody")
            return
        if not self.say("DATA", "354 go on"):
            return
        lines = []
        while True:
            line = self.line()
            if line == ".":
                break
            lines.append(line[1:] if line.startswith(".") else line)
        mail = Mail(self.sender, self.recipients, "\r\n".join(lines).encode() + b"\r\n", self.logged_in, self.secure)
        reply = self.reply("end", "250 2.0.0 taken")
        if reply[:1] == "2" or reply in ("close", "hang", "reset"):
            self.server.mails.append(mail)
        self.send(reply)


class Webhooks(HttpServer):
    """Discord's and Slack's incoming webhooks: takes everything that is right, and remembers it."""

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.default = self._accept_message

    @staticmethod
    def _accept_message(request):
        if request.path.startswith("/services/"):
            return Answer(200, "ok", {"Content-Type": "text/html"})
        if request.method == "GET":
            return Answer(200, {"id": "1", "type": 1, "name": "Lowtide", "channel_id": "42"})
        refused = refuse_discord(request.json, NEW_MESSAGE)
        if refused:
            return refused
        return Answer(200, {"id": "7", "channel_id": "42"}) if "wait=true" in request.path else Answer(204)

    @property
    def discord(self):
        return f"{self.url}/api/webhooks/123456/planted-webhook-token"

    @property
    def slack(self):
        return f"{self.url}/services/T0/B0/planted-slack-token"

    @property
    def posts(self):
        with self.lock:
            return [r for r in self.requests if r.method == "POST"]

    @property
    def contents(self):
        """What was said on Discord, in order."""
        return [r.json["content"] for r in self.posts if "/api/webhooks/" in r.path]

    @property
    def summaries(self):
        return [text for text in self.contents if text.startswith("📊")]

    @property
    def alerts(self):
        return [text for text in self.contents if not text.startswith("📊")]


def moonshot(available="12.34", voucher="3.45", cash="8.89"):
    """The body that Moonshot answers, its numbers as written here."""
    return ('{"code":0,"data":{"available_balance":%s,"voucher_balance":%s,"cash_balance":%s},"scode":"0x0","status":true}'
            % (available, voucher, cash))


class VendorServer(HttpServer):
    """One vendor in Moonshot's shape, scripted."""

    PATH = "/v1/users/me/balance"

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.balance()

    def balance(self, *amounts):
        self.answer(self.PATH, 200, moonshot(*amounts))


class Tls:
    """A certificate authority and what it signs, by openssl."""

    def __init__(self, lab, folder="tls"):
        if not shutil.which("openssl"):
            raise Skip("no openssl: make test-deps")
        self.folder = lab.path(folder)
        os.makedirs(self.folder)
        self.ca = os.path.join(self.folder, "ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                      "/CN=Lowtide test CA", "-keyout", "ca.key", "-out", "ca.pem")

    def _openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)

    def files(self, names="DNS:localhost,IP:127.0.0.1", days="1"):
        """The paths of a certificate for these names and of its key."""
        stem = f"server{len(os.listdir(self.folder))}"
        with open(os.path.join(self.folder, f"{stem}.ext"), "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={names}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server", "-keyout",
                      f"{stem}.key", "-out", f"{stem}.csr")
        self._openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                      days, "-extfile", f"{stem}.ext", "-out", f"{stem}.pem")
        return os.path.join(self.folder, f"{stem}.pem"), os.path.join(self.folder, f"{stem}.key")

    def context(self, *args, **keys):
        """An ssl context for HttpServer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.files(*args, **keys))
        return context


class Vendors:
    """The project's own fake vendors, many accounts behind one port."""

    def __init__(self, lab, *args, build=BUILD):
        program = os.path.join(build, "tests", "fake", "vendors")
        self.process = subprocess.Popen([program, *args], stdout=subprocess.PIPE, text=True)
        lab.keep(self)
        self.port = int(self.process.stdout.readline().removeprefix("port "))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class Postgres:
    """The server that tests/fake/postgres starts, one a test program. Superuser postgres, password PASSWORD."""

    PASSWORD = "right-password"
    one, starting, table = None, threading.Lock(), threading.Lock()

    @classmethod
    def get(cls):
        with cls.starting:
            if cls.one is None:
                cls.one = cls()
            return cls.one

    def reserve(self, lab):
        """The table is this test's until its end."""
        self.table.acquire()
        lab.closers.insert(0, self.table.release)

    def __init__(self):
        self.process = subprocess.Popen(["tests/fake/postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = self.process.stdout.readline().split()
        if not told and self.process.wait() == 77:
            raise Skip("no PostgreSQL: make test-deps")
        self.port, self.folder = told
        atexit.register(self.close)

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)

    def sql(self, text):
        done = subprocess.run(["psql", "-h", self.folder, "-p", self.port, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qAt",
                               "-c", text], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def claude(self, balance):
        """The table that the config's query reads, with one row as of now."""
        self.sql("DROP TABLE IF EXISTS claude_api_usage; CREATE TABLE claude_api_usage (available_balance numeric(12,2), "
                 f"updated_at timestamptz); INSERT INTO claude_api_usage VALUES ({balance}, now())")

    def account(self, name="claude", query=None, extra=""):
        """The account's section; its password comes from $SUPABASE_DB_PASSWORD."""
        query = query or "SELECT available_balance, updated_at FROM claude_api_usage ORDER BY updated_at DESC LIMIT 1"
        return (f"[account {name}]\nprovider = postgres\nhost = 127.0.0.1\nport = {self.port}\n"
                f"password = ${{SUPABASE_DB_PASSWORD}}\nquery = {query}\n{extra}\n")
