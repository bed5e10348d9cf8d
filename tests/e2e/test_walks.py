#!/usr/bin/env -S python3 -B
"""The walks of README.md and chat.md, by the letter: the blocks that they tell people to write, the commands that they tell them to
type, and what should come of it. Only the addresses of the platforms are ours."""
import os
import re

from discord_gateway import Discord
from fakes import VendorServer, Webhooks, moonshot
from lab import ROOT
from scenes import SECRETS
from slack_socket import Slack
from tap import equal, eventually, has, lacks, main, true

EXAMPLE_ID, EXAMPLE_CHANNEL, EXAMPLE_MEMBER = "123456789012345678", "C0123456789", "U0123456789"
NEVER = "[lowtide]\nstate_dir = {state}\nschedule = 0 0 1 1 *\n"


def block(page, heading, number=0):
    """The ini block of that number behind a heading."""
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        section = file.read().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    text = re.findall(r"^ *```ini\n(.*?)^ *```", section, re.M | re.S)[number]
    return re.sub(r"^ {3}", "", text, flags=re.M) if text.startswith("   ") else text


def at(text, section, address):
    """The block, but that what it calls is at our address."""
    true(section in text, f"no {section} in {text}")
    return text.replace(section, f"{section}\nbase_url = {address}", 1)


class Newcomer:
    def __init__(self, lab):
        self.lab, self.vendor = lab, VendorServer(lab)
        lab.env.update(SECRETS)
        self.vendor.answer(VendorServer.PATH, 200, moonshot("4.20", "1.00", "3.20"))

    def writes(self, *blocks):
        self.lab.write("config.ini", NEVER.format(state=self.lab.state) + "\n".join(blocks))

    def types(self, line, code=0):
        done = self.lab.run(*line.split(), "--config", "config.ini")
        equal(done.code, code, str(done))
        return done.out

    def account(self):
        return at(block("README.md", "Five minutes to Discord").split("[channel")[0], "[account kimi]", self.vendor.url)

    def starts(self):
        daemon = self.lab.daemon("run", "--config", "config.ini")
        daemon.wait_for("waiting for the next round")
        return daemon


def webhook_walk(lab, heading, variable, place, doctor):
    hooks = Webhooks(lab)
    newcomer = Newcomer(lab)
    lab.env[variable] = getattr(hooks, place)
    channel = "[channel" + block("README.md", heading).split("[channel", 1)[1]
    newcomer.writes(newcomer.account(), channel)
    said = newcomer.types("doctor")
    has(said, "✅ kimi: $4.20\n")
    has(said, doctor)
    equal(hooks.posts, [], "posts of doctor")
    newcomer.types("test team")
    equal(len(hooks.posts), 1, "the test message")
    daemon = newcomer.starts()
    eventually(lambda: len(hooks.posts) >= 2, "the alert; the summary waits for its hour, since the channel has been posted to")
    said = " ".join(post.body.decode() for post in hooks.posts)
    has(said, "$4.20")
    lacks(said, "<@&1234>", "only a critical level pings")
    lacks(said, "<!here>", "only a critical level pings")
    daemon.stop()


def test_five_minutes_to_discord(lab):
    webhook_walk(lab, "Five minutes to Discord", "DISCORD_WEBHOOK_URL", "discord", "✅ team: exists\n")


def test_five_minutes_to_slack(lab):
    webhook_walk(lab, "Five minutes to Slack", "SLACK_WEBHOOK_URL", "slack", "➖ team: slack-webhook cannot be asked without posting → `lowtide test team`")


def discord_walk(lab, text):
    discord, newcomer = Discord(lab), Newcomer(lab)
    discord.GUILD = discord.CHANNEL = EXAMPLE_ID
    discord.guilds = [{"id": EXAMPLE_ID, "unavailable": True}]
    lab.env["DISCORD_BOT_TOKEN"] = Discord.TOKEN
    newcomer.writes(newcomer.account(), at(text, "[discord]", discord.url))
    has(newcomer.types("doctor"), "➖ chat commands: not registered with Discord as they are now → `lowtide register`\n")
    has(newcomer.types("register"), f"are registered now in server {EXAMPLE_ID}")
    said = newcomer.types("doctor")
    has(said, "✅ chat commands: registered with Discord\n")
    has(said, "✅ Discord's gateway: knows the bot")
    lacks(said, "❌")
    lacks(said, "allow_guilds")
    daemon = newcomer.starts()
    daemon.wait_for("connected to Discord's gateway")
    discord.wait_ready()
    eventually(lambda: "Discord: connected since " in newcomer.types("status"), "the line of status")
    has(discord.command("balance").answer()["content"], "$4.20")
    return discord, daemon


def test_answers_in_discord_as_the_readme_has_it(lab):
    discord, daemon = discord_walk(lab, block("README.md", "Answers in chat"))
    manager = {"permissions": "32"}
    history = discord.command("lowtide history", account="kimi", span="7d", **manager)
    has(history.answer()["content"], "Kimi: $4.20 left")
    has(discord.command("lowtide mute", account="kimi", span="6h", **manager).answer()["content"], "Kimi is silent until ")
    daemon.stop()
    equal(discord.violations, [])


def test_discord_in_five_minutes(lab):
    discord, daemon = discord_walk(lab, block("contrib/docs/chat.md", "Discord in five minutes"))
    eventually(lambda: len(discord.messages) >= 2, "summary and alert")
    alert = next(message for message in discord.messages.values() if "credits low" in message["content"])
    buttons = {part["label"]: part["custom_id"] for row in alert["components"] for part in row["components"]}
    equal(list(buttons), ["Refresh", "History", "Mute 6 h"])
    pressed = discord.press(buttons["History"])
    has(pressed.answer()["content"], "Kimi: $4.20 left")
    equal([file.filename for file in pressed.files.values()], ["chart.png"])
    daemon.stop()
    equal(discord.violations, [])


def slack_walk(lab, text):
    slack, newcomer = Slack(lab), Newcomer(lab)
    slack.CHANNEL, slack.MEMBER = EXAMPLE_CHANNEL, EXAMPLE_MEMBER
    lab.env.update(SLACK_BOT_TOKEN=Slack.TOKEN, SLACK_APP_TOKEN=Slack.APP_TOKEN)
    newcomer.writes(newcomer.account(), at(text, "[slack]", slack.url))
    manifest = newcomer.types("register --slack-manifest")
    for scope in ("commands", "chat:write", "files:write"):
        has(manifest, scope)
    said = newcomer.types("doctor")
    has(said, "✅ Slack's Socket Mode: knows app_token\n")
    has(said, "✅ Slack, bot_token: known to Slack\n")
    lacks(said, "❌")
    daemon = newcomer.starts()
    daemon.wait_for("Socket Mode is connected")
    slack.wait_ready()
    eventually(lambda: "Slack: connected since " in newcomer.types("status"), "the line of status")
    has(slack.command("/balance").answer()["text"], "$4.20")
    has(slack.command("/lowtide", "history kimi 7d").answer()["text"], "Kimi: $4.20 left")
    return slack, daemon


def test_answers_in_slack_as_the_readme_has_it(lab):
    slack, daemon = slack_walk(lab, block("README.md", "Answers in chat", 1))
    has(slack.command("/lowtide", "mute kimi 6h").answer()["text"], "in allow_users of [slack]")
    daemon.stop()
    equal(slack.violations, [])


def test_slack_in_five_minutes(lab):
    slack, daemon = slack_walk(lab, block("contrib/docs/chat.md", "Slack in five minutes"))
    has(slack.command("/lowtide", "mute kimi 6h").answer()["text"], "Kimi is silent until ")
    daemon.stop()
    equal(slack.violations, [])


if __name__ == "__main__":
    main(at_once=4)
