#!/usr/bin/env -S python3 -B
"""Questions from a chat, from the knock to the last word: at once, deferred, changed once, refused, and at the end."""
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time

from discord_gateway import Discord
from fakes import Answer, VendorServer, Webhooks, moonshot
from scenes import discord, kimi
from tap import equal, eventually, has, lacks, main, true

MANAGER = {"permissions": "32"}
BALANCE = "/v1/users/me/balance"
NOTED = "[account notes]\nprovider = manual\nlabel = Notes\n"


class Scene:
    """One account, one channel, and people on Discord."""

    def __init__(self, lab, settings="", lowtide="schedule = 0 0 1 1 *", more=""):
        self.lab, self.lowtide, self.more = lab, lowtide, more
        self.vendor, self.hooks, self.people = VendorServer(lab), Webhooks(lab), Discord(lab)
        lab.env.update({"MOONSHOT_API_KEY": "sk-planted-moonshot-key-0123456789", "DISCORD_BOT_TOKEN": Discord.TOKEN})
        self.configure(settings)

    def configure(self, settings):
        self.lab.config(kimi(self.vendor) + self.more + discord(self.hooks) + self.people.settings(settings), self.lowtide)

    def daemon(self):
        daemon = self.lab.daemon("run", "--config", "config.ini")
        daemon.wait_for("waiting for the next round")
        self.people.wait_ready()
        return daemon

    def run(self, *args):
        return self.lab.run(*args[:1], "--config", "config.ini", *args[1:])

    def muted(self):
        return json.loads(self.run("status", "--json").out)["accounts"][0]["muted_until"]


def text_of(question):
    return (question.answer() or {}).get("content")


def test_a_balance_is_told_at_once_while_the_provider_hangs(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    gate = threading.Event()
    scene.vendor.answer(BALANCE, 200, moonshot("4.20"), gate=gate)
    time.sleep(10.1)  # what is younger counts as fresh
    slow = scene.people.command("lowtide refresh", account="kimi", **MANAGER)
    equal(slow.acknowledged()["type"], 5)
    with lab.promptly(0.25, "the first word"):
        quick = scene.people.command("balance", account="kimi")
        equal(quick.acknowledged()["type"], 4)
    has(text_of(quick), "$12.34")
    gate.set()
    has(text_of(slow), "$4.20")
    equal(len(slow.edits), 1)
    eventually(lambda: [text for text in scene.hooks.contents if "credits low!" in text], "the alert")
    daemon.stop()


def test_two_who_press_refresh_ask_the_provider_once(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    time.sleep(10.1)
    gate = threading.Event()
    scene.vendor.answer(BALANCE, 200, moonshot("7.00"), gate=gate)
    asked = len(scene.vendor.requests)
    questions = [scene.people.press("refresh kimi", **MANAGER) for _ in range(3)]
    for question in questions:
        equal(question.acknowledged()["type"], 5)
    gate.set()
    for question in questions:
        has(text_of(question), "$7.00")
    equal(len(scene.vendor.requests), asked + 1)
    equal(len([text for text in scene.hooks.contents if "Balance Summary" in text]), 1)
    daemon.stop()


def test_a_history_is_looked_up_and_deferred_if_it_takes_long(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    question = scene.people.press("history kimi")
    has(text_of(question), "Kimi")
    true(question.message["flags"] & 64, "it is for one person")
    for name, picture in question.files.items():
        true(picture.startswith(b"\x89PNG"), name)
        true(question.message["attachments"][0]["description"], "it is told to those who cannot see it")
    equal(scene.people.violations, [])
    daemon.stop()


def test_a_change_needs_a_right_and_says_which(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    has(text_of(scene.people.command("lowtide mute", account="kimi", span="6h")), f"name you, {Discord.MEMBER}, in allow\\_users of")
    equal(scene.muted(), None)
    done = text_of(scene.people.command("lowtide mute", account="kimi", span="6h", **MANAGER))
    has(done, "silent until")
    true(scene.muted(), "it is muted")
    daemon.wait_for(f"chat: mute kimi by={Discord.MEMBER} key=discord:")
    daemon.stop()


def test_a_mute_is_seen_in_the_next_answer_whoever_ended_it(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    scene.people.command("lowtide mute", account="kimi", span="6h", **MANAGER).answer()

    def asked():
        question = scene.people.command("balance", account="kimi")
        return text_of(question), question.buttons
    eventually(lambda: "🔕 muted until 20" in asked()[0], "the mute")
    equal(asked()[1]["Unmute"], "unmute kimi")
    equal(scene.run("unmute", "kimi").code, 0)
    eventually(lambda: "🔕" not in asked()[0], "the end of the mute, by the command line")
    scene.run("mute", "kimi", "1h")
    eventually(lambda: "Unmute" in asked()[1], "another mute, by the command line")
    text_of(scene.people.press("unmute kimi", **MANAGER))
    eventually(lambda: "🔕" not in asked()[0], "the end of the mute, by a button")
    scene.run("mute", "kimi", "1h")
    daemon.stop()
    daemon = lab.daemon("run", "--config", "config.ini")
    scene.people.wait_ready(2)
    eventually(lambda: "🔕" in asked()[0], "the mute, after a restart")
    daemon.stop()


def test_a_change_is_done_once_even_if_it_comes_again_after_a_restart(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    first = scene.people.command("lowtide mute", account="kimi", span="6h", **MANAGER)
    has(text_of(first), "silent until")
    text_of(scene.people.command("lowtide unmute", account="kimi", **MANAGER))
    daemon.stop()
    daemon = lab.daemon("run", "--config", "config.ini")
    scene.people.wait_ready(2)
    again = scene.people.ask(first.payload)
    eventually(lambda: "came twice" in daemon.text, "the second time")
    equal(scene.muted(), None)
    has(text_of(again), "done already")
    daemon.stop()


def test_a_question_that_a_session_replays_is_answered_once(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    question = scene.people.command("balance")
    has(text_of(question), "$12.34")
    scene.people.dispatch("INTERACTION_CREATE", question.payload)
    text_of(scene.people.command("balance"))
    equal(question.refused, [])
    daemon.stop()


def test_a_top_up_is_in_the_next_balance(lab):
    scene = Scene(lab, more=NOTED)
    equal(scene.run("set", "notes", "10").code, 0)
    daemon = scene.daemon()
    has(text_of(scene.people.command("balance", account="notes")), "$10.00")
    has(text_of(scene.people.command("lowtide topup", account="notes", amount="12.50", **MANAGER)), "$22.50")
    eventually(lambda: "$22.50" in (text_of(scene.people.command("balance", account="notes")) or ""), "the new balance")
    daemon.stop()


def test_what_discord_does_not_take_at_first_is_sent_again(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    scene.people.fail_next(r"POST .*/callback", Answer(502, b"<html>"), Answer(reset=True))
    scene.people.fail_next(r"PATCH ", Answer(429, {"message": "slow", "retry_after": 0.3, "global": False},
                                             headers={"Retry-After": "1"}))
    has(text_of(scene.people.command("balance")), "$12.34")
    has(text_of(scene.people.press("history kimi")), "Kimi")
    daemon.stop()


def test_a_first_word_that_arrived_though_its_answer_was_lost_is_followed(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    has(text_of(scene.people.command("balance")), "$12.34")  # the connection is kept, and sent anew by curl where it dies

    def swallow(request):
        scene.people._rest(request)
        time.sleep(1)  # meanwhile the answer is ready
        return Answer(raw=b"")
    scene.people.fail_next(r"POST .*/callback", swallow)
    has(text_of(scene.people.press("history kimi")), "Kimi")
    daemon.stop()


def test_a_reload_changes_who_may(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    scene.configure(f"allow_users = {Discord.MEMBER}")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reloaded")
    has(text_of(scene.people.command("lowtide mute", account="kimi", span="6h")), "silent until")
    scene.configure("allow_guilds = 4711")
    daemon.signal(signal.SIGHUP)
    eventually(lambda: len(re.findall("reloaded", daemon.text)) == 2, "the second reload")
    strange = text_of(scene.people.command("balance"))
    lacks(strange, "12.34")
    has(strange, f"name this server, {Discord.GUILD}, in allow\\_guilds")
    direct = text_of(scene.people.command("balance", guild=False))
    lacks(direct, "12.34")
    has(direct, f"name you, {Discord.MEMBER}, in allow\\_users")
    scene.configure("commands = off")
    daemon.signal(signal.SIGHUP)
    eventually(lambda: scene.people.live is None, "the end of the connection")
    daemon.stop()


def test_a_door_that_cannot_be_opened_ends_the_start_and_no_reload(lab):
    scene = Scene(lab)
    key = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True).stdout, capture_output=True,
        check=True).stdout[-32:].hex()
    taken = f"commands = http\npublic_key = {key}\n[http]\nlisten = 127.0.0.1:{scene.vendor.port}"
    scene.configure(taken)
    daemon = lab.daemon("run", "--config", "config.ini")
    equal(daemon.ended(), 1)
    has(daemon.text, f"127.0.0.1:{scene.vendor.port}")
    scene.configure("")
    daemon = scene.daemon()
    scene.configure(taken)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("error door: ")
    eventually(lambda: scene.people.live is None, "the end of the gateway, which is wanted no more")
    scene.configure("")
    daemon.signal(signal.SIGHUP)
    scene.people.wait_ready(2)
    has(text_of(scene.people.command("balance")), "$12.34")
    daemon.stop()


def test_who_waits_when_it_stops_gets_a_word_in_time(lab):
    scene = Scene(lab, lowtide="schedule = 0 0 1 1 *\ndeadline = 60s")
    daemon = scene.daemon()
    time.sleep(10.1)
    scene.vendor.answer(BALANCE, 200, moonshot("7.00"), delay=40)
    question = scene.people.command("lowtide refresh", account="kimi", **MANAGER)
    equal(question.acknowledged()["type"], 5)
    code, seconds = daemon.stop()
    equal(code, 0)
    true(seconds < 10, f"{seconds} s")
    has(text_of(question), "stopped")


def test_who_waits_for_a_store_that_others_hold_gets_a_word_in_time(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    store = sqlite3.connect(os.path.join(lab.state, "lowtide.db"), isolation_level=None)
    store.execute("BEGIN IMMEDIATE")
    question = scene.people.command("lowtide mute", account="kimi", **MANAGER)
    equal(question.acknowledged()["type"], 5)
    code, seconds = daemon.stop()
    equal(code, 0)
    true(seconds < 10, f"{seconds:.1f} s")
    has(text_of(question), "it may still be done")
    store.close()
    equal(scene.muted(), None)


def test_an_interaction_s_token_is_told_to_nobody(lab):
    scene = Scene(lab, lowtide="schedule = 0 0 1 1 *\nlog_level = debug")
    daemon = scene.daemon()
    scene.people.fail_next(r"POST .*/callback", Answer(400, {"code": 50035, "message": "Invalid Form Body"}))
    scene.people.command("balance")
    eventually(lambda: "was refused" in daemon.text, "the refusal")
    text_of(scene.people.press("history kimi"))
    text_of(scene.people.command("lowtide mute", account="kimi", **MANAGER))
    daemon.stop()
    has(daemon.text, "was refused: Invalid Form Body status=400 code=50035")
    lacks(daemon.text, "planted-interaction")
    for name, found in lab.state_bytes().items():
        true(b"planted-interaction" not in found, name)


if __name__ == "__main__":
    main(at_once=8)
