#!/usr/bin/env -S python3 -B
"""How the chat doors stand, as `status` tells it."""
import json
import re

from discord_gateway import Discord
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
    eventually(lambda: chats.states() == {"Discord": "connected", "Slack": "connected"}, "both are connected", 20)
    out = chats.run("status").out
    true(re.search(r"^Discord: connected since \d\d:\d\d\nSlack: connected since \d\d:\d\d\n\nACCOUNT", out, re.M), out)
    true(re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", chats.doors()["Slack"]["since"]), out)
    chats.slack.opens_with = "invalid_auth"
    chats.slack.live[0].reset()
    eventually(lambda: chats.states()["Slack"] == "stopped", "Slack's door has stopped", 30)
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
    eventually(lambda: chats.states().get("Discord") == "stopped", "Discord's door has stopped", 20)
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


if __name__ == "__main__":
    main()
