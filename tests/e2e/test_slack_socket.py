#!/usr/bin/env -S python3 -B
"""Slack's Socket Mode against the real daemon: what is asked is answered, with pictures, and what goes astray."""
import signal
import threading
import time

from fakes import Answer, VendorServer, moonshot
from scenes import Kimi
from slack_socket import Slack
from tap import equal, eventually, has, lacks, main, true

SECONDS_TO_ACK = 0.5  # the promise is 250 ms; Python has many threads here


class Team:
    """A daemon with one account, and its Slack. plans: of the first connections; gate: the account's provider waits for that
    Event, and its first answer is not waited for."""

    def __init__(self, lab, *plans, slack="", ready=True, gate=None, bot=Slack.TOKEN, tls=None, **settings):
        self.lab, self.gate = lab, gate
        self.slack = Slack(lab, tls)
        for name, value in settings.items():
            setattr(self.slack, name, value)
        self.slack.plans = list(plans)
        lab.env.update(SLACK_BOT_TOKEN=bot, SLACK_APP_TOKEN=Slack.APP_TOKEN)
        self.scene = Kimi(lab, lowtide="schedule = 0 0 1 1 *\ndeadline = 60s", text=self.slack.settings(f"commands = socket\nallow_users = {Slack.MEMBER}\n{slack}"))
        self.scene.vendor.answer(VendorServer.PATH, 200, moonshot(), gate=gate)
        self.daemon = self.scene.daemon()
        if not gate:
            self.daemon.wait_for(r"\$12\.34")
        if ready:
            self.slack.wait_ready()

    def asks(self, text, command="/lowtide", **keys):
        with self.lab.promptly(SECONDS_TO_ACK, f"acknowledging {command} {text}"):
            asked = self.slack.command(command, text, **keys)
            true(asked.acknowledged(), f"{command} {text} was not acknowledged: {self.daemon}")
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


def test_in_public_the_channel_sees_what_was_asked_before_the_answer_is_there(lab):
    team = Team(lab, gate=threading.Event())
    asked = team.asks("refresh kimi public")
    equal([payload for _, payload, _ in asked.acks], [{"response_type": "in_channel"}], "acknowledgements")
    team.gate.set()
    has(asked.answer()["text"], "$12.34")
    equal([message["response_type"] for message in asked.messages], ["in_channel"], "response_type")
    chart = team.asks("history kimi public")
    has(chart.answer()["text"], "$12.34")
    equal({message["response_type"] for message in chart.messages}, {"in_channel"}, "response_type")
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
    team = Team(lab, gate=threading.Event())
    asked = team.asks("refresh kimi")
    equal([payload for _, payload, _ in asked.acks], [None], "acknowledgements")
    time.sleep(0.5)
    equal(asked.posts, [], "answers before the provider had answered")
    team.gate.set()
    has(asked.answer()["text"], "$12.34")
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


def test_people_of_other_workspaces_are_refused_until_they_are_named(lab):
    team = Team(lab)
    guest = team.slack.press("lowtide_1", "balance kimi", user="U0777", team="T0777")
    lacks(guest.answer()["text"], "12.34")
    has(guest.text, "name your workspace, T0777, in allow_teams of [slack]")
    has(team.slack.press("lowtide_1", "balance kimi", user="U0888").answer()["text"], "$12.34")
    team.scene.configure(text=team.slack.settings("commands = socket\nallow_teams = T0777\n"))
    team.daemon.signal(signal.SIGHUP)
    team.daemon.wait_for("reloaded")
    team.slack.wait_ready()
    has(team.slack.press("lowtide_1", "balance kimi", user="U0777", team="T0777").answer()["text"], "$12.34")
    has(team.asks("kimi", "/balance", user="U0888").answer()["text"], f"name your workspace, {Slack.TEAM}, in allow_teams")
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


# --- pictures

PLACE = r"POST /api/files.getUploadURLExternal"


def pictured(blocks):
    return [block for block in blocks if block["type"] == "image"]


def test_a_chart_is_uploaded_and_shown_above_the_buttons(lab):
    team = Team(lab)
    answer = team.asks("history kimi").answer()
    equal([block["type"] for block in answer["blocks"]], ["section", "image", "actions"], "blocks")
    shown = pictured(answer["blocks"])[0]
    file = team.slack.uploads[shown["slack_file"]["id"]]
    true(file["done"] and file["bytes"].startswith(b"\x89PNG"), "no picture was uploaded")
    equal((file["channel_id"], file["title"], file["alt_txt"]), (None, "lowtide.png", shown["alt_text"]), "the file")
    has(shown["alt_text"], "Kimi")
    team.ends()


def test_a_picture_that_slack_refuses_at_first_is_shown_later(lab):
    team = Team(lab)
    team.slack.fail_next(r"POST /actions/", Answer(200, {"ok": False, "error": "invalid_blocks"}))
    asked = team.asks("history kimi")
    true(pictured(asked.answer()["blocks"]), "no picture")
    equal(len(asked.posts), 1, "posts")
    team.ends()


def test_a_picture_that_cannot_be_shown_leaves_the_text_and_says_why(lab):
    team = Team(lab)
    no = Answer(200, {"ok": False, "error": "missing_scope", "needed": "files:write"})
    for faults, why in (((PLACE, no),), "add the scope files:write"), \
                       (((r"POST /actions/", *[Answer(400, {"ok": False, "error": "invalid_blocks"})] * 3),), "did not show it"), \
                       (((r"POST /upload/", *[Answer(500, "oops")] * 3),), "HTTP 500"):
        for fault in faults:
            team.slack.fail_next(*fault)
        answer = team.asks("history kimi").answer(20)
        equal(pictured(answer["blocks"]), [], "pictures")
        has(str(answer["blocks"]), why)
        has(answer["text"], "Kimi")
    team.ends()


def test_without_a_bot_token_the_text_is_said_with_the_mend(lab):
    team = Team(lab, bot="")
    has(str(team.asks("history kimi").answer()["blocks"]), "No picture: set bot_token in [slack]")
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
    true(3 <= seconds < 30, f"back after {seconds:.1f} s")
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


if __name__ == "__main__":
    main(at_once=8)
