#!/usr/bin/env -S python3 -B
"""The way into Discord's gateway, and back into a session after a restart. Each case prints how long that took."""
import time

from discord_gateway import Discord, Plan
from fakes import Answer
from gateway_bot import TOKENS, Bot, started
from tap import equal, eventually, has, main, true


def test_a_start_is_ready_soon(lab):
    began = time.time()
    Bot(lab).back("a start with nothing known", began, resumed=False)


def test_an_upgrade_that_goes_wrong_is_tried_again(lab):
    began = time.time()
    bot = Bot(lab, plans=[Plan(upgrade=403), Plan(upgrade="garbage"), Plan(upgrade="half"), Plan(upgrade="redirect"),
                          Plan(upgrade=503)])
    bot.back("upgrades of 403, garbage, half an answer, a redirect, 503", began, resumed=False)
    bot.no_violations()


def test_an_upgrade_that_never_comes_is_tried_again(lab):
    began = time.time()
    bot = Bot(lab, plans=[Plan(upgrade="never")])
    bot.back("an upgrade that never comes", began)


def test_without_hello_nothing_is_said_and_another_connection_is_tried(lab):
    began = time.time()
    bot = Bot(lab, plans=[Plan(hello=False)])
    bot.back("no HELLO", began)
    equal(bot.discord.connections[0].received, [], "said before HELLO")
    equal(len(bot.discord.identifies), 1)
    bot.no_violations()


def test_hello_byte_by_byte_is_hello(lab):
    began = time.time()
    bot = Bot(lab, plans=[Plan(drip=True)])
    bot.back("HELLO byte by byte", began)
    equal(len(bot.discord.connections), 1)


def test_ready_that_never_comes_is_tried_again(lab):
    began = time.time()
    bot = Bot(lab, plans=[Plan(identify="never")])
    bot.count = 0
    connection = bot.discord.wait_ready(1, 40)
    print(f"# no READY: back after {(connection.times['ready'] - began) * 1000:.0f} ms")
    equal(len(bot.discord.identifies), 2)
    bot.no_violations()


def test_a_broken_way_to_the_gateway_is_asked_for_again(lab):
    discord_began = time.time()
    bot = Bot(lab)
    bot.discord.fail_next("GET /api/v10/gateway/bot", Answer(503, "<html>", {"Content-Type": "text/html"}), Answer(200, "{}"),
                          Answer(429, {"message": "You are being rate limited.", "retry_after": 1.5, "global": False}),
                          Answer(200, {"url": "ws://gateway.example"}))
    bot.back("/gateway/bot answers 503, nonsense, 429, an address that is not wss", discord_began)
    bot.no_violations()


def test_an_unknown_token_is_said_by_the_first_ask(lab):
    bot = Bot(lab, TOKEN="another")
    line = bot.daemon.wait_for(r"error discord: .*").group(0)
    has(line, "Discord does not know the bot's token")
    has(line, "developer portal")
    equal(bot.discord.attempts, [])


def test_doctor_says_whether_the_token_is_right(lab):
    bot = started(lab)
    done = lab.run("doctor", "--config", "config.ini")
    has(done.out, "✅ Discord's gateway: knows the bot, sessions left today: 999")
    bot.discord.identifies_left = 0
    has(lab.run("doctor", "--config", "config.ini").out, "❌ Discord's gateway: Discord lets the bot start no more sessions today")
    bot.discord.TOKEN = "another"
    done = lab.run("doctor", "--config", "config.ini")
    has(done.out, "❌ Discord's gateway: Discord does not know the bot's token → copy it anew from the developer portal")
    equal(done.code, 1)
    bot.discord.close()
    has(lab.run("doctor", "--config", "config.ini").out, "❌ Discord's gateway: ")


def test_no_session_is_asked_for_when_none_is_left(lab):
    bot = Bot(lab, identifies_left=0)
    bot.daemon.wait_for("no more sessions today")
    time.sleep(1)
    equal(bot.discord.attempts, [])


def test_the_lowest_balances_are_the_bots_status(lab):
    bot = Bot(lab, text="presence = on")
    bot.ready()
    states = lambda: [d["activities"][0]["state"] for _, d in bot.discord.presences if d["activities"]]
    eventually(lambda: states() == ["Kimi unknown"], "what is unknown is no zero")
    lab.run("set", "--config", "config.ini", "kimi", "4.20")
    bot.daemon.stop()
    bot.restart()
    bot.ready()
    eventually(lambda: states()[-1] == "Kimi ≈ $4.20", f"the new status, not {states()}")
    bot.no_violations()


# --- over restarts

def test_the_session_outlives_kill_9(lab):
    bot = started(lab)
    session = f'"session":"{bot.live.session.id}"'
    eventually(lambda: session in str(lab.state_bytes()), "the note of the session, not only that one is asked for")
    bot.daemon.kill()
    bot.restart()
    bot.back("kill -9 and a new start", bot.started, resumed=True)
    equal(len(bot.discord.identifies), 1)
    bot.no_violations()


def test_the_session_outlives_a_restart(lab):
    bot = started(lab)
    live = bot.live
    code, seconds = bot.daemon.stop()
    equal(code, 0)
    true(seconds < 5, f"stopped after {seconds:.1f} s")
    equal(live.close_code, 4000, "a close that leaves the session")
    bot.restart()
    bot.back("SIGTERM and a new start", bot.started, resumed=True)
    equal(len(bot.discord.identifies), 1)
    for name, data in lab.state_bytes().items():
        true(Discord.TOKEN.encode() not in data, f"{name} holds the token")
    bot.no_violations()


def test_another_token_does_not_take_the_old_session(lab):
    bot = started(lab, token=TOKENS[0], TOKEN=TOKENS[0])
    bot.daemon.stop()
    bot.discord.TOKEN = lab.env["DISCORD_BOT_TOKEN"] = TOKENS[1]
    bot.restart()
    bot.back("a start with another token", bot.started, resumed=False)


if __name__ == "__main__":
    main(at_once=8)
