#!/usr/bin/env -S python3 -B
"""What people see in a chat: an alert on a phone, History pressed, a picture, Mute 6 h, and each command's answer."""
import re
import time

from discord_gateway import Discord
from fakes import VendorServer, moonshot
from scenes import SECRETS, kimi
from tap import equal, eventually, has, lacks, main, true

MANAGER = {"permissions": "32"}
YOUNG = 10.1  # s: what was read within them counts as fresh
BALANCE = "/v1/users/me/balance"


class Scene:
    """Kimi and something noted by hand; a bot that posts into its channel and answers."""

    def __init__(self, lab, settings="", lowtide="schedule = 0 0 1 1 *", account="cooldown = 1s"):
        self.lab, self.vendor, self.people = lab, VendorServer(lab), Discord(lab)
        lab.env.update({**SECRETS, "DISCORD_BOT_TOKEN": Discord.TOKEN})
        lab.config(kimi(self.vendor, account) + "[account notes]\nprovider = manual\nlabel = Notes\n"
                   f"[channel team]\ntype = discord-bot\nchannel = {Discord.CHANNEL}\nsends = alerts, recoveries\n"
                   + self.people.settings(settings), lowtide)

    def run(self, *args):
        return self.lab.run(*args[:1], "--config", "config.ini", *args[1:])

    def daemon(self):
        daemon = self.lab.daemon("run", "--config", "config.ini")
        daemon.wait_for("waiting for the next round")
        self.people.wait_ready()
        return daemon

    def ask(self, words, **options):
        question = self.people.command(words, **MANAGER, **options)
        return self.answered(question)

    def press(self, words):
        return self.answered(self.people.press(words, **MANAGER))

    @staticmethod
    def answered(question):
        message = question.answer()
        true(message is not None, f"no answer to {question.payload['data']}, refused: {question.refused}")
        return question


def content(question):
    return question.message["content"]


def buttons_of(message):
    return {part["label"]: part["custom_id"] for row in message["components"] for part in row["components"] if "label" in part}


def test_from_the_alert_to_the_top_up(lab):
    scene = Scene(lab)
    scene.vendor.answer(BALANCE, 200, moonshot("4.20", "1.00", "3.20"))
    daemon = scene.daemon()
    eventually(lambda: scene.people.messages, "the alert")
    alert = next(iter(scene.people.messages.values()))
    has(alert["content"], "Kimi credits low! Available: $4.20")
    buttons = buttons_of(alert)
    equal(list(buttons), ["Refresh", "History", "Mute 6 h"])
    history = scene.press(buttons["History"])
    has(content(history), "Kimi: $4.20 left")
    files = list(history.files.values())
    equal(len(files), 1, "one picture")
    equal(bytes(files[0][:8]), b"\x89PNG\r\n\x1a\n")
    muted = scene.press(buttons["Mute 6 h"])
    true(re.fullmatch(r"Kimi is silent until 20\d\d-\d\d-\d\d \d\d:\d\d UTC; a critical level is told all the same", content(muted)),
         content(muted))
    equal(list(muted.buttons), ["History", "Unmute"])
    equal(muted.message["flags"] & 64, 64, "for whoever pressed it alone")
    has(scene.run("status").out, "muted until")
    scene.vendor.answer(BALANCE, 200, moonshot("54.20", "1.00", "53.20"))
    time.sleep(YOUNG)
    balance = scene.ask("lowtide refresh", account="kimi")
    has(content(balance), "$54.20")
    eventually(lambda: any("is fine again" in m["content"] or "54.20" in m["content"] for m in scene.people.messages.values()),
               "the recovery, which a mute does not keep back")
    daemon.stop()
    equal(scene.people.violations, [])


def test_each_command_answers(lab):
    scene = Scene(lab)
    equal(scene.run("set", "notes", "10").code, 0)
    daemon = scene.daemon()
    text = content(scene.ask("balance"))
    has(text, "🌙 **Kimi:** $12.34 available (threshold: $5.00)")
    has(text, "**Notes:** ≈ $10.00")
    has(content(scene.ask("balance", account="kimi")), "✅ Kimi Balance Check\n💰 Available: $12.34")
    has(content(scene.ask("lowtide history", account="Kimi", span="24h")), "Kimi: $12.34 left at")
    text = content(scene.ask("lowtide history"))
    has(text, "🌙 **Kimi:** $12.34 ")
    has(content(scene.ask("lowtide runway")), "not enough history to tell")
    has(content(scene.ask("lowtide usage", account="kimi")), "💸 **Spent**")
    has(content(scene.ask("lowtide ack", account="kimi")), "Nothing is told of Kimi now")
    equal(content(scene.ask("lowtide unmute", account="kimi")), "Kimi was not muted")
    equal(content(scene.ask("lowtide topup", account="notes", amount="$5.50", expires="2099-01-01")),
          "💰 Notes topped up by $5.50: $15.50 noted · what is new expires 2099-01-01")
    has(content(scene.ask("lowtide help")), "**/lowtide mute ACCOUNT [SPAN]** — silence")
    daemon.stop()
    equal(scene.people.violations, [])


def test_of_many_accounts_one_is_chosen(lab):
    scene = Scene(lab)
    equal(scene.run("set", "notes", "0.10").code, 0)
    scene.vendor.answer(BALANCE, 200, moonshot("4.20", "1.00", "3.20"))
    daemon = scene.daemon()
    eventually(lambda: scene.people.messages, "the alert")
    alert = next(iter(scene.people.messages.values()))
    for message in (alert, scene.ask("balance").message):
        select = message["components"][0]["components"][0]
        equal((select["placeholder"], sorted(option["value"] for option in select["options"])),
              ("History of …", ["history kimi", "history notes"]))
    question = scene.answered(scene.people.press(select["custom_id"], values=["history notes"], **MANAGER))
    has(content(question), "Notes: ≈ $0.10 left")
    daemon.stop()
    equal(scene.people.violations, [])


def test_what_is_wrong_is_said_with_the_mend(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    for words, options, sentence, mend in (
            ("balance", {"account": "kimmi"}, 'there is no account "kimmi" (did you mean "kimi"?)', "/balance lists them"),
            ("lowtide mute", {"account": "kimi", "span": "soon"}, '"soon" is no span of time', "/lowtide mute ACCOUNT [SPAN]"),
            ("lowtide topup", {"account": "kimi", "amount": "5"}, "kimi is read from moonshot, not noted by hand",
             "`provider = manual` or `ledger`"),
            ("lowtide topup", {"account": "notes", "amount": "12,5"}, '"12,5" is not an amount', "AMOUNT")):
        text = content(scene.ask(words, **options)).replace("\\", "")
        has(text, sentence)
        has(text, mend.replace("\\", ""))
    refused = scene.answered(scene.people.command("lowtide mute", account="kimi"))
    lacks(content(refused), "silent")
    daemon.stop()
    equal(scene.people.violations, [])


def test_account_names_are_completed(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    question = scene.people.complete("lowtide history", "account", "ki")
    question.acknowledged()
    equal(question.choices, ["Kimi · $12.34"])
    question = scene.people.complete("lowtide history", "span", "3")
    question.acknowledged()
    equal(question.choices, ["3 days", "30 days"])
    daemon.stop()
    equal(scene.people.violations, [])


def test_what_an_unmute_lets_through_is_told_soon(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    scene.ask("lowtide mute", account="kimi", span="3d")
    scene.vendor.answer(BALANCE, 200, moonshot("4.20", "1.00", "3.20"))
    time.sleep(YOUNG)
    has(content(scene.ask("lowtide refresh", account="kimi")), "$4.20")
    equal(len(scene.people.messages), 0, "told though it was muted")
    has(content(scene.ask("lowtide unmute", account="kimi")), "a warning was kept back")
    eventually(lambda: scene.people.messages, "the warning that was kept back")
    daemon.stop()


if __name__ == "__main__":
    main(at_once=8)
