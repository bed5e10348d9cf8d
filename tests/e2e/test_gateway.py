#!/usr/bin/env -S python3 -B
"""What comes over Discord's gateway is broken in every way that it can be, or stays out, and the bot comes back. Each case prints how long that took."""
import json
import math
import time

from discord_gateway import Plan
from gateway_bot import Bot, started
from tap import equal, eventually, main, true
from websocket import TEXT, frame


def interaction_text(bot):
    """A question, numbered, that is not yet sent."""
    question = bot.discord.command("balance", send=False)
    with bot.discord.lock:
        return question, bot.discord.number(bot.live.session, "INTERACTION_CREATE", question.payload)


# --- the wire

def test_frames_in_pieces_and_between_pings_are_put_together(lab):
    bot = started(lab)
    for name, send in (("fragments with pings between", lambda text: bot.live.fragments(text, 7)),
                       ("a fragment for every byte", lambda text: bot.live.fragments(text, len(text.encode()), pings=False)),
                       ("a frame byte by byte", lambda text: bot.live.drip(frame(TEXT, text), 0.0002))):
        question, text = interaction_text(bot)
        began = time.time()
        question.began = math.inf  # it has three seconds from its last byte on
        send(text)
        question.began = time.time()
        bot.answers(question)
        print(f"# {name}: answered after {(question.first_at - began) * 1000:.0f} ms")
    bot.no_violations()


def test_half_a_frame_and_then_nothing_is_a_lost_connection(lab):
    bot = started(lab)

    def half(ending):
        question, text = interaction_text(bot)
        bot.live.half_frame(text)
        ending()
        return question
    bot.breaks("half a frame, then FIN", lambda: half(bot.live.drop))
    bot.breaks("half a frame, then RST", lambda: half(bot.live.reset))
    bot.no_violations()


def test_a_connection_that_is_cut_is_resumed(lab):
    for name, how in (("RST", "reset"), ("FIN without a close frame", "drop"), ("a close frame without a code", "close")):
        bot = started(lab)
        bot.breaks(name, lambda live=bot.live, how=how: live.finish(how))
        equal(len(bot.discord.identifies), 1)
        bot.over()


def test_a_question_that_came_while_we_were_away_is_replayed(lab):
    bot = started(lab)
    live, began = bot.live, time.time()
    live.reset()
    question = bot.discord.command("balance")
    bot.ready()
    bot.answers(question)
    print(f"# a question during a RST: answered after {(question.first_at - began) * 1000:.0f} ms")


def test_what_is_too_long_or_not_text_costs_the_connection_only(lab):
    bot = started(lab)
    huge = json.dumps({"op": 0, "t": "HUGE", "s": None, "d": "x" * (16 * 1024 * 1024 - 60)})
    bot.survives("a message of 16 MiB", lambda: bot.live.text(huge))
    bot.breaks("a message of more than 16 MiB", lambda: bot.live.text(huge + " " * 4096))
    bot.breaks("invalid UTF-8", lambda: bot.live.frame(TEXT, b'{"op":0,"t":"\xff\xfe"}'))
    bot.breaks("a reserved bit", lambda: bot.live.frame(TEXT, b"{}", reserved=4))
    bot.no_violations(("websocket",))


def test_what_nobody_understands_is_passed_over(lab):
    bot = started(lab)
    odd = ["", "{", "null", "[]", "42", '{"op":null}', '{"op":99999999999999999999}', '{"op":31,"d":{}}', '{"op":"0"}',
           '{"op":0,"t":"NEW_EVENT_OF_TOMORROW","s":null,"d":{"a":[1e308]}}', '{"op":0,"t":7,"s":"x","d":[]}', '{"op":11,"d":{}}',
           '{"op":0,"t":"INTERACTION_CREATE","s":null,"d":{}}', '{"op":0,"t":"INTERACTION_CREATE","s":null,"d":[]}',
           '{"op":0,"t":"INTERACTION_CREATE","s":null,"d":{"id":7,"type":"2","token":null,"data":[]}}', '{"op":10,"d":null}',
           '{"op":0,"s":-1}', '{"op":0,"op":7}', "[" * 5000]
    bot.survives("unknown ops and events, wrong types", lambda: [bot.live.text(text) for text in odd])
    equal(len([line for line in bot.daemon.text.splitlines() if "passed over" in line and "warning" in line]), 1, "told once")
    bot.no_violations()


# --- the heart

def test_a_heartbeat_that_is_not_acknowledged_ends_the_connection(lab):
    bot = Bot(lab, plans=[Plan(hello=1000, acks=2)])
    dying = bot.ready()
    eventually(lambda: len(dying.heartbeats) == 3, "the heartbeat that nobody acknowledges", 10)
    since = dying.heartbeats[2][0]
    bot.back("no ACK (a zombie, 1 s after its last heartbeat)", since, resumed=True)
    eventually(lambda: dying.close_code == 4000, "its close frame")
    bot.no_violations()


def test_a_heartbeat_that_is_asked_for_comes_at_once(lab):
    bot = started(lab)
    live, began = bot.live, time.time()
    before = len(live.heartbeats)
    with lab.promptly(1, "the heartbeat"):
        live.ask_heartbeat()
        eventually(lambda: len(live.heartbeats) > before, "the heartbeat")
    print(f"# op 1: answered after {(live.heartbeats[-1][0] - began) * 1000:.1f} ms")


def test_heartbeats_go_on_while_events_pour_in(lab):
    """As fast as they are read, on a busy machine, too: else an acknowledgement would wait behind them for longer than it may."""
    bot = started(lab, heartbeat_ms=2000)
    live, until, last = bot.live, time.time() + 8, None
    while time.time() < until:
        for _ in range(400):
            bot.discord.dispatch("PRESENCE_UPDATE", {"user": {"id": "1"}, "filler": "x" * 500})
        last, before = bot.discord.command("balance"), last
        if before:
            bot.answers(before)
    beats = [at for at, _ in live.heartbeats]
    late = max((b - a for a, b in zip(beats, beats[1:])), default=99)
    print(f"# heartbeats every 2000 ms under {live.session.seq} events in 8 s: {len(beats)}, the longest gap {late * 1000:.0f} ms")
    true(len(beats) >= 3 and late < 4, f"{len(beats)} heartbeats, the longest gap {late:.1f} s")
    bot.answers()
    true(bot.live is live, "the connection was lost")
    bot.no_violations()


if __name__ == "__main__":
    main(at_once=4)
