#!/usr/bin/env -S python3 -B
"""Slack's Socket Mode against the real daemon: whatever the line does, it finds its way back. Prints the recovery times."""
import signal
import threading
import time

from lab import Lab
from slack_socket import Plan
from tap import equal, eventually, has, main, true
from test_slack_socket import Team, recovered
from websocket import Gone


def change_over(lab, reason):
    """Asks all the time while the line changes: on every connection that stands, as Slack does."""
    team = Team(lab)
    old = team.slack.wait_ready()
    asked, stop = [], threading.Event()

    def keep_asking():
        while not stop.wait(0.01):
            for connection in team.slack.live:
                try:
                    asked.append(team.slack.command("/balance", "kimi", to=connection))
                except Gone:
                    pass

    def asked_on(line):
        return sum(one.sent_to == [line] for one in list(asked))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    eventually(lambda: asked_on(old) > 5, "the old line was asked")
    began = time.monotonic()
    old.disconnect(reason)
    new = team.slack.wait_ready(2)
    recovered(f"{reason}: the new line is up after", time.monotonic() - began)
    true(old.closed_at is None or old.closed_at > new.times["hello"], "the old line went before the new one was up")
    eventually(lambda: asked_on(new) > 5, "the new line was asked")
    stop.set()
    asking.join()
    for one in asked:
        true(one.acknowledged(), f"lost on the {'new' if one.sent_to == [new] else 'old'} line")
    eventually(old.gone.is_set, "the old line is left")
    equal(len(team.slack.live), 1, "lines")
    team.is_well()
    team.ends()


def test_a_warning_changes_the_line_without_a_gap(lab):
    change_over(lab, "warning")


def test_refresh_requested_changes_the_line_without_a_gap(lab):
    change_over(lab, "refresh_requested")


def test_switched_off_it_stops_and_says_so_and_comes_back_after_a_reload(lab):
    team = Team(lab)
    team.slack.live[0].disconnect("link_disabled")
    team.daemon.wait_for("Socket Mode has stopped: Socket Mode is switched off: switch it on in the Slack app's settings")
    eventually(lambda: not team.slack.live, "it hangs up")
    time.sleep(2)
    equal(len(team.slack.opens), 1, "it does not come back by itself")
    team.daemon.signal(signal.SIGHUP)
    team.slack.wait_ready(2)
    team.is_well()
    team.ends()


def after(lab, name, plan, most, connections=2):
    """One connection goes wrong as planned; the next is up in time."""
    team = Team(lab, plan, ready=False)
    began = time.monotonic()
    with lab.promptly(most, f"{name}: the way back"):
        team.slack.wait_ready(connections)
    recovered(name, time.monotonic() - began)
    team.is_well()
    team.ends()


def test_a_reset_line_is_followed_at_once(lab):
    after(lab, "RST after the hello", Plan(ends="reset", ends_at="hello"), 2)


def test_a_line_that_is_dropped_is_followed_at_once(lab):
    after(lab, "FIN without a close frame", Plan(ends="drop", ends_at="hello"), 2)


def test_a_line_that_is_closed_is_followed_at_once(lab):
    after(lab, "close frame 1000", Plan(ends=1000, ends_at="hello"), 2)


def test_an_upgrade_that_is_refused_is_tried_again(lab):
    after(lab, "HTTP 403 at the upgrade", Plan(upgrade=403), 3, connections=1)


def test_an_upgrade_that_is_redirected_is_tried_again(lab):
    after(lab, "a redirect at the upgrade", Plan(upgrade="redirect"), 13, connections=1)


def test_half_an_upgrade_is_tried_again(lab):
    after(lab, "half an upgrade", Plan(upgrade="half"), 13, connections=1)


def one_too_many_stays_away_for_half_a_minute(lab):
    team = Team(lab)
    team.slack.live[0].disconnect("too_many_websockets")
    eventually(lambda: not team.slack.live, "it hangs up")
    began = time.monotonic()
    time.sleep(28)
    equal(len(team.slack.opens), 1, "it is not back within 28 s")
    team.slack.wait_ready(2, 90)
    recovered("too_many_websockets", time.monotonic() - began)
    team.is_well()
    team.ends()


def at_once(cases):
    """Runs them at the same time, each with a lab of its own: what they do most is wait."""
    faults = []

    def run(name, case):
        own = Lab()
        try:
            case(own)
        except Exception as error:
            faults.append(f"{name}: {error}\n{own.transcript()}")
        finally:
            own.close()

    running = [threading.Thread(target=run, args=case) for case in cases]
    for one in running:
        one.start()
    for one in running:
        one.join()
    true(not faults, "\n".join(faults))


def test_no_hello_no_upgrade_silence_and_one_too_many_are_waited_out(_lab):
    at_once((
        ("no hello", lambda own: after(own, "no hello", Plan(hello=False), 14, connections=1)),
        ("no upgrade", lambda own: after(own, "no upgrade", Plan(upgrade="never"), 14, connections=1)),
        ("silence", lambda own: after(own, "no ping and no pong", Plan(pongs=False, pings=None), 34)),
        ("one too many", one_too_many_stays_away_for_half_a_minute),
    ))


def test_a_reset_in_the_middle_loses_no_answer(lab):
    team = Team(lab, gate=threading.Event())
    asked = team.asks("refresh kimi")
    team.slack.live[0].reset()
    team.gate.set()
    has(asked.answer()["text"], "$12.34")
    team.slack.wait_ready(2)
    team.is_well()
    team.ends()


def test_flapping_it_asks_for_fewer_and_fewer_lines(lab):
    team = Team(lab, usual=Plan(ends="reset", ends_at="hello"), ready=False)
    time.sleep(10)
    true(len(team.slack.opens) <= 7, f"{len(team.slack.opens)} lines in 10 s")
    eventually(lambda: len(team.slack.opens) >= 3, "three lines")
    equal(team.daemon.text.count("is not connected"), 1, "told")
    team.ends()


# --- the daemon's end

def test_at_the_end_it_hangs_up(lab):
    team = Team(lab)
    line = team.slack.wait_ready()
    team.ends()
    eventually(lambda: line.close_code == 1000, "a close frame with 1000")


def test_a_line_that_does_not_finish_its_close_is_cut(lab):
    team = Team(lab, Plan(finishes_close=False))
    team.ends()


if __name__ == "__main__":
    main(at_once=8)
