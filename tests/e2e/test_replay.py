#!/usr/bin/env -S python3 -B
"""replay: what would have been sent, from the history that import and update left."""
import json
import time

from scenes import Kimi
from tap import equal, has, lacks, main


def log_of(*cents):
    """One reading an hour, the newest an hour ago."""
    now = int(time.time()) // 3600 * 3600
    lines = []
    for back, left in zip(range(len(cents), 0, -1), cents):
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now - back * 3600))
        lines.append(f"[{when}] Kimi: ${left / 100:.2f}\n")
    return "".join(lines)


def test_replay_tells_what_would_have_been_sent_and_to_whom(lab):
    scene = Kimi(lab, account="warning = 5.00")
    equal(scene.run("replay").code, 1, "without a store")
    log = lab.write("kimi.log", log_of(1200, 900, 480, 470, 90, 2000))
    equal(scene.run("import", "--account", "kimi", log).code, 0)
    done = scene.run("replay")
    equal(done.code, 0)
    rows = [line for line in done.lines if " to peter-chat " in line]
    equal(len(rows), 3, done.out)
    has(rows[0], "⚠️ Kimi credits low! Available: $4.80")
    has(rows[1], "🚨 Kimi credits critical! Available: $0.90")
    has(rows[2], "✅ Kimi credits recovered. Available: $20.00")
    has(done.out, "no channel wants it")
    has(done.lines[-1], "6 readings since 20")
    has(done.lines[-1], ": 4 sent, 0 held, 0 dropped")
    scene.configure(account="warning = 4.75")
    lacks(scene.run("replay").out, "$4.80", "with another level")
    scene.configure(account="warning = 5.00\ncooldown = 3d")
    events = json.loads(scene.run("replay", "kimi", "--json").out)["events"]
    equal([(event["key"], event["fate"], event["channels"]) for event in events],
          [("low:kimi:1:warning", "sent", ["peter-chat"]), ("low:kimi:1:critical", "sent", ["peter-chat"]),
           ("low:kimi:1:over", "sent", ["peter-chat"]), ("topup:kimi:1", "sent", [])])
    equal(list(events[0]), ["time", "account", "fate", "kind", "key", "channels", "text", "why", "until"])
    equal(scene.hooks.contents, [], "replay sends nothing")
    equal(scene.run("replay", "claude").code, 1)


def test_replay_tells_what_is_held_and_why(lab):
    lab.steady()
    now = time.gmtime(time.time() - 4 * 3600)
    quiet = f"{now.tm_hour:02d}:00-{(now.tm_hour + 2) % 24:02d}:30"
    scene = Kimi(lab, account=f"quiet = {quiet}")
    log = lab.write("kimi.log", log_of(1200, 900, 480, 470, 460, 450))
    equal(scene.run("import", "--account", "kimi", log).code, 0)
    found = json.loads(scene.run("replay", "--json", "--since", "2d").out)
    equal(found["readings"], 6)
    held, sent = found["events"]
    equal((held["fate"], held["why"], sent["fate"], sent["why"], sent["until"]),
          ("held", "quiet hours", "sent", None, None))
    equal(held["until"], sent["time"])
    has(scene.run("replay").out, "held: quiet hours until 20")


def test_replay_of_nothing_says_so(lab):
    scene = Kimi(lab)
    scene.update()
    has(scene.run("replay").out, "1 reading since 20")


if __name__ == "__main__":
    main()
