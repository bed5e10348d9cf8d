#!/usr/bin/env -S python3 -B
"""All that the program says to Discord and Slack, in one long conversation, is of the types that the platforms publish; and it
is what Discord's own OpenAPI document allows."""
import copy
import re

import peers
from discord_gateway import Discord
from fakes import VendorServer, Webhooks, moonshot
from scenes import SECRETS
from slack_socket import Slack
from tap import equal, eventually, main, true

DISCORD = "discord-api-types/v10"
# METHOD and path without /api/v10 -> the type of the body
CALLS = [
    (r"POST /interactions/\d+/[^/]+/callback", "RESTPostAPIInteractionCallbackJSONBody"),
    (r"PATCH /webhooks/\d+/[^/]+/messages/(@|%40)original", "RESTPatchAPIInteractionOriginalResponseJSONBody"),
    (r"POST /webhooks/\d+/[^/]+", "RESTPostAPIInteractionFollowupJSONBody"),
    (r"POST /channels/\d+/messages", "RESTPostAPIChannelMessageJSONBody"),
    (r"PATCH /channels/\d+/messages/\d+", "RESTPatchAPIChannelMessageJSONBody"),
    (r"PUT /applications/\d+/guilds/\d+/commands", "RESTPutAPIApplicationGuildCommandsJSONBody"),
    (r"PUT /applications/\d+/commands", "RESTPutAPIApplicationCommandsJSONBody"),
]
CONFIG = """[account kimi]
provider = moonshot
key = ${{MOONSHOT_API_KEY}}
base_url = {vendor}
label = **Ki`mi** @everyone <@1> 中文 🌙 & <b>
emoji = 🌙
[account notes]
provider = manual
[channel bots]
type = discord-bot
channel = 424242
sends = summary, alerts, recoveries, topups
mention = role:1234
[channel hooked]
type = discord-webhook
url = {hook}
sends = summary, alerts, recoveries, topups
[channel slackers]
type = slack-bot
channel = C0424242
sends = summary, alerts, recoveries, topups
{settings}"""


class Talk:
    """One conversation with the daemon on both platforms, held once for all tests."""

    one = None

    def __init__(self, lab):
        peers.node()
        self.discord, self.slack, self.vendor, self.hooks = Discord(lab), Slack(lab), VendorServer(lab), Webhooks(lab)
        lab.env.update(SECRETS, DISCORD_BOT_TOKEN=Discord.TOKEN, SLACK_BOT_TOKEN=Slack.TOKEN, SLACK_APP_TOKEN=Slack.APP_TOKEN)
        settings = (self.discord.settings(f"commands = gateway\npresence = on\nallow_users = {Discord.MEMBER}\n") +
                    self.slack.settings(f"commands = socket\nallow_users = {Slack.MEMBER}\n"))
        lab.config(CONFIG.format(vendor=self.vendor.url, hook=self.hooks.discord, settings=settings), "schedule = 0 0 1 1 *\nfooter = full")
        self.lab = lab

    def hold(self):
        discord, slack, lab = self.discord, self.slack, self.lab
        for scope in ("", f"guild = {Discord.GUILD}\n"):
            lab.write("register.ini", f"[discord]\ntoken = {Discord.TOKEN}\nbase_url = {discord.url}\n{scope}[account notes]\nprovider = manual\n")
            equal(lab.run("register", "--config", "register.ini").code, 0, "exit code of register")
        lab.run("set", "notes", "12.50", "--config", "config.ini")
        self.vendor.answer(VendorServer.PATH, 200, moonshot("4.20", "1.00", "3.20"))
        lab.run("update", "--config", "config.ini")
        self.vendor.answer(VendorServer.PATH, 200, moonshot("0.42", "0.10", "0.32"))
        lab.run("update", "--config", "config.ini")
        lab.daemon("run", "--config", "config.ini")
        discord.wait_ready()
        slack.wait_ready()
        self.ask_discord()
        self.ask_slack()

    def ask_discord(self):
        discord = self.discord
        for words, options in (("balance", {}), ("balance", {"account": "kimi"}), ("balance", {"account": "kimi", "public": True}),
                               ("balance", {"account": "nobody"}), ("lowtide history", {"account": "kimi"}),
                               ("lowtide history", {}), ("lowtide runway", {}), ("lowtide mute", {"account": "kimi", "span": "6h"}),
                               ("lowtide unmute", {"account": "kimi"}), ("lowtide ack", {}),
                               ("lowtide topup", {"account": "notes", "amount": "5"}), ("lowtide usage", {}),
                               ("lowtide refresh", {}), ("lowtide help", {})):
            asked = discord.command(words, **options)
            true(asked.answer(), f"{words} {options} was not answered: {discord.violations}")
            self.press(asked)
        for focused, typed in (("account", "k"), ("account", ""), ("span", "2")):
            true(discord.complete("lowtide history", focused, typed).acknowledged(), "a completion")
        true(discord.command("lowtide mute", account="kimi", user="77").answer(), "a refusal")

    def press(self, asked):
        for custom_id in list(asked.buttons.values())[:2]:
            pressed = self.discord.press(custom_id, asked.message)
            eventually(lambda one=pressed: one.first and (one.message or one.edits or one.follow_ups), f"what pressing {custom_id} does")

    def ask_slack(self):
        for command, text in (("/balance", ""), ("/balance", "kimi"), ("/balance", "nobody"), ("/lowtide", "history kimi"),
                              ("/lowtide", "history"), ("/lowtide", "runway"), ("/lowtide", "mute kimi 6h"), ("/lowtide", "unmute kimi"),
                              ("/lowtide", "topup notes 5"), ("/lowtide", "usage"), ("/lowtide", "refresh"), ("/lowtide", "help"),
                              ("/lowtide", ""), ("/lowtide", "what?")):
            asked = self.slack.command(command, text)
            true(asked.answer(), f"{command} {text} was not answered: {self.slack.violations}")
            for action, value in list(asked.buttons.values())[:2]:
                true(self.slack.press(action, value).acknowledged(), f"pressing {value}")

    @classmethod
    def held(cls, lab):
        """The conversation; its daemon ends with the test that held it."""
        if cls.one is None:
            talk = cls(lab)
            talk.hold()
            cls.one = talk
        return cls.one

    @property
    def requests(self):
        """(method, path, body) of all that Discord was asked, paths without /api/v10."""
        for request in self.discord.requests + self.hooks.requests:
            if not request.header("upgrade"):
                body = self.discord._body(request)[0] if request.body else None
                yield request.method, re.sub("^/api(/v10)?", "", request.path), body


def judged(cases):
    """Cases of (what, module, type, value): what is wrong, one line each."""
    found = peers.ask("types.cjs", [{"module": m, "type": t, "value": v} for _, m, t, v in cases])
    return [f"{what}: {wrong}" for (what, *_), wrong in zip(cases, found) if wrong]


def test_what_discord_is_sent_is_of_its_types(lab):
    talk, cases, kinds = Talk.held(lab), [], set()
    for method, path, body in talk.requests:
        if method == "GET":
            continue
        kind = next((kind for pattern, kind in CALLS if re.fullmatch(pattern, f"{method} {path.split('?')[0]}")), None)
        true(kind, f"no known call: {method} {path}")
        kinds.add(kind)
        cases.append((f"{method} {path} {body!r}"[:600], DISCORD, kind, body))
    equal(judged(cases), [])
    missing = {kind for _, kind in CALLS} - kinds - {"RESTPatchAPIChannelMessageJSONBody", "RESTPostAPIInteractionFollowupJSONBody"}
    equal(missing, set(), "calls that this conversation should have had")
    equal(talk.discord.violations, [], "what the fake finds wrong")
    print(f"# {len(cases)} bodies")


def test_what_the_gateway_is_sent_is_of_its_types(lab):
    talk = Talk.held(lab)
    sent = [payload for connection in talk.discord.connections for _, payload in connection.received]
    true({payload["op"] for payload in sent} >= {2, 3}, "it identifies, and shows its presence")
    equal(judged([(str(payload), DISCORD, "GatewaySendPayload", payload) for payload in sent]), [])


def test_what_slack_is_sent_is_of_its_types(lab):
    talk, cases = Talk.held(lab), []
    for asked in talk.slack.asked:
        cases += [(f"answer {message!r}"[:600], "@slack/bolt", "RespondArguments", message) for message in asked.messages]
        cases += [(f"blocks {m['blocks']!r}"[:600], "@slack/types", "KnownBlock[]", m["blocks"]) for m in asked.messages if "blocks" in m]
    for message in talk.slack.messages.values():
        cases.append((f"post {message!r}"[:600], "@slack/web-api", "ChatPostMessageArguments", message))
        cases.append((f"blocks {message!r}"[:600], "@slack/types", "KnownBlock[]", message["blocks"]))
    equal(judged(cases), [])
    true(len(cases) > 20, f"there should be more than {len(cases)} payloads")
    equal(talk.slack.violations, [], "what the fake finds wrong")
    print(f"# {len(cases)} payloads")


def refused(requests):
    """What Discord's own document says of each (method, path, body), None where it is right."""
    return peers.ask("openapi.cjs", [{"method": m, "path": p, "body": b} for m, p, b in requests])


def test_what_discord_is_sent_is_what_its_own_document_allows(lab):
    requests = list(Talk.held(lab).requests)
    equal([f"{m} {p} {b!r}: {wrong}"[:1500] for (m, p, b), wrong in zip(requests, refused(requests)) if wrong], [])
    print(f"# {len(requests)} requests")


# call, where in its body, what is put there
BROKEN = [
    ("POST .*/callback", ["type"], 3),
    ("POST .*/callback", ["type"], "4"),
    ("POST .*/callback", ["data", "content"], "x" * 2001),
    ("POST .*/callback", ["data", "flags"], "64"),
    ("POST .*/callback", ["data", "choices", 0, "name"], "x" * 101),
    ("POST .*/callback", ["data", "components", 0, "components", 0, "custom_id"], "x" * 101),
    ("POST .*/callback", ["data", "components", 0, "components", 0, "options", 0, "label"], "x" * 101),
    ("PATCH .*original", ["content"], 5),
    ("PATCH .*original", ["allowed_mentions", "parse"], ["all"]),
    ("PATCH .*original", ["attachments", 0, "description"], "x" * 1025),
    ("POST /webhooks/123456/.*", ["content"], "x" * 2001),
    ("POST /channels/.*", ["content"], "x" * 2001),
    ("POST /channels/.*", ["nonce"], "x" * 26),
    ("POST /channels/.*", ["components", 0, "type"], 99),
    ("POST /channels/.*", ["components", 0, "components", 0, "style"], 9),
    ("POST /channels/.*", ["allowed_mentions", "roles", 0], 1234),
    ("PUT .*/commands", [0, "description"], "x" * 101),
    ("PUT .*/commands", [0, "default_member_permissions"], 32),
    ("PUT .*/commands", [0, "options", 0, "type"], 12),
    ("PUT .*/commands", [0, "name"], "x" * 33),
]


def broken(requests, call, where, what):
    """A copy of the first such request that has a place for it, with this in it."""
    for method, path, body in requests:
        if re.fullmatch(call, f"{method} {path.split('?')[0]}"):
            changed = at = copy.deepcopy(body)
            try:
                for step in where[:-1]:
                    at = at[step]
                at[where[-1]] = what
            except (KeyError, IndexError, TypeError):
                continue
            return method, path, changed
    raise AssertionError(f"nobody sent {call} with {where}")


def test_discords_document_refuses_what_is_wrong(lab):
    requests = list(Talk.held(lab).requests)
    wrong = [broken(requests, *one) for one in BROKEN] + [("POST", "/channels/abc/messages", {"content": "x"}), ("POST", "/nowhere", {})]
    passed = [f"{m} {p} {b!r}"[:1500] for (m, p, b), found in zip(wrong, refused(wrong)) if not found]
    equal(passed, [], "what it let pass")
    documented = broken(requests, "PUT .*/commands", [0, "default_member_permissions"], "32")
    equal(refused([documented]), [None], "where the document is wrong")


if __name__ == "__main__":
    main()
