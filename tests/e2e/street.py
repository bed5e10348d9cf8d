"""A daemon that is called over HTTP, and the platforms that call it."""
import http.client
import json
import os
import re
import signal
import socket
import time

from discord_gateway import Discord
from fakes import VendorServer
from scenes import Kimi
from signing import DiscordKey, slack_headers
from slack_socket import Slack
from tap import equal, eventually

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PING = b'{"type":1}'
INTERACTIONS, COMMANDS, INTERACTIVITY = "/discord/interactions", "/slack/commands", "/slack/interactivity"
CASH = "[account cash]\nprovider = manual\nlabel = Cash\n"


class Another:
    """A folder of its own, for another key."""

    def __init__(self, lab):
        os.makedirs(lab.path("another"), exist_ok=True)
        self.path = lambda name: lab.path("another", name)


class Reply:
    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    @property
    def json(self):
        return json.loads(self.body)


class Street:
    """A daemon with signed HTTP open to both platforms, which are played by the fakes."""

    def __init__(self, lab, listen="127.0.0.1:0", hosts="bot.example", balance=None, **late):
        self.lab, self.key = lab, DiscordKey(lab)
        self.discord, self.slack = Discord(lab), Slack(lab)
        lab.env["SLACK_SIGNING_SECRET"] = SECRET
        discord = (f"[discord]\npublic_key = {self.key.public}\ncommands = http\nallow_users = {self.discord.MEMBER}\n"
                   f"base_url = {self.discord.url}\n")
        slack = (f"[slack]\nsigning_secret = ${{SLACK_SIGNING_SECRET}}\ncommands = http\nallow_users = {self.slack.MEMBER}\n"
                 f"base_url = {self.slack.url}\n")
        self.scene = Kimi(lab, lowtide="schedule = 0 0 1 1 *\ndeadline = 60s", text=f"{CASH}[http]\nlisten = {listen}\nhosts = {hosts}\n{discord}{slack}")
        self.listen = listen
        if balance:
            self.scene.vendor.answer(VendorServer.PATH, 200, balance, **late)
        self.config = lab.read("config.ini")
        self.start(wait=not late)

    def start(self, wait=True):
        self.daemon = self.scene.daemon()
        self.port = int(self.daemon.wait_for(r"listening on \S+ port=(\d+)").group(1))
        if wait:
            self.daemon.wait_for(r"waiting for the next round")

    def reload(self, config):
        """Has the daemon read that text as its config."""
        pattern = r"(?:reloaded accounts|the old config stays)"
        before = len(re.findall(pattern, self.daemon.text))
        self.lab.write("config.ini", config)
        self.daemon.signal(signal.SIGHUP)
        eventually(lambda: len(re.findall(pattern, self.daemon.text)) > before, "the reload")

    def move(self, listen):
        """Has it listen there instead, by a reload."""
        self.reload(re.sub(r"(?m)^listen = .*", f"listen = {listen}", self.config))
        self.listen = listen
        self.port = int(re.findall(r"listening on \S+ port=(\d+)", self.daemon.text)[-1])

    def ping(self, **keys):
        """The status of a signed PING."""
        return self.request("POST", INTERACTIONS, PING, self.key.headers(PING), **keys).status

    def slash(self):
        """The status of a signed slash command."""
        return self.ask_slack(self.slack.command("/balance", "kimi", send=False)).status

    def request(self, method, path, body=b"", headers=None, host=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if self.listen.startswith("/"):
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self.listen)
        watch = self.lab.watch()
        try:
            connection.request(method, path, body, {"Host": host or "127.0.0.1", **(headers or {})})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read(), watch())
        finally:
            connection.close()

    def ask(self, question, **keys):
        """An interaction of the fake's, signed. Its first word becomes the fake's, as Discord would have it."""
        body = json.dumps(question.payload).encode()
        question.began = time.time()
        reply = self.request("POST", INTERACTIONS, body, self.key.headers(body), **keys)
        if reply.status == 200 and reply.body:
            wrong = self.discord._wrong_callback(question, reply.json, {})
            equal(wrong, "", "the first word")
            with self.discord.lock:
                question.first, question.first_at = reply.json, time.time()
                self.discord._stand(question, reply.json, {})
        return reply

    def ask_slack(self, asked, **keys):
        path = COMMANDS if asked.kind == "slash_commands" else INTERACTIVITY
        return self.request("POST", path, asked.form, slack_headers(SECRET, asked.form), **keys)
