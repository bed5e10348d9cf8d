#!/usr/bin/env -S python3 -B
"""How the chat doors stand, as `status` and `doctor` tell it."""
import json
import os
import re
import socket

from discord_gateway import Discord
from fakes import Answer, VendorServer, free_port
from slack_socket import Slack
from tap import equal, eventually, has, lacks, main, true

NOTES = "[account notes]\nprovider = manual\n"
NEVER = "schedule = 0 0 1 1 *\n"


class Chats:
    """A Discord and a Slack, and a config that names both."""

    def __init__(self, lab, discord="", slack="", text=""):
        self.lab = lab
        self.discord, self.slack = Discord(lab), Slack(lab)
        lab.env.update(DISCORD_BOT_TOKEN=Discord.TOKEN, SLACK_BOT_TOKEN=Slack.TOKEN, SLACK_APP_TOKEN=Slack.APP_TOKEN)
        self.configure(discord, slack, text)

    def configure(self, discord="", slack="", text=""):
        self.lab.config(NOTES + self.discord.settings(discord) + self.slack.settings(slack) + text, NEVER)

    def run(self, *words):
        return self.lab.run(*words, "--config", "config.ini")

    def daemon(self):
        daemon = self.lab.daemon("run", "--config", "config.ini")
        self.discord.wait_ready()
        self.slack.wait_ready()
        return daemon

    def doors(self):
        return {door["name"]: door for door in json.loads(self.run("status", "--json").out)["doors"]}

    def states(self):
        return {name: door["state"] for name, door in self.doors().items()}


# --- status

def test_status_tells_how_the_doors_stand(lab):
    chats = Chats(lab)
    equal(chats.doors(), {}, "no daemon")
    daemon = chats.daemon()
    eventually(lambda: chats.states() == {"Discord": "connected", "Slack": "connected"}, "both are connected")
    out = chats.run("status").out
    true(re.search(r"^Discord: connected since \d\d:\d\d\nSlack: connected since \d\d:\d\d\n\nACCOUNT", out, re.M), out)
    true(re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", chats.doors()["Slack"]["since"]), out)
    chats.slack.opens_with = "invalid_auth"
    chats.slack.live[0].reset()
    eventually(lambda: chats.states()["Slack"] == "stopped", "Slack's door has stopped")
    has(chats.run("status").out, "Slack: stopped since ")
    has(chats.doors()["Slack"]["why"], "copy the App-Level Token")
    equal(chats.doors()["Discord"]["why"], None)
    for token in (Discord.TOKEN, Slack.TOKEN, Slack.APP_TOKEN, "ticket-"):
        lacks(daemon.text + chats.run("status").out, token)
    equal(daemon.stop()[0], 0)
    equal(chats.doors(), {}, "no daemon any more")
    lacks(chats.run("status").out, "Discord")


def test_a_door_that_never_opens_says_why(lab):
    chats = Chats(lab)
    lab.env["DISCORD_BOT_TOKEN"] = "wrong"
    daemon = lab.daemon("run", "--config", "config.ini")
    eventually(lambda: chats.states().get("Discord") == "stopped", "Discord's door has stopped")
    why = chats.doors()["Discord"]["why"]
    has(why, "Discord does not know the bot's token")
    has(why, "; ")
    equal(daemon.stop()[0], 0)


def test_without_doors_nothing_is_said_of_them(lab):
    lab.config(NOTES, NEVER)
    daemon = lab.daemon("run", "--config", "config.ini")
    daemon.wait_for("waiting for the next round")
    equal(json.loads(lab.run("status", "--json", "--config", "config.ini").out)["doors"], [])
    lacks(lab.run("status", "--config", "config.ini").out, "Discord")
    equal(daemon.stop()[0], 0)


# --- doctor

def test_doctor_looks_at_both_and_opens_nothing(lab):
    chats = Chats(lab, slack=f"allow_users = {Slack.MEMBER}")
    done = chats.run("doctor")
    has(done.out, "✅ Discord's gateway: knows the bot, ")
    has(done.out, "✅ Slack's Socket Mode: knows app_token\n")
    has(done.out, "✅ Slack, bot_token: known to Slack\n")
    lacks(done.out, "allow_users")
    for wrong in ("❌ Discord", "❌ Slack"):
        lacks(done.out, wrong)
    equal((chats.slack.attempts, chats.discord.connections, chats.slack.violations), ([], [], []), "no socket is opened")
    for secret in (Discord.TOKEN, Slack.TOKEN, Slack.APP_TOKEN, "ticket-", "wss://", "ws://"):
        lacks(done.out + done.err, secret)


def test_doctor_names_the_mend_of_a_wrong_token(lab):
    chats = Chats(lab)
    lab.env.update(DISCORD_BOT_TOKEN="planted-wrong-discord", SLACK_BOT_TOKEN="xoxb-wrong", SLACK_APP_TOKEN="xapp-wrong")
    done = chats.run("doctor")
    equal(done.code, 1)
    has(done.out, "❌ Discord's gateway: Discord does not know the bot's token → copy it anew from")
    has(done.out, "❌ Slack's Socket Mode: Slack does not know app_token of [slack]: copy the App-Level Token (xapp-…) anew")
    has(done.out, "❌ Slack, bot_token: Slack does not know the bot's token: copy it anew")
    has(done.out, "➖ Slack, allow_users: empty: everybody may ask, nobody may change anything → put member ids there")
    lacks(done.out, "wrong")
    equal(done.out.count("Discord does not know"), 1, "said once")


def test_doctor_understands_what_slack_says(lab):
    chats = Chats(lab)
    for word, sentence in (("missing_scope", "lacks the scope connections:write"), ("not_authed", "Slack got no token"),
                           ("not_allowed_token_type", "of the wrong kind"),
                           ("internal_error", "Slack says internal_error"),
                           ("something_new", "Slack says something_new → look whether Socket Mode is switched on")):
        chats.slack.opens_with = word
        done = chats.run("doctor")
        equal(done.code, 1, word)
        has(done.out, "❌ Slack's Socket Mode: ")
        has(done.out, sentence)
    chats.slack.opens_with = None
    for answer, sentence in ((Answer(200, {"ok": True}), "no wss:// address"), (Answer(502, "oops"), "HTTP 502"),
                             (Answer(200, {"ok": True, "url": "https://x.example"}), "no wss:// address")):
        chats.slack.fail_next("connections.open", *[answer] * 3)
        has(chats.run("doctor").out, sentence)
        chats.slack.faults.clear()
    chats.slack.close()
    chats.discord.close()
    out = chats.run("doctor").out
    for piece in ("❌ Discord's gateway: ", "❌ Slack's Socket Mode: ", "❌ Slack, bot_token: "):
        has(out, piece)


def test_doctor_tells_which_variable_is_missing(lab):
    chats = Chats(lab)
    for name in ("DISCORD_BOT_TOKEN", "SLACK_APP_TOKEN"):
        del lab.env[name]
    done = chats.run("doctor")
    has(done.out, "➖ Discord: not configured (DISCORD_BOT_TOKEN is not set) → ")
    has(done.out, "➖ Slack: not configured (SLACK_APP_TOKEN is not set) → ")
    equal((chats.discord.requests, chats.slack.opens), ([], []))


def test_doctor_tells_that_nobody_is_answered(lab):
    key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    for text, says in (
            ("[slack]\nbot_token = xoxb-1\n", "Slack, commands: off, for app_token is not set: nobody is answered → set app_token (xapp-…)"),
            ("[slack]\nsigning_secret = s\n", "Slack, commands: off, for app_token is not set: nobody is answered → set `commands = http`"),
            ("[discord]\nguild = 42\n", "Discord, commands: off, for token is not set: nobody is answered → set token in [discord]\n"),
            (f"[discord]\npublic_key = {key}\n", "Discord, commands: off, for token is not set: nobody is answered → set `commands = http`")):
        lab.config(NOTES + text, NEVER)
        has(lab.run("doctor", "--config", "config.ini").out, f"➖ {says}")
        lab.config(NOTES + text + "commands = off\n", NEVER)
        lacks(lab.run("doctor", "--config", "config.ini").out, "commands: off")


def test_doctor_of_no_chats_says_nothing_of_them(lab):
    lab.config(NOTES, NEVER)
    out = lab.run("doctor", "--config", "config.ini").out
    for word in ("Discord", "Slack", "HTTP"):
        lacks(out, word)


# --- doctor, of HTTP

class Signed:
    def __init__(self, lab, listen):
        self.lab, self.listen = lab, listen
        lab.env["SLACK_SIGNING_SECRET"] = "planted-signing-secret"
        self.configure()

    def configure(self, way="http"):
        commands = f"commands = {way}\n"
        self.lab.config(f"{NOTES}[http]\nlisten = {self.listen}\nhosts = bot.example, other.example\n"
                        f"[slack]\nsigning_secret = ${{SLACK_SIGNING_SECRET}}\n{commands}"
                        f"[discord]\npublic_key = {'d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'}\n{commands}",
                        NEVER)

    def doctor(self):
        return self.lab.run("doctor", "--config", "config.ini").out

    def daemon(self):
        return self.lab.daemon("run", "--config", "config.ini")


def test_doctor_looks_whether_the_port_is_free_or_served(lab):
    for host in ("127.0.0.1", "0.0.0.0"):
        listen = f"{host}:{free_port()}"
        signed = Signed(lab, listen)
        out = signed.doctor()
        has(out, f"✅ HTTP: {listen} can be listened on\n")
        has(out, "➖ Discord's address: https://bot.example/discord/interactions must lead here → enter it in the Developer Portal")
        has(out, "➖ Slack's addresses: https://bot.example/slack/… must lead here → `lowtide register --slack-manifest")
        daemon = signed.daemon()
        daemon.wait_for("listening on")
        has(signed.doctor(), f"✅ HTTP: {listen}: the daemon answers there\n")
        eventually(lambda: "\nHTTP: listening since" in lab.run("status", "--config", "config.ini").out, "it is listed")
        equal(daemon.stop()[0], 0)


def test_doctor_sees_who_else_has_the_port(lab):
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        signed = Signed(lab, listen)
        has(signed.doctor(), f"❌ HTTP: {listen} cannot be listened on: Address already in use → another program has it")
    signed.configure("off")
    out = signed.doctor()
    has(out, f"✅ HTTP: {listen} can be listened on\n")
    lacks(out, "must lead here")
    lab.config(NOTES, NEVER)
    daemon = signed.daemon()
    daemon.wait_for("waiting for the next round")
    signed.configure()
    has(signed.doctor(), f"❌ HTTP: {listen} is not served by the daemon → ")
    vendor = VendorServer(lab)
    signed.listen = f"127.0.0.1:{vendor.port}"
    signed.configure()
    has(signed.doctor(), "something else than the daemon answers there → stop that")
    equal(daemon.stop()[0], 0)


def test_doctor_looks_at_a_unix_socket(lab):
    path = lab.path("http.sock")
    signed = Signed(lab, path)
    has(signed.doctor(), f"✅ HTTP: {path} can be listened on\n")
    true(not os.path.exists(path), "it is left behind")
    daemon = signed.daemon()
    daemon.wait_for("listening on")
    has(signed.doctor(), f"✅ HTTP: {path} is served\n")
    true(os.path.exists(path), "the daemon's is gone")
    equal(daemon.stop()[0], 0)


if __name__ == "__main__":
    main(at_once=8)
