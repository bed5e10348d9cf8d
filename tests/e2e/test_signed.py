#!/usr/bin/env -S python3 -B
"""Commands over signed HTTP: what Discord and Slack sign is answered, once; what they have not signed is 401."""
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import peers
from fakes import free_port, moonshot
from lab import ROOT
from signing import DiscordKey, sign_slack, slack_headers
from street import Another, COMMANDS, INTERACTIONS, PING, SECRET, Street
from tap import Skip, equal, eventually, has, lacks, main, true


# --- Discord


def test_saving_the_address_on_discord_succeeds(lab):
    street = Street(lab)
    reply = street.request("POST", INTERACTIONS, PING, street.key.headers(PING))
    equal((reply.status, reply.body), (200, b'{"type":1}'))
    equal(reply.headers["Content-Type"], "application/json")
    # What Discord sends beside it: a signature of another key, none, one of another body.
    right = street.key.headers(PING)
    wrong = [DiscordKey(Another(lab)).headers(PING), {}, {**right, "X-Signature-Ed25519": "00" * 64},
             street.key.headers(b'{"type":2}'), {**right, "X-Signature-Timestamp": str(int(right["X-Signature-Timestamp"]) - 1)}]
    for headers in wrong:
        reply = street.request("POST", INTERACTIONS, PING, headers)
        equal(reply.status, 401, f"of {headers}")
        equal(reply.headers["Content-Type"], "application/problem+json")
    equal(len(re.findall("was refused", street.daemon.text)), 1, "lines in the log, however many are refused")


def test_a_name_that_is_not_listed_is_told_in_the_log(lab):
    street = Street(lab)
    for _ in range(3):
        equal(street.request("POST", INTERACTIONS, PING, street.key.headers(PING), host="chat.example").status, 403)
    line = street.daemon.wait_for(r"a request to chat\.example was refused: .*").group(0)
    has(line, "hosts of [http]")
    equal(len(re.findall("was refused", street.daemon.text)), 1, "lines in the log")


def test_a_balance_is_answered_in_the_http_answer(lab):
    street = Street(lab)
    question = street.discord.command("balance", account="kimi", send=False)
    reply = street.ask(question)
    equal((reply.status, reply.json["type"], reply.json["data"]["flags"]), (200, 4, 64))
    has(reply.json["data"]["content"], "$12.34")
    equal(reply.json["data"]["allowed_mentions"], {"parse": []})
    true(reply.seconds < 1, f"took {reply.seconds:.3f} s")
    equal(question.edits + question.follow_ups, [], "nothing more is said")
    equal(street.discord.violations, [])


def test_a_slow_provider_is_deferred_and_the_answer_follows(lab):
    gate = threading.Event()
    street = Street(lab, balance=moonshot("15.00", "5.00", "10.00"), gate=gate)
    question = street.discord.command("lowtide refresh", account="kimi", send=False)
    reply = street.ask(question)
    equal((reply.status, reply.json), (200, {"type": 5, "data": {"flags": 64}}))
    true(reply.seconds < 0.5, f"took {reply.seconds:.3f} s")
    gate.set()
    has(question.answer()["content"], "$15.00")
    equal(street.discord.violations, [])


def test_account_names_are_completed(lab):
    street = Street(lab)
    question = street.discord.complete("balance", "account", "ki", send=False)
    reply = street.ask(question)
    equal((reply.status, reply.json["type"]), (200, 8))
    equal([choice["value"] for choice in reply.json["data"]["choices"]], ["kimi"])


def test_a_button_is_pressed(lab):
    street = Street(lab)
    first = street.discord.command("balance", account="kimi", send=False)
    street.ask(first)
    buttons = first.buttons
    true(buttons, "there are buttons under the answer")
    pressed = street.discord.press(next(iter(buttons.values())), send=False)
    equal(street.ask(pressed).status, 200)
    true(pressed.answer() or pressed.first, "an answer")
    equal(street.discord.violations, [])


def balance_of(street):
    reply = street.ask(street.discord.command("balance", account="cash", send=False))
    return reply.json["data"]["content"]


def test_a_replay_has_no_effect_nor_after_a_restart(lab):
    street = Street(lab)
    equal(street.scene.run("set", "cash", "10").code, 0)
    question = street.discord.command("lowtide topup", account="cash", amount="5", send=False)
    body = json.dumps(question.payload).encode()
    headers = street.key.headers(body)
    slash = street.slack.command("/lowtide", "topup cash 2", send=False)
    form_headers = slack_headers(SECRET, slash.form)

    def send_all():
        return [street.request("POST", INTERACTIONS, body, headers).status,
                street.request("POST", INTERACTIONS, body, street.key.headers(body, int(time.time()) + 60)).status,
                street.request("POST", COMMANDS, slash.form, form_headers).status]

    for _ in range(5):
        equal(send_all(), [200] * 3)
    noted = r"\$17\.00"
    eventually(lambda: re.search(noted, street.scene.run("check", "cash").out), "10 + 5 + 2, noted once each")
    street.daemon.stop()
    street.start()
    for _ in range(3):
        equal(send_all(), [200] * 3)
    time.sleep(1)
    has(street.scene.run("check", "cash").out, "$17.00")


# --- Slack


def test_slack_is_answered_in_the_http_answer(lab):
    street = Street(lab)
    reply = street.ask_slack(street.slack.command("/balance", "kimi", send=False))
    equal(reply.status, 200)
    equal(reply.json["response_type"], "ephemeral")
    has(json.dumps(reply.json, ensure_ascii=False), "$12.34")
    equal(street.slack.violations, [])


def test_slacks_answer_follows_on_its_response_url(lab):
    gate = threading.Event()
    street = Street(lab, balance=moonshot("15.00", "5.00", "10.00"), gate=gate)
    asked = street.slack.command("/lowtide", "refresh kimi", send=False)
    reply = street.ask_slack(asked)
    equal((reply.status, reply.body), (200, b""))
    true(reply.seconds < 0.5, f"took {reply.seconds:.3f} s")
    gate.set()
    has(json.dumps(asked.answer(), ensure_ascii=False), "$15.00")
    pressed = street.slack.press("mute", "mute kimi 6h", send=False)
    equal(street.ask_slack(pressed).status, 200)
    true(pressed.answer() is not None, "a word about the mute")
    equal(street.slack.violations, [])


def test_slack_may_look_at_the_certificate(lab):
    street = Street(lab)
    equal(street.request("GET", f"{COMMANDS}?ssl_check=1&token=x").status, 200)
    equal(street.request("POST", COMMANDS, b"ssl_check=1&token=x").status, 200)


# --- what is not signed


def test_flipped_bits_are_401_and_have_no_effect(lab):
    street = Street(lab)
    question = street.discord.command("lowtide mute", account="kimi", send=False)
    body = json.dumps(question.payload).encode()
    headers = street.key.headers(body)
    signature = bytes.fromhex(headers["X-Signature-Ed25519"])
    slash = street.slack.command("/lowtide", "mute kimi", send=False).form
    form_headers = slack_headers(SECRET, slash)

    def flipped(data, bit):
        return data[:bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1:]

    for bit in range(0, len(body) * 8, 61):
        equal(street.request("POST", INTERACTIONS, flipped(body, bit), headers).status, 401, f"bit {bit} of the body")
    for bit in range(0, 512, 7):
        wrong = {**headers, "X-Signature-Ed25519": flipped(signature, bit).hex()}
        equal(street.request("POST", INTERACTIONS, body, wrong).status, 401, f"bit {bit} of the signature")
    for bit in range(0, len(slash) * 8, 61):
        equal(street.request("POST", COMMANDS, flipped(slash, bit), form_headers).status, 401, f"bit {bit} of Slack's body")
    lacks(street.scene.run("status").out, "muted")
    equal(street.request("POST", INTERACTIONS, body, headers).status, 200, "unflipped")
    eventually(lambda: "muted" in street.scene.run("status").out, "unflipped, it is muted")


def test_the_platforms_own_code_agrees_about_every_signature(lab):
    street = Street(lab)
    now = int(time.time())
    cases = []

    def add(platform, signed, body, key=None):
        cases.append({"platform": platform, "key": key or (street.key.public if platform == "discord" else SECRET),
                      "timestamp": signed[0], "signature": signed[1], "body": base64.b64encode(body).decode()})

    bodies = [PING, b'{"type":1,"text":"\xc3\xa4\xf0\x9f\x98\x80"}', b'{"type":1}' + b" " * 1014]
    for body in bodies:
        good = street.key.sign(body)
        add("discord", good, body)
        add("discord", good, body + b" ")
        add("discord", (good[0], good[1].upper()), body)
        add("discord", (good[0], good[1][:-2]), body)
        add("discord", (str(int(good[0]) + 1), good[1]), body)
        add("discord", DiscordKey(Another(lab)).sign(body), body)
    for form in (b"ssl_check=0&command=", "command=/x&text=ä".encode(), b"a" * 1024):
        for off in (-302, -240, 0):  # they look at it a while after each other
            good = sign_slack(SECRET, form, now + off)
            add("slack", good, form)
            add("slack", (good[0], good[1].upper()), form)
            add("slack", (good[0], "v1" + good[1][2:]), form)
            add("slack", (good[0], good[1][:-1]), form)
            add("slack", (str(int(good[0]) + 1), good[1]), form)
            add("slack", sign_slack("another", form, now + off), form)

    def ours(case):
        names = (("X-Signature-Timestamp", "X-Signature-Ed25519") if case["platform"] == "discord" else
                 ("X-Slack-Request-Timestamp", "X-Slack-Signature"))
        path = INTERACTIONS if case["platform"] == "discord" else COMMANDS
        return street.request("POST", path, base64.b64decode(case["body"]),
                              {names[0]: case["timestamp"], names[1]: case["signature"]}).status != 401

    theirs = peers.ask("verify.cjs", cases)
    true(any(theirs) and not all(theirs), "some are right and some are wrong")
    for case, right in zip(cases, theirs):
        equal(ours(case), right, f"{case['platform']} {case['timestamp']} {case['signature']}")


def test_timestamps_that_are_stale_or_of_the_future_are_401(lab):
    street = Street(lab)
    now = int(time.time())
    form = b"command=/x&text="
    for off in (-400, -302, 360, 400, 10**9):
        equal(street.request("POST", INTERACTIONS, PING, street.key.headers(PING, now + off)).status, 401, f"Discord, {off} s")
        equal(street.request("POST", COMMANDS, form, slack_headers(SECRET, form, now + off)).status, 401, f"Slack, {off} s")
    for off in (-240, 290):
        equal(street.request("POST", INTERACTIONS, PING, street.key.headers(PING, now + off)).status, 200, f"Discord, {off} s")
    has(street.daemon.text, "its timestamp is stale, or this machine's clock is wrong")


# --- the rest


NGINX = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {server}
}}
"""


def nginx_of_the_docs(port, behind):
    """The block that contrib/docs/chat.md tells people to write, but without TLS."""
    with open(os.path.join(ROOT, "contrib", "docs", "chat.md"), encoding="utf-8") as page:
        block = re.search(r"```nginx\n(.*?)```", page.read(), re.S).group(1)
    has(block, "listen 443 ssl;")
    return block.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace(
        "bot.example.com", "bot.example").replace("127.0.0.1:8787", f"127.0.0.1:{behind}")


def test_nginx_in_front_changes_nothing(lab):
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not nginx:
        raise Skip("no nginx: make test-deps")
    street = Street(lab)
    port = free_port()
    folder = lab.path("nginx")
    os.makedirs(folder)
    conf = lab.write("nginx/nginx.conf", NGINX.format(user="user root; " if os.getuid() == 0 else "", folder=folder, server=nginx_of_the_docs(port, street.port)))
    proxy = subprocess.Popen([nginx, "-c", conf, "-e", f"{folder}/start.log"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lab.closers.append(lambda: (proxy.terminate(), proxy.wait(10)))

    def answers():
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close() or True
        except OSError:
            return False

    eventually(answers, "nginx listens")
    behind, street.port = street.port, port
    body = b'{"type":1,"text":"' + b"x" * 100000 + b'"}'
    equal(street.request("POST", INTERACTIONS, body, street.key.headers(body), host="bot.example").status, 200)
    equal(street.request("POST", INTERACTIONS, body, DiscordKey(Another(lab)).headers(body), host="bot.example").status, 401)
    equal(street.ask(street.discord.command("balance", account="kimi", send=False), host="bot.example").json["type"], 4)
    equal(street.ask_slack(street.slack.command("/balance", "kimi", send=False), host="bot.example").status, 200)
    street.port = behind


def test_no_secret_is_shown(lab):
    street = Street(lab)
    street.ask(street.discord.command("balance", account="kimi", send=False))
    street.request("POST", COMMANDS, b"command=/x", slack_headers("wrong", b"command=/x"))
    street.daemon.stop()
    lacks(street.daemon.text, SECRET)
    lacks(street.daemon.text, "planted-interaction")
    for name, data in lab.state_bytes().items():
        true(name.startswith("discord.") or SECRET.encode() not in data, f"{name} holds the signing secret")
        true(b"planted-interaction" not in data, f"{name} holds an interaction's token")


if __name__ == "__main__":
    main(at_once=8)
