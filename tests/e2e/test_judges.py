#!/usr/bin/env -S python3 -B
"""The platforms' own clients and code judge the fakes and the signatures that other tests rely on: a fake that a real client
refuses is wrong."""
import base64
import json
import time

import peers
from discord_gateway import Discord, Plan
from signing import DiscordKey, sign_slack
from slack_socket import Plan as SlackPlan
from slack_socket import Slack
from tap import equal, eventually, has, main, true
from websocket import TEXT, frame

CALM = 41250  # ms between heartbeats, where they are not what a test is about
# Discord's own example of a Slack signature, and a secret as Slack's page has them.
SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def gateway(lab, *plans, **settings):
    discord = Discord(lab)
    discord.plans, discord.identify_pause, discord.heartbeat_interval = list(plans), 0.2, 1500
    for name, value in settings.items():
        setattr(discord, name, value)
    return discord, peers.Peer(lab, "discord_ws.cjs", discord.port, discord.TOKEN)


def test_discordjs_connects_and_its_heart_beats(lab):
    discord, peer = gateway(lab)
    discord.wait_ready()
    peer.wait("ready")
    peer.wait("heartbeat", count=3)
    equal(discord.violations, [], "what the fake finds wrong with discord.js")


def test_discordjs_answers_a_question_with_a_picture_and_a_follow_up(lab):
    discord, peer = gateway(lab, heartbeat_interval=CALM)
    discord.wait_ready()
    asked = discord.command("balance", account="kimi")
    peer.wait("answered")
    equal(asked.first, {"type": 5, "data": {"flags": 64}})
    equal(asked.answer()["content"], "see the picture")
    equal(asked.message["attachments"][0]["filename"], "a.png")
    equal(asked.files["files[0]"], bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x0d, 0x00, 0xff]), "the picture's bytes")
    equal([payload["content"] for _, payload in asked.follow_ups], ["one thing more"])
    equal(discord.violations, [])


def test_discordjs_is_told_that_its_answer_comes_too_late_or_twice(lab):
    discord, peer = gateway(lab, answer_s=0, heartbeat_interval=CALM)
    discord.wait_ready()
    discord.command("balance")
    has(peer.wait("refused")["text"], "Unknown interaction")
    discord.answer_s = 3
    asked = discord.command("balance", send=False)
    asked.first = {"type": 5}
    discord.dispatch("INTERACTION_CREATE", asked.payload)
    has(peer.wait("refused", count=2)["text"], "already been acknowledged")


def resumes(lab, ends):
    discord, peer = gateway(lab, Plan(ends=ends, ends_at="heartbeat"))
    peer.wait("resumed")
    discord.wait_ready(2)
    asked = discord.command("balance")
    peer.wait("answered")
    true(asked.answer(), "an answer over the resumed session")
    equal(len(discord.identifies), 1, "IDENTIFY")
    equal(discord.violations, [])


def test_discordjs_resumes_after_a_reset(lab):
    resumes(lab, "reset")


def test_discordjs_resumes_after_a_close_without_a_code(lab):
    resumes(lab, "close")


def test_discordjs_resumes_after_op_7(lab):
    resumes(lab, "reconnect")


def test_discordjs_resumes_after_code_4000(lab):
    resumes(lab, 4000)


def test_discordjs_is_given_what_it_missed(lab):
    discord, peer = gateway(lab)
    first = discord.wait_ready()
    peer.wait("ready")
    peer.wait("heartbeat")
    first.reset()
    discord.dispatch("MISSED", {"text": "while you were away"})
    peer.wait("resumed")
    peer.wait("event", name="MISSED")
    equal(discord.violations, [])


def test_discordjs_identifies_anew_after_op_9_false(lab):
    discord, peer = gateway(lab, heartbeat_interval=CALM)
    discord.wait_ready().invalidate(resumable=False)
    peer.wait("ready", count=2)
    equal(len(discord.identifies), 2, "IDENTIFY")
    equal(len(discord.sessions), 1, "sessions")
    equal(discord.violations, [])


def test_discordjs_identifies_anew_where_its_session_is_unknown(lab):
    discord, peer = gateway(lab)
    first = discord.wait_ready()
    peer.wait("ready")
    peer.wait("heartbeat")
    discord.sessions.clear()
    first.reset()
    peer.wait("ready", count=2)
    equal(discord.violations, [])


def test_discordjs_stops_at_a_fatal_code(lab):
    discord, peer = gateway(lab, heartbeat_interval=CALM)
    discord.wait_ready().finish(4004)
    has(peer.wait("error")["text"], "Authentication")
    time.sleep(1.5)
    equal(len(discord.connections), 1, "connections")


def test_a_wrong_token_is_4004_to_discordjs(lab):
    discord = Discord(lab)
    discord.TOKEN = "another"
    discord.fail_next("GET /api/v10/gateway/bot", lambda _: discord._authorized(_, "/gateway/bot"))
    peer = peers.Peer(lab, "discord_ws.cjs", discord.port, "wrong")
    equal(peer.wait("closed")["code"], 4004)


def test_discordjs_notices_that_nobody_acknowledges(lab):
    discord, peer = gateway(lab, Plan(acks=1), heartbeat_interval=400)
    peer.wait("resumed")
    equal(len(discord.identifies), 1, "IDENTIFY")


def test_discordjs_takes_fragments_with_pings_between_and_bytes_one_by_one(lab):
    discord, peer = gateway(lab, Plan(drip=True), heartbeat_interval=CALM)
    live = discord.wait_ready()
    text = discord.number(live.session, "LONG", {"text": "ä😀" * 20000})
    live.fragments(text, 100)
    peer.wait("event", name="LONG")
    live.drip(frame(TEXT, discord.number(live.session, "SLOW", {})))
    peer.wait("event", name="SLOW")
    live.text(discord.number(live.session, "BIG", {"text": "x" * (16 << 20)}))
    true(peer.wait("event", name="BIG")["size"] > 16 << 20, "16 MiB arrive")
    live.send(99)
    live.send(0, {}, live.session.seq, "NEVER_HEARD_OF")
    peer.wait("event", name="NEVER_HEARD_OF")
    eventually(lambda: len(live.frames) > 0, "pongs")
    equal(discord.violations, [])


def app(lab, *plans, pong_ms=4000):
    slack = Slack(lab)
    slack.plans = list(plans)
    return slack, peers.Peer(lab, "slack_bolt.cjs", slack.port, slack.APP_TOKEN, slack.TOKEN, pong_ms)


def test_bolt_is_greeted_and_answers_a_command_and_a_button(lab):
    slack, peer = app(lab)
    slack.wait_ready()
    peer.wait("connected")
    asked = slack.command("/balance", "kimi")
    peer.wait("answered")
    asked.wait(lambda: len(asked.messages) == 2)
    equal([message["text"] for message in asked.messages], ["asked kimi", "later"])
    true(asked.delay < 3, "acknowledged in time")
    upload = list(slack.uploads.values())[0]
    equal((upload["title"], upload["done"], upload["alt_txt"]), ("A", True, "a picture"))
    pressed = slack.press("mute", "mute kimi 6h")
    equal(peer.wait("pressed")["value"], "mute kimi 6h")
    true(pressed.acknowledged(), "the button is acknowledged")
    slack.event({"type": "app_home_opened", "user": slack.MEMBER, "tab": "home"})
    peer.wait("event")
    equal(slack.violations, [], "what the fake finds wrong with Bolt")


def survives(lab, plan, **keys):
    slack, peer = app(lab, plan, **keys)
    slack.wait_ready(2)
    peer.wait("connected", count=2)
    asked = slack.command("/balance", "again")
    peer.wait("answered")
    asked.wait(lambda: len(asked.messages) == 2)
    equal(asked.messages[0]["text"], "asked again")
    equal(slack.violations, [])


def test_bolt_survives_a_disconnect(lab):
    survives(lab, SlackPlan(ends="refresh_requested", after=1))


def test_bolt_survives_a_reset(lab):
    survives(lab, SlackPlan(ends="reset", after=1))


def test_bolt_survives_a_connection_whose_pongs_do_not_come(lab):
    survives(lab, SlackPlan(pongs=False, pings=None), pong_ms=2000)


def test_a_ticket_is_good_once(lab):
    slack, peer = app(lab)
    slack.wait_ready()
    peer.wait("connected")
    equal(slack.tickets, {})


def test_discord_interactions_and_bolt_agree_with_our_signatures(lab):
    key, body = DiscordKey(lab), json.dumps({"type": 1, "text": "ä"}, ensure_ascii=False).encode()
    cases, expected = [], []

    def case(platform, public, signed, what, right):
        cases.append({"platform": platform, "key": public, "timestamp": signed[0], "signature": signed[1],
                      "body": base64.b64encode(what).decode()})
        expected.append(right)

    case("discord", key.public, key.sign(body), body, True)
    case("discord", key.public, key.sign(body), body + b" ", False)
    case("discord", key.public, (key.sign(body)[0] + "1", key.sign(body)[1]), body, False)
    case("discord", DiscordKey(lab).public, (key.sign(body)[0], "00" * 64), body, False)
    form = b"token=x&command=%2Fbalance&text=kimi"
    case("slack", SLACK_SECRET, sign_slack(SLACK_SECRET, form), form, True)
    case("slack", SLACK_SECRET, sign_slack(SLACK_SECRET, form), form + b"&", False)
    case("slack", SLACK_SECRET, sign_slack("another", form), form, False)
    case("slack", SLACK_SECRET, sign_slack(SLACK_SECRET, form, int(time.time()) - 301), form, False)
    equal(peers.ask("verify.cjs", cases), expected)


if __name__ == "__main__":
    main(at_once=4)
