#!/usr/bin/env -S python3 -B
"""A fake Discord: REST and gateway v10 of one bot, as strict as the real one, and misbehaving as it is told. What is wrong in
what the bot sends is kept in `violations`, even where Discord would let it pass.

    discord = Discord(lab)
    discord.plans = [Plan(hello=False), Plan(ends="reset", after=2)]      # the next two connections; later ones behave
    question = discord.command("balance", account="kimi")                 # once the bot is ready
    equal(question.answer()["content"], "...")

Alone: tests/e2e/discord_gateway.py [--port N] prints `port N`, then what it is sent as JSON lines; on stdin it takes lines
such as `balance account=kimi`, `press WORDS`, `reset`, `reconnect`, `invalid`, `invalid-resumable`, `close 4000`, `quit`.
Sources: discord-api-docs c98d64bc, discord-api-spec 74fda0f (2026-07 and 08)."""
import email
import email.policy
import json
import re
import sys
import time

import platforms
from fakes import Answer, DiscordBot, utf16, wrong_components
from lab import stolen
from websocket import Gone, TEXT, frame

FATAL = (4004, 4010, 4011, 4012, 4013, 4014)
KNOWN_INTENTS = (1 << 26) - 1
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
EPHEMERAL, LOADING = 64, 128
EPOCH_MS = 1420070400000  # an id tells when it was made (docs: reference#snowflakes)
QUESTION, PRESSED, COMPLETE = 2, 3, 4


class Plan(platforms.Plan):
    """How one connection of the gateway goes wrong.
    upgrade: a status such as 403, "redirect", "never", "garbage", "half"; first: op 7 and the like before HELLO, as payloads
    hello: False never; or its interval in ms. hello_delay: s. acks: False none; or how many heartbeats are acknowledged
    identify, resume: "never", "invalid" (op 9 false), "invalid-resumable" (op 9 true), or a close code
    ends, after: "reset", "drop", "close" (without a code), "reconnect" (op 7) or a code, so many s after the upgrade
    ends_at: the same, but after "upgrade", "hello", "identify", "ready" (also RESUMED) or "heartbeat" (that tells of READY)
    drip: HELLO one byte at a time; reads: False nothing is read; finishes_close: False close frames are not answered
    stays: op 7 or 9 is sent and the connection kept"""

    KEYS = {**platforms.Plan.KEYS, "first": (), "acks": True, "identify": "ready", "resume": "resumed", "drip": False}


class Session:
    def __init__(self, number, intents):
        self.id = f"{number:032x}"
        self.intents = intents
        self.seq = 0
        self.events = []  # (seq, text): those that a RESUME may ask for again
        self.connection = None


class Gateway(platforms.Line):
    """One connection of the bot."""

    def __init__(self, discord, plan, connection, request, pending):
        super().__init__(discord, plan, connection, request, pending)
        self.discord = discord
        self.session = None
        self.heartbeats = []  # (time, d)
        self.acks_left = 1 << 30 if plan.acks is True else int(plan.acks)
        self.closed_with = None  # the code that we closed it with

    def send(self, op, d=None, s=None, t=None):
        self.text(json.dumps({"op": op, "d": d, "s": s, "t": t}))

    def event(self, name, d):
        """An event of its session: numbered, and kept for a RESUME."""
        with self.discord.lock:
            text = self.discord.number(self.session, name, d)
        self.text(text)

    def fail(self, code, reason, wrong=""):
        self.discord.wrong(f"{code} {wrong or reason}")
        self.closed_with = code
        self.close(code, reason)
        raise Gone(reason)

    # --- mischief, for tests

    def reconnect(self):
        self.send(7)

    def invalidate(self, resumable=False):
        if not resumable and self.session:
            self.discord.forget(self.session)
        self.send(9, resumable)

    def ask_heartbeat(self):
        self.send(1)

    def finish_otherwise(self, how):
        if how == "reconnect":
            self.reconnect()
        else:
            self.closed_with = how
            self.close(how)

    # --- the usual course

    def talk(self):
        self.begin()
        try:
            for payload in self.plan.first:
                self.text(payload if isinstance(payload, str) else json.dumps(payload))
            if self.plan.hello is not False:
                if self.plan.hello_delay:
                    self.gone.wait(self.plan.hello_delay)
                self._hello()
            while True:
                self._take(self.read(self._patience()))
        except TimeoutError:
            self.closed_with = 4009
            self.close(4009, "Session timed out.")
        except Gone:
            pass
        finally:
            self._leave()

    def _interval(self):
        return self.discord.heartbeat_interval if self.plan.hello in (True, False) else self.plan.hello

    def _patience(self):
        return None if self.plan.hello is False or not self.plan.reads else self._interval() / 1000 * 2 + 5

    def _hello(self):
        hello = json.dumps({"op": 10, "d": {"heartbeat_interval": self._interval(), "_trace": ["fake"]}, "s": None, "t": None})
        if self.plan.drip:
            self.drip(frame(TEXT, hello))
        else:
            self.text(hello)
        self.reach("hello")

    def _take(self, text):
        self.received.append((time.time(), text))
        now = time.monotonic()
        self.sent = [at for at in getattr(self, "sent", []) if now - at < 60] + [now]
        if len(self.sent) > self.discord.send_limit:
            self.fail(4008, "Rate limited.")
        if len(text.encode() if isinstance(text, str) else text) > 4096:
            self.fail(4002, "Error while decoding payload.", "more than 4096 bytes")
        try:
            message = json.loads(text)
            op, d = message["op"], message.get("d")
        except (ValueError, KeyError, TypeError):
            self.fail(4002, "Error while decoding payload.")
        self.received[-1] = (self.received[-1][0], message)
        handler = {1: self._heartbeat, 2: self._identify, 3: self._presence, 6: self._resume}.get(op)
        if handler is None:
            self.fail(4001 if op not in (4, 8, 31, 43) else 4003, "Unknown opcode." if op not in (4, 8, 31, 43) else "Not needed.")
        if op not in (1, 2, 6) and self.session is None:
            self.fail(4003, "Not authenticated.")
        handler(d)

    def _heartbeat(self, d):
        self.heartbeats.append((time.time(), d))
        if d is not None and (not isinstance(d, int) or (self.session and d > self.session.seq)):
            self.discord.wrong(f"heartbeat with {d!r}")
        if self.acks_left > 0:
            self.acks_left -= 1
            self.text('{"op":11}')
        if d is not None:
            self.reach("heartbeat")

    def _identify(self, d):
        if self.session is not None:
            self.fail(4005, "Already authenticated.")
        self.times.setdefault("identify", time.time())
        code = self.discord.refuse_identify(d)
        if code:
            self.fail(*code)
        plan = self.plan.identify
        if not self.discord.may_identify() and plan == "ready":
            plan = "invalid"
        self.reach("identify")
        if plan == "never":
            return
        if plan in ("invalid", "invalid-resumable"):
            self.send(9, plan != "invalid")
        elif plan == "ready":
            self.session = self.discord.new_session(d, self)
            self.event("READY", self.discord.ready(self.session))
            if d["intents"] & 1:
                self.event("GUILD_CREATE", {"id": self.discord.GUILD, "name": "Guild", "unavailable": False})
            self.reach("ready")
        else:
            self.closed_with = plan
            self.close(plan)

    def _resume(self, d):
        if self.session is not None:
            self.fail(4005, "Already authenticated.")
        self.times.setdefault("resume", time.time())
        if not isinstance(d, dict) or set(d) != {"token", "session_id", "seq"} or not isinstance(d["seq"], int):
            self.fail(4002, "Error while decoding payload.", f"resume {d!r}")
        if d["token"] != self.discord.TOKEN:
            self.fail(4004, "Authentication failed.")
        self.reach("identify")
        plan = self.plan.resume
        session = self.discord.sessions.get(d["session_id"])
        if plan == "never":
            return
        if plan == "invalid" or (session is None and plan == "resumed"):
            if session:
                self.discord.forget(session)
            self.send(9, False)
        elif plan == "invalid-resumable":
            self.send(9, True)
        elif plan != "resumed":
            self.closed_with = plan
            self.close(plan)
        elif d["seq"] > session.seq:
            self.fail(4007, "Invalid seq.")
        else:
            self._replay(session, d["seq"])

    def _replay(self, session, seq):
        if not self.request.path.startswith("/resume"):
            self.discord.wrong("a RESUME that is not at resume_gateway_url")
        with self.discord.lock:
            old, session.connection, self.session = session.connection, self, session
            missed = [text for number, text in session.events if number > seq]
        if old and not old.gone.is_set():
            old.drop()
        for text in missed:
            self.text(text)
        self.event("RESUMED", {"_trace": ["fake"]})
        self.reach("ready")

    def _presence(self, d):
        wrong = not isinstance(d, dict) or set(d) != {"since", "activities", "status", "afk"}
        wrong = wrong or d["status"] not in ("online", "idle", "dnd", "invisible") or not isinstance(d["afk"], bool)
        wrong = wrong or any(set(a) - {"name", "type", "state", "url"} or not isinstance(a.get("name"), str) or
                             not 0 < len(a["name"]) <= 128 or a.get("type") not in range(6) for a in d["activities"])
        if wrong:
            self.fail(4002, "Error while decoding payload.", f"presence {d!r}")
        self.discord.presences.append((time.time(), d))

    def _leave(self):
        self.drop()
        with self.discord.lock:
            self.discord.violations += [f"websocket: {wrong}" for wrong in self.violations]
            session = self.session
            if session and session.connection is self:
                session.connection = None
                # A bot that says 1000 or 1001 ends its session.
                if self.close_seen.is_set() and not self.close_sent and self.close_code in (1000, 1001):
                    self.discord.sessions.pop(session.id, None)
                if self.closed_with in (4003, 4007, 4009) or self.closed_with in FATAL:
                    self.discord.sessions.pop(session.id, None)


class Interaction(platforms.Question):
    """What somebody asked, and what the bot made of it."""

    def __init__(self, discord, number, payload):
        super().__init__(discord)
        self.discord, self.payload = discord, payload
        self.id, self.token, self.kind = number, payload["token"], payload["type"]
        self.began = time.time()      # when it was sent
        self.began_ns = time.monotonic_ns()
        self.first = None             # the callback: {"type", "data"}
        self.first_at = None
        self.message = None           # the original answer as it stands
        self.edits = []               # (time, payload)
        self.follow_ups = []          # (time, payload)
        self.files = {}               # of the last answer: name -> File
        self.refused = []             # (time, code): what Discord did not take

    @property
    def delay(self):
        """Seconds from the question to its first answer."""
        return None if self.first_at is None else self.first_at - self.began

    def acknowledged(self, seconds=3):
        """The first answer; None if there is none in time."""
        self.wait(lambda: self.first is not None, seconds)
        return self.first

    def answer(self, seconds=60):
        """The message that in the end stands as the answer; None if there is none in time."""
        self.wait(lambda: self.message is not None and not self.message.get("flags", 0) & LOADING, seconds)
        return None if self.message is None or self.message.get("flags", 0) & LOADING else self.message

    @property
    def choices(self):
        return [choice["name"] for choice in self.first["data"]["choices"]]

    @property
    def buttons(self):
        """label -> custom_id of the answer."""
        return {button["label"]: button["custom_id"] for row in (self.message or {}).get("components", [])
                for button in row["components"] if button["type"] == 2 and "custom_id" in button}


class File(bytes):
    """What was attached, with its `filename`."""


def form_error(what):
    return Answer(400, {"code": 50035, "message": "Invalid Form Body", "errors": {"_errors": [{"message": what}]}})


def wrong_mentions(mentions):
    if not isinstance(mentions, dict) or set(mentions) - {"parse", "users", "roles", "replied_user"}:
        return "allowed_mentions"
    return "allowed_mentions" if any(mentions.get(k) and k in mentions.get("parse", []) for k in ("users", "roles")) else ""


def wrong_message(data, files, flags, is_edit=False):
    """What is wrong with an answer, its edit or a follow-up, or ""."""
    allowed = {"content", "embeds", "allowed_mentions", "components", "attachments"}
    if not is_edit:
        allowed |= {"flags", "tts", "enforce_nonce"}  # the last by discord.js with every reply
    if not isinstance(data, dict) or set(data) - allowed:
        return f"keys: {data!r}"
    content = data.get("content")
    if content is not None and (not isinstance(content, str) or utf16(content) > 2000):
        return "content: 2000 characters at most"
    if not is_edit and not content and not data.get("embeds") and not files:
        return "an empty message"
    if data.get("flags", 0) & ~flags:
        return f"flags {data['flags']}"
    for number, attachment in enumerate(data.get("attachments", [])):
        if set(attachment) - {"id", "filename", "description"} or len(attachment.get("description", "")) > 1024:
            return f"attachment {attachment!r}"
        if f"files[{attachment.get('id')}]" not in files and not is_edit:
            return f"attachment {number} has no file"
    return wrong_components(data.get("components", [])) or wrong_mentions(data.get("allowed_mentions", {}))


def wrong_option(option, depth=0):
    kinds = {1: {"options"}, 2: {"options"}}
    allowed = {"type", "name", "description", "required", "choices", "autocomplete", "min_value", "max_value", "min_length",
               "max_length", "options"}
    if set(option) - allowed or option.get("type") not in range(1, 12) or not re.fullmatch(r"[-_'\w]{1,32}", option.get("name", "")):
        return f"option {option!r}"
    if option["name"] != option["name"].lower() or not 1 <= len(option.get("description", "")) <= 100:
        return f"option {option['name']}: its name or description"
    if "options" in option and (option["type"] not in kinds or depth > 1):
        return f"option {option['name']}: no place for options"
    if option.get("autocomplete") and (option.get("choices") or option["type"] not in (3, 4, 10)):
        return f"option {option['name']}: autocomplete"
    return wrong_options(option.get("options", []), depth + 1)


def wrong_options(options, depth=0):
    if len(options) > 25 or len({option.get("name") for option in options}) != len(options):
        return "options: too many or two of one name"
    needed = [bool(option.get("required")) for option in options]
    if needed != sorted(needed, reverse=True):
        return "options: required ones come first"
    kinds = {option.get("type") in (1, 2) for option in options}
    if len(kinds) > 1:
        return "options: sub-commands and others do not mix"
    return next((wrong for wrong in (wrong_option(option, depth) for option in options) if wrong), "")


def wrong_command(command, in_guild):
    allowed = {"name", "description", "options", "type", "default_member_permissions", "nsfw", "name_localizations",
               "description_localizations", "id", "handler"} | (set() if in_guild else {"contexts", "integration_types", "dm_permission"})
    if not isinstance(command, dict) or set(command) - allowed:
        return f"command keys: {sorted(set(command) - allowed)}"
    name = command.get("name", "")
    if not re.fullmatch(r"[-_'\w]{1,32}", name) or name != name.lower() or not 1 <= len(command.get("description", "")) <= 100:
        return f"command {name!r}: its name or description"
    permissions = command.get("default_member_permissions")
    if permissions is not None and not (isinstance(permissions, str) and permissions.isdigit()):
        return f"command {name}: default_member_permissions"
    return wrong_options(command.get("options", []))


class Discord(platforms.Platform, DiscordBot):
    """All of it. Settings that may be changed at any time: heartbeat_interval (ms), identify_pause (s between two IDENTIFY),
    identifies_left, send_limit, answer_s and token_s (how long a question waits), usual (the Plan of connections for which
    `plans` holds none), has_gateway (False: GET /gateway/bot answers 401)."""

    APPLICATION = "1100000000000000001"
    USER = "1100000000000000001"
    GUILD = "1100000000000000003"
    MEMBER = "1100000000000000004"
    LINE, PLAN = Gateway, Plan

    def __init__(self, lab, tls=None):
        super().__init__(lab, tls)
        self.heartbeat_interval, self.identify_pause, self.identifies_left, self.send_limit = 41250, 5.0, 1000, 120
        self.answer_s, self.token_s = 3.0, 900.0
        self.identifies = []    # times
        self.stolen = 0.0       # the processor's time that we had not got at the last of them
        self.sessions = {}
        self.presences = []
        self.interactions = []
        self.commands = {}      # scope (None or a guild) -> list
        self.command_writes = 0
        self.guilds = [{"id": self.GUILD, "unavailable": True}]  # as READY has them
        self.endpoint = None    # Interactions Endpoint URL, of the portal
        self.gateway_host = self.resume_host = None  # of the gateway's address and of resume_gateway_url, if they are not ours

    # --- what tests do

    @property
    def live(self):
        """The bot's newest connection that has a session and is not gone, or None."""
        with self.lock:
            return next((c for c in reversed(self.connections) if c.session and not c.gone.is_set()), None)

    def wait_ready(self, count=1, seconds=60):
        """Waits until so many connections in all were ready or resumed and the last still is; answers it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            live = self.live
            if live and "ready" in live.times and sum("ready" in c.times for c in self.connections) >= count:
                return live
            time.sleep(0.005)
        raise AssertionError(f"the bot was not ready ({count}) within {seconds} s: {len(self.connections)} connections, "
                             f"{len(self.attempts)} attempts, violations {self.violations}")

    def wait_connections(self, count, seconds=60):
        """Waits for so many upgrades in all; answers the last."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if len(self.connections) >= count:
                return self.connections[count - 1]
            time.sleep(0.005)
        raise AssertionError(f"{len(self.connections)} connections of {count} within {seconds} s")

    def command(self, words, user=None, guild=True, permissions="0", roles=(), send=True, **options):
        """`command("balance", account="kimi")`, `command("lowtide mute", account="kimi", span="6h")`."""
        return self._ask(QUESTION, self._command_data(words, options), user, guild, permissions, roles, send)

    def complete(self, words, focused, typed="", user=None, guild=True, permissions="0", roles=(), send=True, **options):
        """Somebody types into the option `focused`."""
        data = self._command_data(words, {**options, focused: typed})
        where = data["options"] if " " not in words else data["options"][0]["options"]
        next(option for option in where if option["name"] == focused)["focused"] = True
        return self._ask(COMPLETE, data, user, guild, permissions, roles, send)

    def press(self, custom_id, message=None, values=None, user=None, guild=True, permissions="0", roles=(), send=True):
        """A button, or a select with values, under a message."""
        data = {"custom_id": custom_id, "component_type": 3 if values else 2, **({"values": values} if values else {})}
        return self._ask(PRESSED, data, user, guild, permissions, roles, send, message or {"id": "900", "content": "", "flags": 0})

    @staticmethod
    def _command_data(words, options):
        kinds = {bool: 5, int: 4, float: 10}
        parts = words.split(" ")
        given = [{"type": kinds.get(type(v), 3), "name": k, "value": v} for k, v in options.items()]
        for word in reversed(parts[1:]):
            given = [{"type": 1, "name": word, "options": given}]
        return {"id": "1300000000000000001", "name": parts[0], "type": 1, "options": given}

    def _ask(self, kind, data, user, guild, permissions, roles, send, message=None):
        who = {"id": user or self.MEMBER, "username": "peter", "discriminator": "0", "global_name": "Peter", "avatar": None}
        with self.lock:
            self.count += 1
            number = str((int(time.time() * 1000) - EPOCH_MS) << 22 | self.count)
        payload = {"id": number, "application_id": self.APPLICATION, "type": kind, "token": f"planted-interaction-{number}",
                   "version": 1, "data": data, "channel_id": self.CHANNEL, "channel": {"id": self.CHANNEL, "type": 0},
                   "locale": "en-GB", "app_permissions": "2147483647", "entitlements": [], "context": 0 if guild else 1,
                   "authorizing_integration_owners": {"0": self.GUILD}, "attachment_size_limit": 10485760}
        if guild:
            payload["guild_id"] = self.GUILD if guild is True else guild
            payload["guild"] = {"id": payload["guild_id"], "locale": "en-US", "features": []}
            payload["member"] = {"user": who, "roles": list(roles), "permissions": permissions, "joined_at": "2026-01-01T00:00:00Z",
                                 "deaf": False, "mute": False, "flags": 0, "nick": None}
        else:
            payload["user"] = who
        if message:
            payload["message"] = message
        return self.ask(payload, send)

    def ask(self, payload, send=True):
        """An interaction as it stands; with send False it is only known, for signed HTTP."""
        question = Interaction(self, payload["id"], payload)
        with self.lock:
            self.interactions.append(question)
        if send:
            question.began, question.began_ns = time.time(), time.monotonic_ns()
            self.dispatch("INTERACTION_CREATE", payload)
        return question

    def dispatch(self, name, d):
        """An event to the bot; while it is away its session keeps it."""
        with self.lock:
            session = next(reversed(self.sessions.values()), None)
            if session is None:
                self.wrong("an event while the bot has no session")
                return
            text, connection = self.number(session, name, d), session.connection
        if connection:
            try:
                connection.text(text)
            except Gone:
                pass

    # --- the gateway's memory

    def number(self, session, name, d):
        session.seq += 1
        text = json.dumps({"op": 0, "d": d, "s": session.seq, "t": name})
        session.events.append((session.seq, text))
        return text

    def forget(self, session):
        with self.lock:
            self.sessions.pop(session.id, None)

    def new_session(self, d, connection):
        with self.lock:
            self.count += 1
            session = Session(self.count, d["intents"])
            session.connection = connection
            self.sessions[session.id] = session
            return session

    def refuse_identify(self, d):
        """(code, reason), or None."""
        if not isinstance(d, dict) or not isinstance(d.get("properties"), dict) or \
           set(d["properties"]) != {"os", "browser", "device"} or not isinstance(d.get("intents"), int):
            return 4002, "Error while decoding payload.", f"identify {d!r}"
        if d.get("token") != self.TOKEN:
            return 4004, "Authentication failed."
        if d["intents"] & ~KNOWN_INTENTS or d["intents"] < 0:
            return 4013, "Invalid intent(s)."
        if d["intents"] & PRIVILEGED:
            return 4014, "Disallowed intent(s)."
        if d.get("shard", [0, 1]) != [0, 1]:
            return 4010, "Invalid shard."
        return None

    def may_identify(self):
        """Counts it; false if it comes too soon after the last or there are none left."""
        with self.lock:
            now, before = time.time(), self.stolen
            self.stolen = stolen("self")  # while others had the processor, what came earlier waited to be read
            soon = bool(self.identifies) and now - self.identifies[-1] < self.identify_pause - max(0.0, self.stolen - before)
            self.identifies.append(now)
            self.identifies_left -= 1
            if self.identifies_left < 0:
                self.violations.append("an IDENTIFY beyond the day's limit: Discord resets the token now")
            if soon:
                self.violations.append(f"two IDENTIFY within {self.identify_pause} s")
            return not soon and self.identifies_left >= 0

    @property
    def gateway_url(self):
        return self.gateway_host or self.socket_url

    def ready(self, session):
        user = {"id": self.USER, "username": "lowtide", "discriminator": "0", "global_name": None, "avatar": None, "bot": True,
                "verified": True, "mfa_enabled": False, "flags": 0, "email": None}
        return {"v": 10, "user": user, "guilds": self.guilds, "session_id": session.id,
                "session_type": "normal", "resume_gateway_url": self.resume_host or f"{self.gateway_url}/resume", "shard": [0, 1],
                "application": {"id": self.APPLICATION, "flags": 0}, "private_channels": [], "presences": [], "relationships": [],
                "user_settings": {}, "geo_ordered_rtc_regions": [], "guild_join_requests": [], "_trace": ["fake"]}

    # --- HTTP

    def _rest(self, request):
        path = request.path.replace("%40", "@")
        if request.header("upgrade"):
            return self.upgrade(request)
        if not path.startswith("/api/v10/"):
            return Answer(404, {"message": "404: Not Found", "code": 0})
        path = path[len("/api/v10"):].split("?")[0]
        found = re.fullmatch(r"/interactions/(\d+)/([^/]+)/callback", path)
        if found and request.method == "POST":
            return self._callback(request, *found.groups())
        found = re.fullmatch(r"/webhooks/(\d+)/([^/]+)(/messages/(@original|\d+))?", path)
        if found:
            return self._webhook(request, *found.groups())
        if request.method == "GET" and path == "/gateway":
            return Answer(200, {"url": self.gateway_url})
        if not request.header("user-agent").startswith("DiscordBot ("):
            return Answer(403, "error code: 1010", {"Content-Type": "text/plain"})
        if request.header("authorization") != f"Bot {self.TOKEN}":
            return Answer(401, {"message": "401: Unauthorized", "code": 0})
        return self._authorized(request, path)

    def _authorized(self, request, path):
        if request.method == "GET" and path == "/gateway/bot":
            limit = {"total": 1000, "remaining": max(0, self.identifies_left), "reset_after": 14400000, "max_concurrency": 1}
            return Answer(200, {"url": self.gateway_url, "shards": 1, "session_start_limit": limit})
        if request.method == "GET" and path == "/applications/@me":
            return Answer(200, {"id": self.APPLICATION, "name": "Lowtide", "description": "", "flags": 0, "verify_key": "0" * 64,
                                "bot": {"id": self.USER, "username": "lowtide", "discriminator": "0", "avatar": None, "bot": True},
                                "icon": None, "bot_public": True, "bot_require_code_grant": False, "summary": "", "team": None,
                                "interactions_endpoint_url": self.endpoint})
        if request.method == "GET" and path == "/users/@me":
            return Answer(200, {"id": self.USER, "username": "lowtide", "discriminator": "0", "avatar": None, "bot": True})
        found = re.fullmatch(r"/applications/(\d+)(?:/guilds/(\d+))?/commands", path)
        if found:
            return self._commands(request, *found.groups())
        return super()._rest(request)

    def _commands(self, request, application, guild):
        if application != self.APPLICATION or guild not in (None, self.GUILD):
            return Answer(403, {"message": "Missing Access", "code": 50001})
        if request.method == "PUT":
            commands = request.json
            if not isinstance(commands, list) or len(commands) > 100 or len({c.get("name") for c in commands}) != len(commands):
                return form_error("commands")
            wrong = next((w for w in (wrong_command(c, guild) for c in commands) if w), "")
            if wrong:
                self.wrong(wrong)
                return form_error(wrong)
            self.command_writes += 1
            extra = {"guild_id": guild} if guild else {"contexts": None, "integration_types": [0], "dm_permission": True}
            self.commands[guild] = [{"type": 1, "default_member_permissions": None, "nsfw": False, "options": [],
                                     "name_localizations": None, "description_localizations": None, **extra, **command,
                                     "id": str(1300000000000000000 + n), "application_id": application,
                                     "version": "1400000000000000000"} for n, command in enumerate(commands)]
        elif request.method != "GET":
            return Answer(405, {"message": "405: Method Not Allowed", "code": 0})
        return Answer(200, self.commands.get(guild, []))

    # --- answers to questions

    def _body(self, request):
        """(payload, files) of a JSON or multipart body; ValueError says what is wrong."""
        kind = request.header("content-type")
        if kind.startswith("application/json"):
            return request.json, {}
        if not kind.startswith("multipart/form-data"):
            raise ValueError(f"Content-Type {kind!r}")
        whole = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body, policy=email.policy.HTTP)
        payload, files = {}, {}
        for part in whole.iter_parts():
            name = part.get_param("name", header="content-disposition")
            if name == "payload_json":
                payload = json.loads(part.get_payload(decode=True))
            elif re.fullmatch(r"files\[\d+\]", name or "") and part.get_filename():
                files[name] = File(part.get_payload(decode=True))
                files[name].filename = part.get_filename()
            else:
                raise ValueError(f"part {name!r}")
        return payload, files

    def _find(self, token):
        return next((one for one in reversed(self.interactions) if one.token == token), None)

    def _refuse(self, question, status, code, message):
        if question:
            question.refused.append((time.time(), code))
        return Answer(status, {"message": message, "code": code})

    def _callback(self, request, number, token):
        with self.lock:
            question = self._find(token)
            if question is None or question.id != number:
                return self._refuse(question, 404, 10062, "Unknown interaction")
            if question.first is not None:
                return self._refuse(question, 400, 40060, "Interaction has already been acknowledged.")
            if request.time - question.began > self.answer_s:
                return self._refuse(question, 404, 10062, "Unknown interaction")
            try:
                body, files = self._body(request)
                wrong = self._wrong_callback(question, body, files)
            except ValueError as error:
                wrong = str(error)
            if wrong:
                self.wrong(f"callback: {wrong}")
                question.refused.append((time.time(), 50035))
                return form_error(wrong)
            question.first, question.first_at, question.files = body, request.time, files
            self._stand(question, body, files)
            question.changed.notify_all()
        if "with_response=true" in request.path:
            return Answer(200, {"interaction": {"id": number, "type": question.kind, "response_message_id": "900"},
                                "resource": {"type": body["type"]}})
        return Answer(204)

    @staticmethod
    def _wrong_callback(question, body, files):
        if not isinstance(body, dict) or set(body) - {"type", "data"}:
            return f"keys {body!r}"
        kind, data = body.get("type"), body.get("data", {})
        allowed = {QUESTION: (4, 5, 9), PRESSED: (4, 5, 6, 7, 9), COMPLETE: (8,)}[question.kind]
        if kind not in allowed:
            return f"type {kind} for an interaction of type {question.kind}"
        if kind == 8:
            choices = data.get("choices")
            right = isinstance(choices, list) and len(choices) <= 25 and all(
                set(c) <= {"name", "value", "name_localizations"} and 1 <= utf16(c["name"]) <= 100 and
                1 <= utf16(str(c["value"])) <= 100 for c in choices)
            return "" if right else f"choices {choices!r}"
        if kind == 5:
            return "" if not set(data) - {"flags"} and data.get("flags", 0) in (0, EPHEMERAL) else f"a deferred answer with {data!r}"
        if kind == 6:
            return f"data for type 6: {data!r}" if data else ""
        return wrong_message(data, files, 64 | 4 | 4096, is_edit=kind == 7)

    @staticmethod
    def _stand(question, body, files):
        data = body.get("data", {})
        if body["type"] == 4:
            question.message = {"id": "900", "flags": 0, **data, "attachments": attached(data, files)}
        elif body["type"] == 5:
            question.message = {"id": "900", "content": "", "flags": data.get("flags", 0) | LOADING}
        elif body["type"] == 7:
            question.message = {**question.payload["message"], **data}
        elif body["type"] == 6:
            question.message = dict(question.payload["message"], flags=question.payload["message"].get("flags", 0) | LOADING)

    def _webhook(self, request, application, token, _, message):
        with self.lock:
            question = self._find(token)
            if question is None or application != self.APPLICATION or time.time() - question.began > self.token_s:
                return self._refuse(question, 401, 50027, "Invalid Webhook Token")
            if question.first is None or question.kind == COMPLETE:
                return self._refuse(question, 404, 10015, "Unknown Webhook")
            if request.method == "GET" and message:
                return Answer(200, question.message)
            if request.method == "DELETE" and message:
                question.message = None
                return Answer(204)
            if (request.method, bool(message)) not in (("PATCH", True), ("POST", False)):
                return Answer(405, {"message": "405: Method Not Allowed", "code": 0})
            try:
                data, files = self._body(request)
                wrong = wrong_message(data, files, 64 | 4 | 4096, is_edit=request.method == "PATCH")
            except ValueError as error:
                wrong = str(error)
            if wrong:
                self.wrong(f"{request.method}: {wrong}")
                return self._refuse(question, 400, 50035, f"Invalid Form Body: {wrong}")
            question.files = files or (question.files if request.method == "POST" else {})
            if request.method == "POST":
                question.follow_ups.append((request.time, data))
                answer = {"id": str(901 + len(question.follow_ups)), **data}
            else:
                question.edits.append((request.time, data))
                flags = question.message.get("flags", 0) & ~LOADING if question.message else 0
                question.message = answer = {**(question.message or {}), **data, "flags": flags,
                                             "attachments": attached(data, files)}
            question.changed.notify_all()
            return Answer(200, answer)

    def opened(self, line):
        if not {"v=10", "encoding=json"} <= set(line.request.path.partition("?")[2].split("&")):
            self.wrong(f"gateway address {line.request.path}")

    def settings(self, extra=""):
        return f"[discord]\ntoken = ${{DISCORD_BOT_TOKEN}}\nbase_url = {self.url}\n{extra}\n"


def attached(data, files):
    """The attachments of a message that was sent with these files."""
    described = {str(a.get("id")): a for a in data.get("attachments", [])}
    return [{"id": name[6:-1], "filename": described.get(name[6:-1], {}).get("filename", content.filename), "size": len(content),
             "description": described.get(name[6:-1], {}).get("description")} for name, content in files.items()]


# --- alone

def obey(discord, line):
    words = line.split()
    live = discord.live
    options = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    if words[0] == "press":
        discord.press(line.split(" ", 1)[1])
    elif words[0] in ("reset", "drop", "reconnect", "close"):
        live.finish(int(words[1]) if len(words) > 1 else words[0])
    elif words[0].startswith("invalid"):
        live.invalidate(words[0] == "invalid-resumable")
    else:
        discord.command(" ".join(plain), **options)


if __name__ == "__main__":
    platforms.alone(Discord, obey, sys.argv[1:])
