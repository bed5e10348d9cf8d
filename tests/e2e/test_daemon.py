#!/usr/bin/env -S python3 -B
"""`lowtide run`: rounds on time, nothing twice, and an end that loses nothing."""
import json
import os
import resource
import signal
import socket
import time

from fakes import Answer, VendorServer, moonshot
from lab import ROOT
from scenes import Kimi, discord
from tap import equal, eventually, has, lacks, main, true

SUMMARY_LINE = r"🌙 \*{0,2}Kimi:\*{0,2} \$12\.34 available"


def test_the_first_start_prints_and_posts_and_the_second_only_prints(lab):
    scene = Kimi(lab)
    daemon = scene.daemon()
    daemon.wait_for(SUMMARY_LINE)
    eventually(lambda: scene.hooks.contents, "the first start's post")
    equal(daemon.stop()[0], 0, "exit status")
    again = scene.daemon()
    again.wait_for(SUMMARY_LINE)
    again.stop()
    equal(len(scene.hooks.contents), 1, "posts")
    equal(len(scene.vendor.requests), 2, "gathers")


def test_rounds_come_on_schedule_one_summary_each(lab):
    scene = Kimi(lab, lowtide="schedule = @every 1s")
    began = time.time()
    daemon = scene.daemon()
    eventually(lambda: len(scene.hooks.contents) >= 5, "five summaries")
    seconds = time.time() - began
    told = len(scene.hooks.contents)
    daemon.stop()
    true(told <= seconds + 2, f"{told} summaries in {seconds:.1f} s")
    turns = json.loads(scene.run("history", "--json", "--since", "1h").out)["readings"]
    true(len(turns) >= len(scene.hooks.contents), f"{len(turns)} rounds, {len(scene.hooks.contents)} summaries")


def test_sigterm_ends_within_10_s_while_a_vendor_and_a_channel_hang(lab):
    scene = Kimi(lab, lowtide="schedule = @every 1s\ndeadline = 60s")
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.contents, "the first post")
    scene.hooks.default = Answer(204, delay=90)
    posts = len(scene.hooks.posts)
    eventually(lambda: len(scene.hooks.posts) > posts, "a post that hangs")
    scene.vendor.answer(VendorServer.PATH, 200, moonshot(), delay=90)
    asked = len(scene.vendor.requests)
    eventually(lambda: len(scene.vendor.requests) > asked, "a balance that hangs")
    code, seconds = daemon.stop()
    equal(code, 0, "exit status")
    true(seconds < 10, f"took {seconds:.1f} s")


def test_sigterm_finishes_what_is_in_flight(lab):
    scene = Kimi(lab)
    scene.hooks.default = Answer(200, {"id": "7"}, delay=2)
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.posts, "the post under way")
    equal(daemon.stop()[0], 0, "exit status")
    has(scene.log, "POSTED", "the text log")


def test_killed_and_started_again_nothing_is_told_twice(lab):
    scene = Kimi(lab)
    scene.vendor.balance("4.20", "1.00", "3.20")
    daemon = scene.daemon()
    eventually(lambda: len(scene.hooks.alerts) == len(scene.hooks.summaries) == 1, "summary and alert")
    eventually(lambda: "POSTED" in scene.log, "the log")
    daemon.kill()
    equal(scene.run("status").code, 1, "status without a daemon")
    again = scene.daemon()
    again.wait_for(r"Kimi:")
    time.sleep(1)
    equal(scene.run("status").code, 0, "status with a daemon")
    again.stop()
    equal(len(scene.hooks.alerts), 1, "alerts")
    equal(scene.log.count("POSTED"), 1, "POSTED lines")


def test_killed_while_posting_an_alert_is_posted_again_and_says_so(lab):
    scene = Kimi(lab)
    scene.vendor.balance("4.20", "1.00", "3.20")
    scene.hooks.default = Answer(200, {"id": "7"}, delay=30)
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.posts, "the alert under way")
    daemon.kill()
    scene.hooks.default = Answer(200, {"id": "7"})
    again = scene.daemon()
    eventually(lambda: len(scene.hooks.alerts) == 2 and scene.hooks.summaries, "what follows the restart")
    eventually(lambda: "POSTED" in scene.log, "the log")
    channel = json.loads(scene.run("status", "--json").out)["channels"][0]
    again.stop()
    true(not scene.hooks.alerts[0].startswith("(possible repeat)"), "the first is not marked")
    equal(scene.hooks.alerts[1], "(possible repeat) " + scene.hooks.alerts[0], "the second")
    equal((channel["repeated"], channel["doubtful"], channel["waiting"]), (1, 0, 0), "what status counts")


def test_killed_while_posting_a_summary_is_not_posted_again_and_counted(lab):
    scene = Kimi(lab)
    scene.hooks.default = Answer(200, {"id": "7"}, delay=30)
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.posts, "the summary under way")
    daemon.kill()
    scene.hooks.default = Answer(200, {"id": "7"})
    again = scene.daemon()
    again.wait_for(r"summary is in doubt")
    time.sleep(0.5)
    channel = json.loads(scene.run("status", "--json").out)["channels"][0]
    has(scene.run("doctor").out, "nobody knows whether a message arrived: 0 repeated and marked, 1 not repeated")
    again.stop()
    equal(len(scene.hooks.posts), 1, "posts")
    equal((channel["repeated"], channel["doubtful"], channel["waiting"]), (0, 1, 0), "what status counts")
    equal(scene.log.count("POSTED"), 0, "POSTED lines")


def test_a_crossing_while_the_daemon_was_down_is_told_once(lab):
    scene = Kimi(lab)
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.contents, "the first post")
    daemon.stop()
    scene.vendor.balance("4.20", "1.00", "3.20")
    for _ in range(2):
        daemon = scene.daemon()
        daemon.wait_for(r"Kimi")
        time.sleep(1)
        daemon.stop()
    equal(len(scene.hooks.alerts), 1, "alerts")


def test_a_daemon_and_an_update_on_one_store_send_nothing_twice(lab):
    scene = Kimi(lab)
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.contents, "the daemon's first post")
    scene.vendor.balance("4.20", "1.00", "3.20")
    for _ in range(3):
        equal(scene.update().code, 2)
    time.sleep(1)
    daemon.stop()
    equal(len(scene.hooks.summaries), 4, "summaries: one at the start, one an update")
    equal(len(scene.hooks.alerts), 1, "alerts")


def test_only_one_daemon_runs_on_a_store(lab):
    scene = Kimi(lab)
    daemon = scene.daemon()
    daemon.wait_for(SUMMARY_LINE)
    second = scene.run("run", timeout=20)
    equal(second.code, 1, "exit status of the second")
    has(second.err, str(daemon.pid), "what the second says")
    daemon.stop()


def test_sighup_takes_a_good_config_and_keeps_the_old_one_before_a_broken_one(lab):
    scene = Kimi(lab, lowtide="schedule = @every 1s")
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.contents, "the first post")
    scene.configure(lowtide="schedule = @every 1s\ntitle = Second Title")
    daemon.signal(signal.SIGHUP)
    eventually(lambda: any("Second Title" in c for c in scene.hooks.contents), "the new title")
    scene.configure(lowtide="schedule = @every 1s\ntitel = Third Title")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for(r"config\.ini:4: .*titel")
    before = len(scene.hooks.contents)
    eventually(lambda: len(scene.hooks.contents) > before + 1, "more rounds after the broken reload")
    has(scene.hooks.contents[-1], "Second Title")
    equal(daemon.stop()[0], 0, "exit status")


def test_sighup_adds_and_removes_channels(lab):
    scene = Kimi(lab, lowtide="schedule = @every 1s")
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.contents, "the first post")
    scene.configure(text=discord(scene.hooks, name="second").replace("123456", "654321"))
    daemon.signal(signal.SIGHUP)
    eventually(lambda: [p for p in scene.hooks.posts if "/654321/" in p.path], "a post in the new channel")
    scene.configure(text="")
    daemon.signal(signal.SIGHUP)
    eventually(lambda: daemon.text.count("reloaded accounts") == 2, "the second reload")

    def posts(channel):
        return len([p for p in scene.hooks.posts if f"/{channel}/" in p.path])

    def two_more():
        told = posts("123456")
        eventually(lambda: posts("123456") > told + 1, "two more rounds")

    two_more()  # a round that was under way has told both
    before = posts("654321")
    two_more()
    equal(posts("654321"), before, "posts in the removed channel")
    daemon.stop()


def test_a_text_log_that_was_rotated_is_made_anew(lab):
    scene = Kimi(lab, lowtide="schedule = @every 1s")
    daemon = scene.daemon()
    path = lab.path("state", "logs", "kimi.log")
    eventually(lambda: os.path.exists(path), "the log")
    os.rename(path, path + ".1")
    eventually(lambda: os.path.exists(path), "a new log")
    daemon.stop()
    for line in (lab.read("state", "logs", "kimi.log.1") + lab.read("state", "logs", "kimi.log")).splitlines():
        true(line.startswith("20") or line.startswith("[20"), f"not a whole line: {line!r}")


def test_systemd_hears_ready_and_the_watchdog(lab):
    scene = Kimi(lab)
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(lab.path("notify"))
    notify.settimeout(60)
    lab.keep(notify)
    daemon = scene.daemon(env={"NOTIFY_SOCKET": lab.path("notify"), "WATCHDOG_USEC": "1000000"})
    said = ""
    while "WATCHDOG=1" not in said or "READY=1" not in said:
        said += notify.recv(4096).decode() + "\n"
    daemon.signal(signal.SIGTERM)
    while "STOPPING=1" not in said:
        said += notify.recv(4096).decode() + "\n"
    equal(daemon.ended(), 0, "exit status")
    true(said.index("READY=1") < said.index("STOPPING=1"), said)


def test_systemd_hears_that_nothing_can_be_recorded(lab):
    scene = Kimi(lab, lowtide="schedule = @every 1s")
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(lab.path("notify"))
    notify.settimeout(60)
    lab.keep(notify)
    daemon = scene.daemon(env={"NOTIFY_SOCKET": lab.path("notify")})

    def wait_for(words):
        said = ""
        while words not in said:
            said = notify.recv(4096).decode()
            lacks(said, "\n")

    wait_for(": checked 1 account, 0 unknown")
    size, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
    wait_for(f": nothing was recorded and nothing is posted: {lab.state}/lowtide.db: ")
    daemon.wait_for("error round: nothing was recorded: .*; ")
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (size, hard))
    wait_for(": checked 1 account, 0 unknown")
    equal(daemon.stop()[0], 0, "exit status")


def test_without_anything_run_starts_the_sandbox_marked_as_simulated(lab):
    with open(os.path.join(ROOT, "config.ini.example"), encoding="utf-8") as example:
        lab.write("config.ini", example.read())
    daemon = lab.daemon("run", "--config", "config.ini", "--or-sandbox", lab.path("sandbox"))
    daemon.wait_for(r"📊")
    daemon.wait_for(r"(?i)simulated")
    code, _ = daemon.stop()
    equal(code, 0, "exit status")
    lines = [line for line in daemon.text.splitlines() if "(threshold:" in line or "used" in line and "**" in line]
    for line in lines:
        has(line.lower(), "simulated", "a line of the sandbox")


if __name__ == "__main__":
    main(at_once=8)
