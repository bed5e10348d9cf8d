#!/usr/bin/env -S python3 -B
"""Planted keys are found in no output, log, message, database file and child."""
import base64
import json
import re
import urllib.parse

from fakes import Answer, DiscordBot, Postgres, Receiver, SlackBot, SmtpServer, VendorServer, moonshot
from discord_gateway import Discord, Plan
from scenes import KIMI_KEY, Kimi
from slack_socket import Slack
from tap import equal, eventually, has, lacks, main, true

PLANTED = {"the vendor's key": KIMI_KEY, "the database's password": Postgres.PASSWORD,
           "the webhook's token": "planted-webhook-token", "another account's key": "sk-or-v1-planted+openrouter/key==",
           "the Discord bot's token": DiscordBot.TOKEN, "the Slack bot's token": SlackBot.TOKEN,
           "the Slack app's token": Slack.APP_TOKEN,
           "the webhook's secret": Receiver.SECRET, "the mail server's password": SmtpServer.PASSWORD}


def forms(secret):
    plain = secret.encode()
    whole = base64.b64encode(plain).rstrip(b"=")
    return {plain, urllib.parse.quote(secret, safe="").encode(), whole[:len(whole) // 4 * 4 - 4]}


def find(places):
    """Where a planted secret stands: [(place, which)]."""
    return [(place, name) for place, content in places.items() for name, secret in PLANTED.items()
            for form in forms(secret) if form in (content if isinstance(content, bytes) else content.encode())]


def scene_with_everything(lab):
    """Each vendor echoes what it was sent, in failures too; the log is as talkative as it gets."""
    lab.env["OPENROUTER_API_KEY"] = PLANTED["another account's key"]
    scene = Kimi(lab, lowtide="schedule = 0 0 1 1 *\nlog_level = debug\ndeadline = 5s")
    database = ("[account claude]\nprovider = postgres\nhost = 127.0.0.1\nport = 1\npassword = ${SUPABASE_DB_PASSWORD}\n"
                "query = SELECT 1\n")
    other = (f"[account other]\nprovider = openrouter\nkey = ${{OPENROUTER_API_KEY}}\nbase_url = {scene.vendor.url}\n"
             f"[account third]\nprovider = moonshot\nkey = ${{MOONSHOT_API_KEY}}\nbase_url = {scene.vendor.url}/echo\n")
    scene.configure(text=database + other)
    scene.vendor.answers["/echo" + VendorServer.PATH] = echo
    scene.vendor.default = echo
    return scene


def written(lab):
    """All files but the config, where the test itself put the webhook's address."""
    return {name: content for name, content in lab.state_bytes().items() if name != "config.ini"}


def echo(request):
    sent = request.header("authorization")
    return Answer(401, {"error": {"message": f"bad key {sent}", "type": sent}, "message": sent})


def test_no_command_tells_a_secret(lab):
    scene = scene_with_everything(lab)
    said = {}
    for args in (("check",), ("check", "--raw"), ("check", "--json"), ("check", "third"), ("update",), ("update", "--json"),
                 ("status",), ("status", "--json"), ("history",), ("doctor",), ("providers",), ("test", "peter-chat")):
        done = scene.run(*args)
        said[" ".join(args)] = done.out + done.err
    scene.hooks.default = Answer(404, {"message": "Unknown Webhook planted-webhook-token", "code": 10015})
    for args in (("update",), ("status",), ("doctor",), ("test", "peter-chat")):
        done = scene.run(*args)
        said["refused " + " ".join(args)] = done.out + done.err
    true(any(request.header("authorization") == f"Bearer {KIMI_KEY}" for request in scene.vendor.requests), "the key was sent")
    equal(find(said), [], "secrets in what commands say")
    equal(find({f"message {i}": post.body for i, post in enumerate(scene.hooks.posts)}), [], "secrets in messages")
    equal(find(written(lab)), [], "secrets in files")


def test_the_daemon_tells_no_secret(lab):
    tell_no_secret(lab, "text")


def test_the_daemon_tells_no_secret_in_json_either(lab):
    lines = tell_no_secret(lab, "json").splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    true(len(events) > 5, "events")
    for event in events:
        equal(list(event)[:4], ["time", "level", "room", "message"])
    equal([line for line in lines if re.match(r"\d{4}-\d\d-\d\dT", line)], [], "lines of text")


def tell_no_secret(lab, lines):
    scene = scene_with_everything(lab)
    talkative = scene.parts["lowtide"] + f"\nlog_lines = {lines}"
    scene.configure(lowtide=talkative)
    daemon = scene.daemon()
    eventually(lambda: scene.hooks.contents, "the first post")
    scene.configure(lowtide="titel = x")
    import signal
    daemon.signal(signal.SIGHUP)
    daemon.wait_for(r"titel")
    during = written(lab)
    daemon.stop()
    has(daemon.text, "kimi asks GET 127.0.0.1:")
    has(daemon.text, "a channel asks POST 127.0.0.1:")
    equal(find({"the daemon": daemon.text}), [])
    equal(find(during), [], "secrets in files while it runs")
    equal(find(written(lab)), [], "secrets in files afterwards")
    return daemon.text


def channels_that_echo(lab):
    """A channel of each type whose peer answers with the secret that it was sent, in a refusal."""
    discord, slack, receiver = DiscordBot(lab), SlackBot(lab), Receiver(lab)
    mail = SmtpServer(lab, user="lowtide", login_in_the_open=True)
    lab.env.update({"DISCORD_BOT_TOKEN": discord.TOKEN, "SLACK_BOT_TOKEN": slack.TOKEN, "HOOK_SECRET": receiver.SECRET,
                    "SMTP_PASSWORD": mail.PASSWORD})
    discord.default = lambda request: Answer(400, {"message": f"no {request.header('authorization')}", "code": 50035})
    slack.default = lambda request: Answer(200, {"ok": False, "error": request.header("authorization")})
    receiver.default = Answer(400, f"wrong secret {receiver.SECRET}")
    mail.replies["AUTH"] = f"535 not {mail.PASSWORD}"
    path = lab.write("told", f"#!/bin/sh\ncat\necho; echo key {KIMI_KEY}\nexit 3\n", 0o700)
    return (discord.channel() + slack.channel() + receiver.channel() + mail.channel()
            + f"[channel mine]\ntype = exec\ncommand = {path}\n"), [discord, slack, receiver]


def test_no_channel_tells_a_secret(lab):
    text, servers = channels_that_echo(lab)
    scene = Kimi(lab, lowtide="schedule = 0 0 1 1 *\nlog_level = debug", text=text)
    said = {}
    for args in (("update",), ("status",), ("status", "--json"), ("doctor",), *(("test", name) for name in
                 ("bots", "slackers", "hook", "mail", "mine"))):
        done = scene.run(*args)
        said[" ".join(args)] = done.out + done.err
    equal(find(said), [], "secrets in what commands say")
    has(said["status"], "exit status 3: key ****", "what the program printed")
    has(said["status"], "***: check user and password", "what the mail server said")
    files = {name: content for name, content in written(lab).items() if name != "told"}
    equal(find(files), [], "secrets in files")
    bodies = {f"{server.port}/{i}": post.body for server in servers for i, post in enumerate(server.requests)}
    true(len(bodies) >= 6, "all were asked")
    equal(find(bodies), [], "secrets in messages")


def echo_all(request):
    """What the peer was sent, where the program may be tempted to repeat it."""
    sent = f"{request.path} {request.header('authorization')}"
    return Answer(400, {"ok": False, "error": sent, "code": 50035, "message": sent})


SHORT_LIVED = ["planted-interaction", "planted-response", "ticket-", "/upload/v1/"]


def find_short_lived(places):
    return [(place, text) for place, content in places.items() for text in SHORT_LIVED
            if text.encode() in (content if isinstance(content, bytes) else content.encode())]


def test_no_door_tells_a_secret(lab):
    """The platforms refuse, and echo, whatever they are sent; an interaction's token and a response_url are keys, too."""
    discord, slack = Discord(lab), Slack(lab)
    lab.env.update(DISCORD_BOT_TOKEN=discord.TOKEN, SLACK_BOT_TOKEN=slack.TOKEN, SLACK_APP_TOKEN=slack.APP_TOKEN)
    scene = Kimi(lab, lowtide="schedule = 0 0 1 1 *\nlog_level = debug",
                 text=discord.settings(f"allow_users = {discord.MEMBER}") + slack.settings(f"allow_users = {slack.MEMBER}"))
    discord.fail_next("gateway/bot", echo_all)
    slack.fail_next("apps.connections.open", echo_all)
    daemon = scene.daemon()
    discord.wait_ready()
    slack.wait_ready()
    discord.fail_next("/callback", echo_all)
    discord.fail_next("@original", echo_all)
    slack.fail_next("files.getUpload", echo_all)
    slack.fail_next("/actions/", echo_all)
    for words in ("balance", "lowtide history", "lowtide mute", "lowtide refresh"):
        discord.command(words, account="kimi")
    for text in ("history kimi 7d", "mute kimi", "refresh kimi"):
        slack.command("/lowtide", text)
    eventually(lambda: not discord.faults and not slack.faults, "all faults")
    discord.plans = [Plan(upgrade=403)]
    discord.live.finish(4000)
    slack.live[0].disconnect("refresh_requested")
    discord.wait_ready(2)
    slack.wait_ready(2)
    true(discord.command("balance", account="kimi").answer(), "an answer")
    during = written(lab)
    daemon.kill()
    broken = written(lab)
    again = scene.daemon()
    discord.wait_ready(3)
    again.stop()
    found = {"the daemon": daemon.text, "the next one": again.text, **during}
    found.update({f"{name}, killed": content for name, content in broken.items()})
    found.update({f"{name}, at the end": content for name, content in written(lab).items()})
    found["doctor"] = str(scene.run("doctor"))
    has(daemon.text, "key=discord:")
    equal(find(found) + find_short_lived(found), [])


def test_a_literal_key_is_not_told_by_a_broken_config(lab):
    for text in (f"[account a]\nprovider = moonshot\nkey = {KIMI_KEY}\nkye = {KIMI_KEY}\n", f"[account a]\nkey = {KIMI_KEY}\n",
                 f"[account a]\nprovider = moonshot\nkey = {KIMI_KEY}${{\n"):
        lab.write("config.ini", text)
        done = lab.run("check", "--config", "config.ini")
        equal(done.code, 1)
        lacks(done.out + done.err, KIMI_KEY)


def test_a_child_gets_path_home_lang_and_tz_only(lab):
    scene = Kimi(lab, text="[account mine]\nprovider = command\ncommand = ./mine one 'two three'\n")
    lab.write("mine", '#!/bin/sh\nenv >"$HOME/seen"\necho "$#" >>"$HOME/seen"\nls -l /proc/$$/fd >"$HOME/fds"\necho 12.34\n', 0o700)
    config = lab.read("config.ini").replace("./mine", lab.path("mine"))
    lab.write("config.ini", config)
    done = scene.run("check", env={"TZ": "UTC", "SECRET_OF_MINE": "x"})
    has(done.out, "$12.34")
    seen = lab.read("seen")
    names = set(re.findall(r"^([A-Za-z_]+)=", seen, re.M)) - {"PWD", "SHLVL", "_", "OLDPWD"}
    equal(names - {"PATH", "HOME", "LANG", "TZ"}, set(), "the child's variables")
    equal(find({"the child's environment": seen}), [])
    equal(seen.strip().splitlines()[-1], "2", "arguments")
    lacks(lab.read("fds"), "lowtide.db", "the child's open files")


def test_a_key_with_a_line_break_is_not_sent(lab):
    scene = Kimi(lab)
    done = scene.run("check", env={"MOONSHOT_API_KEY": "sk-planted\r\nX-Evil: 1"})
    true(all("x-evil" not in request.headers for request in scene.vendor.requests), "a header was smuggled in")
    equal(done.code, 1)
    _ = moonshot


PERSONAL = ["ops-planted@example.org", "4242-planted", "Planted Person"]


def test_what_a_vendor_knows_of_a_person_stays_with_the_vendor(lab):
    """SerpApi takes the key in its address and sends it back, beside what is nobody's business."""
    key = "serp-planted-key-0123456789"
    scene = Kimi(lab, lowtide="schedule = 0 0 1 1 *\nlog_level = debug")
    body = {"api_key": key, "account_email": PERSONAL[0], "card": {"last4": PERSONAL[1], "name": PERSONAL[2]},
            "total_searches_left": 3991, "this_month_usage": 1129, "searches_per_month": 5000}
    scene.vendor.answer("/account.json", 200, body)
    scene.configure(text=f"[account serp]\nprovider = serpapi\nkey = {key}\nbase_url = {scene.vendor.url}\n")
    said = {}
    for status in (200, 401, 500):
        scene.vendor.answer("/account.json", status, body if status != 500 else {**body, "total_searches_left": PERSONAL[2]})
        for command in ("check", "update", "status", "history", "doctor"):
            done = scene.run(command)
            said[f"{command} at {status}"] = done.out + done.err
    daemon = scene.daemon()
    eventually(lambda: len(scene.vendor.requests) > 8, "the daemon's round")
    daemon.stop()
    said["the daemon"] = daemon.text
    said.update({name: content.decode("utf-8", "replace") for name, content in written(lab).items()})
    said.update({f"message {i}": post.body.decode() for i, post in enumerate(scene.hooks.posts)})
    true(any(f"api_key={key}" in request.path for request in scene.vendor.requests), "the key was sent")
    has(said["check at 200"], "3,991")
    equal([(place, what) for place, text in said.items() for what in [key, *PERSONAL] if what in text], [])


if __name__ == "__main__":
    main(at_once=8)
