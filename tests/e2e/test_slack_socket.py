#!/usr/bin/env -S python3 -B
"""Slack's Socket Mode against the real daemon: what is asked is answered, whatever the line does. Prints recovery times."""
import signal
import threading
import time

from fakes import Answer, VendorServer, moonshot
from scenes import Kimi
from slack_socket import Plan, Slack
from tap import equal, eventually, has, lacks, main, true

SECONDS_TO_ACK = 0.5  # the promise is 250 ms; the tests' machine may be busy


class Team:
    """A daemon with one account, and its Slack. plans: of the first connections; delay: of the account's provider, whose
    first answer is then not waited for."""

    def __init__(self, lab, *plans, slack="", ready=True, delay=0, **settings):
        self.slack = Slack(lab)
        for name, value in settings.items():
            setattr(self.slack, name, value)
        self.slack.plans = list(plans)
        lab.env.update(SLACK_BOT_TOKEN=Slack.TOKEN, SLACK_APP_TOKEN=Slack.APP_TOKEN)
        self.scene = Kimi(lab, text=self.slack.settings(f"commands = socket\nallow_users = {Slack.MEMBER}\n{slack}"))
        self.scene.vendor.answer(VendorServer.PATH, 200, moonshot(), delay=delay)
        self.daemon = self.scene.daemon()
        if not delay:
            self.daemon.wait_for(r"\$12\.34")
        if ready:
            self.slack.wait_ready()

    def asks(self, text, command="/lowtide", **keys):
        asked = self.slack.command(command, text, **keys)
        true(asked.acknowledged(), f"{command} {text} was not acknowledged: {self.daemon}")
        true(asked.delay < SECONDS_TO_ACK, f"{command} {text} was acknowledged after {asked.delay:.3f} s")
        return asked

    def is_well(self):
        """It answers, and did nothing that Slack would mind."""
        self.slack.wait_ready()
        asked = self.asks("kimi", "/balance")
        has(asked.answer()["text"], "$12.34")
        equal(self.slack.violations, [], "what Slack would mind")

    def ends(self):
        code, seconds = self.daemon.stop()
        equal(code, 0, "exit code")
        true(seconds < 5, f"it took {seconds:.1f} s to stop")
        for secret in (Slack.TOKEN, Slack.APP_TOKEN, "ticket-", "planted-response"):
            lacks(self.daemon.text, secret, "what the daemon said")
        equal(self.slack.violations, [], "what Slack would mind")


def recovered(name, seconds):
    print(f"# {name}: {seconds:.2f} s")


# --- questions

def test_a_slash_command_is_answered_in_its_acknowledgement(lab):
    team = Team(lab)
    asked = team.asks("kimi", "/balance")
    equal(len(asked.messages), 1, "messages")
    has(asked.text, "$12.34")
    equal(asked.messages[0]["response_type"], "ephemeral", "response_type")
    equal(asked.posts, [], "posts")
    team.ends()


def test_in_public_the_channel_sees_it(lab):
    team = Team(lab)
    equal(team.asks("kimi public", "/balance").messages[0]["response_type"], "in_channel", "response_type")
    team.ends()


def test_people_type_as_on_phones(lab):
    team = Team(lab)
    for text in ("Balance\u00a0 “Kimi”", " balance  kimi ", "balance \u2060kimi"):
        has(team.asks(text).text, "$12.34")
    has(team.asks("").text, "/balance")
    has(team.asks("help").text, "/balance")
    has(team.asks("kimmi", "/balance").text, "kimi")
    lacks(team.asks("<!channel>", "/balance").text, "<!channel>")
    team.ends()


def test_what_takes_longer_is_acknowledged_at_once_and_posted(lab):
    team = Team(lab, delay=2)
    asked = team.asks("refresh kimi")
    equal([payload for _, payload, _ in asked.acks], [None], "acknowledgements")
    has(asked.answer()["text"], "$12.34")
    true(asked.posts[0][0] - asked.began >= 1, "it was answered before the provider had")
    team.ends()


def test_a_button_is_acknowledged_and_answered_by_a_message_of_its_own(lab):
    team = Team(lab)
    asked = team.asks("kimi", "/balance")
    true(asked.buttons, f"no buttons: {asked.messages}")
    for action, words in asked.buttons.values():
        pressed = team.slack.press(action, words)
        true(pressed.acknowledged(), f"{words} was not acknowledged")
        equal([payload for _, payload, _ in pressed.acks], [None], "acknowledgements")
        true(pressed.answer(), f"{words} was not answered")
        true(not pressed.messages[-1].get("replace_original"), "what was read is gone")
    team.ends()


def test_only_those_who_are_listed_may_change_anything(lab):
    team = Team(lab)
    refused = team.asks("mute kimi 6h", user="U0999999")
    has(refused.answer()["text"], "allow_users")
    lacks(team.scene.run("status").out, "muted")
    has(team.asks("mute kimi 6h").answer()["text"], "Kimi")
    has(team.scene.run("status").out, "muted")
    team.ends()


def test_the_same_envelope_again_is_acknowledged_and_done_once(lab):
    team = Team(lab)
    asked = team.asks("kimi", "/balance")
    for attempt in (1, 2):
        team.slack.send(asked, attempt=attempt)
        true(asked.wait(lambda: len(asked.acks) == attempt + 1), "not acknowledged again")
    equal(len(asked.messages), 1, "answers")
    team.ends()


def test_what_lowtide_does_not_know_is_acknowledged(lab):
    team = Team(lab)
    for asked in (team.slack.event({"type": "app_mention"}), team.slack.ask("something_new", {}),
                  team.slack.ask("interactive", {"type": "view_submission"}), team.slack.ask("slash_commands", {"command": "x"})):
        true(asked.acknowledged(), f"{asked.kind} was not acknowledged")
    team.is_well()
    team.ends()


def test_two_hundred_at_once_are_all_acknowledged_in_time(lab):
    team = Team(lab)
    asked = [team.slack.command("/balance", "kimi") for _ in range(200)]
    for one in asked:
        true(one.acknowledged(), "not acknowledged")
    delays = sorted(one.delay for one in asked)
    print(f"# receipt to acknowledgement: median {delays[100] * 1000:.1f} ms, slowest {delays[-1] * 1000:.1f} ms")
    true(delays[-1] < 3, f"the slowest took {delays[-1]:.2f} s")
    team.ends()


# --- answers that go astray

def test_a_response_url_that_stumbles_is_tried_again(lab):
    team = Team(lab)
    team.slack.fail_next(r"POST /actions/", Answer(500, "oops"), Answer(503, "oops"))
    pressed = team.slack.press("lowtide_1", "balance kimi")
    has(pressed.answer(20)["text"], "$12.34")
    team.ends()


def test_a_response_url_that_is_gone_is_told_once(lab):
    team = Team(lab)
    for _ in range(3):
        team.slack.fail_next(r"POST /actions/", Answer(404, {"ok": False, "error": "expired_url"}))
        true(team.slack.press("lowtide_1", "balance kimi").acknowledged(), "not acknowledged")
    team.daemon.wait_for("did not reach Slack: Slack says expired_url")
    eventually(lambda: not team.slack.faults, "all were tried")
    team.is_well()
    equal(team.daemon.text.count("did not reach Slack"), 1, "told")
    team.ends()


# --- the line

def change_over(lab, reason):
    """Asks all the time while the line changes: on every connection that stands, as Slack does."""
    team = Team(lab)
    old = team.slack.wait_ready()
    asked, stop = [], threading.Event()

    def keep_asking():
        while not stop.wait(0.01):
            for connection in team.slack.live:
                asked.append(team.slack.command("/balance", "kimi", to=connection))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    began = time.monotonic()
    old.disconnect(reason)
    new = team.slack.wait_ready(2)
    recovered(f"{reason}: the new line is up after", time.monotonic() - began)
    true(not old.gone.is_set(), "the old line went before the new one was up")
    time.sleep(1)
    stop.set()
    asking.join()
    for one in asked:
        true(one.acknowledged(), f"lost on the {'new' if one.sent_to == [new] else 'old'} line")
    true(sum(one.sent_to == [old] for one in asked) > 5 and sum(one.sent_to == [new] for one in asked) > 5, "both were asked")
    eventually(old.gone.is_set, "the old line is left", 15)
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


def test_one_too_many_stays_away_for_half_a_minute(lab):
    team = Team(lab)
    team.slack.live[0].disconnect("too_many_websockets")
    eventually(lambda: not team.slack.live, "it hangs up")
    began = time.monotonic()
    time.sleep(28)
    equal(len(team.slack.opens), 1, "it is not back within 28 s")
    team.slack.wait_ready(2, 40)
    recovered("too_many_websockets", time.monotonic() - began)
    team.is_well()
    team.ends()


def after(lab, name, plan, most, connections=2):
    """One connection goes wrong as planned; the next is up in time."""
    team = Team(lab, plan, ready=False)
    began = time.monotonic()
    team.slack.wait_ready(connections, most + 10)
    seconds = time.monotonic() - began
    recovered(name, seconds)
    true(seconds < most, f"{name}: back after {seconds:.1f} s")
    team.is_well()
    team.ends()


def test_a_reset_line_is_followed_at_once(lab):
    after(lab, "RST after the hello", Plan(ends="reset", ends_at="hello"), 2)


def test_a_line_that_is_dropped_is_followed_at_once(lab):
    after(lab, "FIN without a close frame", Plan(ends="drop", ends_at="hello"), 2)


def test_a_line_that_is_closed_is_followed_at_once(lab):
    after(lab, "close frame 1000", Plan(ends=1000, ends_at="hello"), 2)


def test_a_line_without_hello_is_left_after_10_s(lab):
    after(lab, "no hello", Plan(hello=False), 13, connections=1)


def test_an_upgrade_that_is_refused_is_tried_again(lab):
    after(lab, "HTTP 403 at the upgrade", Plan(upgrade=403), 3, connections=1)


def test_an_upgrade_that_is_redirected_is_tried_again(lab):
    after(lab, "a redirect at the upgrade", Plan(upgrade="redirect"), 13, connections=1)


def test_half_an_upgrade_is_tried_again(lab):
    after(lab, "half an upgrade", Plan(upgrade="half"), 13, connections=1)


def test_an_upgrade_that_never_comes_is_given_up(lab):
    after(lab, "no upgrade", Plan(upgrade="never"), 13, connections=1)


def test_a_line_that_falls_silent_is_left_after_30_s(lab):
    after(lab, "no ping and no pong", Plan(pongs=False, pings=None), 33)


def test_a_reset_in_the_middle_loses_no_answer(lab):
    team = Team(lab, delay=2)
    asked = team.asks("refresh kimi")
    team.slack.live[0].reset()
    has(asked.answer()["text"], "$12.34")
    team.slack.wait_ready(2)
    team.is_well()
    team.ends()


def test_flapping_it_asks_for_fewer_and_fewer_lines(lab):
    team = Team(lab, usual=Plan(ends="reset", ends_at="hello"), ready=False)
    time.sleep(10)
    true(3 <= len(team.slack.opens) <= 7, f"{len(team.slack.opens)} lines in 10 s")
    equal(team.daemon.text.count("is not connected"), 1, "told")
    team.ends()


# --- asking for a line

def test_a_wrong_token_stops_it_with_the_mend(lab):
    team = Team(lab, opens_with="invalid_auth", ready=False)
    team.daemon.wait_for("Socket Mode has stopped: Slack does not know app_token of .slack.: copy the App-Level Token")
    time.sleep(2)
    equal(len(team.slack.opens), 1, "opens")
    team.ends()


def test_slack_may_say_when_to_come_back(lab):
    slack_says = Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "3"})
    team = Team(lab)
    team.slack.fail_next(r"POST /api/apps.connections.open", slack_says)
    began = time.monotonic()
    team.slack.live[0].reset()
    team.slack.wait_ready(2)
    seconds = time.monotonic() - began
    recovered("429 with Retry-After: 3", seconds)
    true(3 <= seconds < 6, f"back after {seconds:.1f} s")
    team.is_well()
    team.ends()


def test_a_slack_that_stumbles_at_the_start_is_tried_again(lab):
    team = Team(lab, opens_with="internal_error", ready=False)
    team.daemon.wait_for("Socket Mode is not connected: Slack says internal_error")
    team.slack.opens_with = None
    team.slack.wait_ready()
    team.daemon.wait_for("Socket Mode is connected")
    team.is_well()
    team.ends()


# --- the daemon's end

def test_a_line_that_does_not_finish_its_close_is_cut(lab):
    team = Team(lab, Plan(finishes_close=False))
    team.ends()


if __name__ == "__main__":
    main()
