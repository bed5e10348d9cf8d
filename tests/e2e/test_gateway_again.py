#!/usr/bin/env -S python3 -B
"""Discord's gateway sends the bot away: what is resumed, what begins anew, and what stops. Each case prints how long that took."""
import signal
import time

import flapping
from discord_gateway import Plan
from gateway_bot import TOKENS, Bot, started
from tap import equal, has, lacks, main, true


def test_op_7_is_obeyed_before_hello_too(lab):
    bot = started(lab)
    bot.breaks("op 7", lambda: bot.live.reconnect())
    bot.discord.plans = [Plan(first=[{"op": 7, "d": None}])]
    bot.breaks("op 7, and once more before HELLO", lambda: bot.live.reconnect())
    equal(len(bot.discord.identifies), 1)
    bot.no_violations()


def test_op_9_resumes_or_begins_anew_as_it_says(lab):
    for name, plans, fault, resumed in (
            ("op 9 true", [], lambda live: live.invalidate(resumable=True), True),
            ("op 9 false", [], lambda live: live.invalidate(resumable=False), False),
            ("RST, then op 9 false in answer to RESUME", [Plan(resume="invalid")], lambda live: live.reset(), False),
            ("RST, then op 9 true in answer to RESUME", [Plan(resume="invalid-resumable")], lambda live: live.reset(), True)):
        bot = started(lab)
        bot.discord.plans = plans
        bot.breaks(name, lambda live=bot.live, fault=fault: fault(live), resumed=resumed)
        bot.over()


def test_resumed_that_never_comes_is_tried_again(lab):
    bot = started(lab)
    bot.discord.plans = [Plan(resume="never")]
    bot.breaks("no RESUMED", lambda: bot.live.reset())
    bot.no_violations()


def test_close_codes_that_leave_the_session_are_resumed(lab):
    for code in (1000, 1001, 1011, 4000, 4001, 4002, 4005, 4008, 4242):
        bot = started(lab)
        bot.breaks(f"close {code}", lambda live=bot.live, code=code: live.finish(code))
        equal(len(bot.discord.identifies), 1)
        bot.over()


def test_close_codes_that_end_the_session_begin_anew(lab):
    for code in (4003, 4007, 4009):
        bot = started(lab)
        bot.breaks(f"close {code}", lambda live=bot.live, code=code: live.finish(code), resumed=False)
        bot.over()
    bot = started(lab)
    bot.discord.plans = [Plan(resume=4242)]
    bot.breaks("RST, then close 4242 in answer to RESUME", bot.live.reset, resumed=False)
    equal(len(bot.discord.identifies), 2)
    bot.no_violations()


def test_a_fatal_code_stops_says_what_to_do_and_waits_for_a_reload(lab):
    for code in (4004, 4010, 4011, 4012, 4013, 4014):
        bot = Bot(lab, plans=[Plan(identify=code)], token=TOKENS[0], TOKEN=TOKENS[0])
        line = bot.daemon.wait_for(rf"error discord: .*\({code}\).*")
        has(line.group(0), "until it is mended and reloaded")
        attempts = len(bot.discord.attempts)
        time.sleep(1.2)
        equal(len(bot.discord.attempts), attempts, f"{code}: tried again")
        if code == 4014:
            since = time.time()
            bot.daemon.signal(signal.SIGHUP)
            bot.back("close 4014, mended in the portal and reloaded", since)
        if code == 4004:
            since = time.time()
            config = lab.read("config.ini").replace("${DISCORD_BOT_TOKEN}", TOKENS[1])
            bot.discord.TOKEN = TOKENS[1]
            lab.write("config.ini", config)
            bot.daemon.signal(signal.SIGHUP)
            bot.back("close 4004, then another token", since)
        bot.over()
        lacks(bot.daemon.text, "planted.token", "the log")


def test_what_discord_has_given_up_is_not_done_after_all(lab):
    """Whoever was told that the application did not respond asks again, or thinks better of it."""
    bot = started(lab)
    bot.daemon.stop()
    may = {"permissions": "32", "account": "kimi", "amount": "50"}
    given_up = bot.discord.command("lowtide topup", **may)
    time.sleep(3.2)
    bot.restart()
    true("resume" in bot.ready().times, "it was not resumed")
    again = bot.discord.command("lowtide topup", **may)
    has(again.answer()["content"], "$50.00", "the balance")
    equal((given_up.first, given_up.edits), (None, []), "of what was given up")
    bot.no_violations()


def test_flapping_costs_few_sessions(_lab):
    """Some seconds of what `make endure` does for ten minutes. The sanitizers have memory of their own."""
    equal(flapping.endure(("kept", "forgotten", "spent"), 15, growth_mib=200), [])


if __name__ == "__main__":
    main(at_once=8)
