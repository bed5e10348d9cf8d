#!/usr/bin/env -S python3 -B
"""guard: what a script asks before it spends."""
import json
import time

from fakes import VendorServer
from scenes import Kimi
from tap import equal, has, main


def test_guard_says_enough_too_low_unknown_and_error(lab):
    scene = Kimi(lab)
    done = scene.run("guard", "kimi", "--need", "2.50")
    equal((done.code, done.out), (0, "✅ Kimi: $12.34 is enough (needed: $2.50)\n"))
    done = scene.run("guard", "kimi", "--need", "$12.35")
    equal((done.code, done.out), (2, "🚨 Kimi: $12.34 is too low (needed: $12.35)\n"))
    done = scene.run("guard", "kimi")
    equal((done.code, done.out), (0, "✅ Kimi: $12.34 is enough (critical: $1.00)\n"))
    done = scene.run("guard", "kimi", "--need", "€5")
    equal((done.code, done.out), (1, ""))
    has(done.err, "kimi is kept in USD, not in €")
    scene.vendor.answer(VendorServer.PATH, 401, "{}")
    done = scene.run("guard", "kimi", "--json")
    equal(done.code, 3)
    found = json.loads(done.out)
    equal((found["verdict"], found["need"], found["account"]["available"], found["account"]["error"]["code"]),
          ("unknown", None, None, "auth"))
    for args, sentence in ((("kimi", "--need", "much"), "write it as 12.50"), (("kimi", "--need", "-1"), "less than nothing"),
                           (("kimi", "--max-age", "old"), "--max-age"), (("kim",), 'did you mean "kimi"?')):
        done = scene.run("guard", *args)
        equal((done.code, done.out), (1, ""), f"{args}")
        has(done.err, sentence)


def test_a_young_reading_is_enough_and_an_old_one_is_asked_for_anew(lab):
    scene = Kimi(lab)
    scene.update()
    scene.vendor.balance("11.00", "3.00", "8.00")
    has(scene.run("guard", "kimi").out, "$12.34")
    time.sleep(1.1)
    has(scene.run("guard", "kimi", "--max-age", "1s").out, "$11.00")
    rows = json.loads(scene.run("history", "--json").out)["readings"]
    equal(len(rows), 1, "guard records nothing")


def test_a_fall_to_nothing_is_unknown_until_it_is_confirmed(lab):
    scene = Kimi(lab)
    scene.update()
    scene.vendor.balance("0", "0", "0")
    time.sleep(1.1)
    done = scene.run("guard", "kimi", "--max-age", "1s")
    equal(done.code, 3)
    has(done.out, "$0.00 not confirmed yet")


if __name__ == "__main__":
    main()
