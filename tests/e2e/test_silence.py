#!/usr/bin/env -S python3 -B
"""mute, unmute and ack: beside a daemon and without one, on the same store."""
import json
import re

from scenes import Kimi
from tap import equal, eventually, has, lacks, main, true


def alerts(scene):
    return [text for text in scene.hooks.contents if "Balance Summary" not in text]


def test_a_mute_keeps_a_warning_back_and_lets_a_critical_level_through(lab):
    scene = Kimi(lab)
    scene.update()
    equal(scene.run("mute", "kimi").out[:len("Kimi is silent until 20")], "Kimi is silent until 20", "for 6 hours by itself")
    done = scene.run("mute", "KIMI", "6h")
    equal(done.code, 0)
    true(re.fullmatch(r"Kimi is silent until 20\d\d-\d\d-\d\d \d\d:\d\d UTC; a critical level is told all the same\n", done.out),
         done.out)
    true(re.search(r"^kimi .* muted until 20", scene.run("status").out, re.M), "status shows it")
    account = json.loads(scene.run("status", "--json").out)["accounts"][0]
    true(re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", account["muted_until"]), account)
    scene.vendor.balance("4.20", "1.00", "3.20")
    scene.update()
    equal(alerts(scene), [], "told though it was muted")
    scene.vendor.balance("0.80", "0", "0.80")
    scene.update()
    equal(len(alerts(scene)), 1)
    has(alerts(scene)[0], "credits critical!")


def test_what_a_mute_kept_back_is_told_by_the_next_round_after_unmute(lab):
    scene = Kimi(lab)
    scene.update()
    equal(scene.run("mute", "kimi", "3d").code, 0)
    scene.vendor.balance("4.20", "1.00", "3.20")
    scene.update()
    done = scene.run("unmute", "kimi")
    equal((done.code, done.out),
          (0, "Kimi is heard again; a warning was kept back: the next look at it tells it, if it still holds\n"))
    scene.update()
    equal(len(alerts(scene)), 1)
    equal(scene.run("unmute", "kimi").out, "Kimi was not muted\n")
    equal(json.loads(scene.run("status", "--json").out)["accounts"][0]["muted_until"], None)


def test_a_daemon_heeds_a_mute_and_tells_when_it_ends(lab):
    scene = Kimi(lab, lowtide="schedule = @every 1s", account="cooldown = 1s")
    daemon = scene.daemon()
    daemon.wait_for("waiting for the next round")
    equal(scene.run("mute", "kimi", "10s").code, 0)
    scene.vendor.balance("4.20", "1.00", "3.20")
    daemon.wait_for("is kept back: muted")
    equal(alerts(scene), [], "told though it was muted")
    eventually(lambda: alerts(scene), "the warning that was kept back")
    has(alerts(scene)[0], "credits low!")
    daemon.stop()


def test_an_acknowledged_warning_is_not_told_again_until_it_is_worse(lab):
    scene = Kimi(lab)
    scene.configure(account="remind = 1s")
    equal(scene.run("ack", "kimi").out, "Nothing is told of Kimi now that could be acknowledged\n")
    scene.vendor.balance("4.20", "1.00", "3.20")
    scene.update()
    done = scene.run("ack", "kimi")
    equal((done.code, done.out), (0, "Kimi's warning is acknowledged: no reminders until it gets worse\n"))
    has(scene.run("status").out, "acknowledged")
    before = len(alerts(scene))
    scene.update()
    equal(len(alerts(scene)), before, "reminded though it was acknowledged")
    scene.vendor.balance("0.80", "0", "0.80")
    scene.update()
    has(alerts(scene)[-1], "credits critical!")
    lacks(scene.run("status").out, "acknowledged")


def test_what_is_wrong_is_said_with_the_mend(lab):
    scene = Kimi(lab)
    for args, sentence in ((("mute",), "mute wants ACCOUNT"), (("mute", "kimi", "soon"), "90s, 15m, 6h"),
                           (("mute", "kimi", "2y"), "a year at most"), (("mute", "kim", "6h"), 'did you mean "kimi"?'),
                           (("ack", "claude"), 'there is no account "claude"'), (("ack", "kimi", "now"), "one word too many"), (("unmute",), "unmute wants ACCOUNT")):
        done = scene.run(*args)
        equal((done.code, done.out), (1, ""), f"{args}")
        has(done.err, sentence)


if __name__ == "__main__":
    main(at_once=8)
