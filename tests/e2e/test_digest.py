#!/usr/bin/env -S python3 -B
"""Digests through the program: from cron's update, and from a daemon."""
import time

from scenes import Kimi
from tap import equal, eventually, has, main, true


def zone_after_nine():
    """A time zone in which it is between ten and noon: this morning's slot is young."""
    west = time.gmtime().tm_hour - 10
    west = west if -14 <= west <= 12 else west - 24 if west > 12 else west + 24
    return "UTC" if west == 0 else f"Etc/GMT{'+' if west > 0 else ''}{west}"


def hourly_log(days, left, an_hour):
    now = int(time.time()) // 3600 * 3600
    lines = []
    for back in range(days * 24, 0, -1):
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now - back * 3600))
        lines.append(f"[{when}] Kimi: ${left + back * an_hour:.2f}\n")
    return "".join(lines)


def digests(scene):
    return [text for text in scene.hooks.contents if "digest" in text]


def scene_with_history(lab, schedule="0 0 1 1 *"):
    lab.steady()
    scene = Kimi(lab, lowtide=f"schedule = {schedule}\ntimezone = {zone_after_nine()}\ndigest = daily",
                 channel="sends = summary, digest")
    log = lab.write("kimi.log", hourly_log(4, 12.34, 0.5))
    equal(scene.run("import", "--account", "kimi", log).code, 0)
    return scene


def test_update_sends_a_digest_once(lab):
    scene = scene_with_history(lab)
    equal(scene.update().code, 0)
    told = digests(scene)
    equal(len(told), 1)
    has(told[0], "📅 **Daily digest** · 20")
    true("🌙 **Kimi:** $12.00 spent · $1" in told[0], told[0])
    scene.update()
    equal(len(digests(scene)), 1, "again")
    true("last_round" in scene.run("status", "--json").out, "status")


def test_a_daemon_sends_what_was_missed_once(lab):
    scene = scene_with_history(lab)
    daemon = scene.daemon()
    eventually(lambda: digests(scene), "the digest")
    daemon.wait_for(r"digest: for 1 channel ")
    daemon.stop()
    daemon = scene.daemon()
    daemon.wait_for("waiting for the next round")
    time.sleep(1)
    daemon.stop()
    scene.update()
    equal(len(digests(scene)), 1, "again")


def test_half_a_digest_is_warned_about(lab):
    scene = Kimi(lab, lowtide="digest = daily")
    has(scene.run("check").err, "digest is set for kimi, but no channel has digest in its `sends`")


if __name__ == "__main__":
    main()
