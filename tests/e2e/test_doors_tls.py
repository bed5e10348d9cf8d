#!/usr/bin/env -S python3 -B
"""Discord's gateway and Slack's Socket Mode over TLS, as they are in the world: REST by libcurl and the WebSocket trust the same
file, $SSL_CERT_FILE or the system's, and nothing is said to whoever cannot show who they are."""
import time

from discord_gateway import Discord
from fakes import Tls
from gateway_bot import Bot
from slack_socket import Slack
from tap import equal, has, lacks, main, true
from test_slack_socket import Team

UNKNOWN = "certificate is signed by an unknown authority; install ca-certificates, or name a file with that authority's certificate"
OTHER_NAME = "certificate is for another host name; look at the host in base_url, and whether the DNS or a proxy leads elsewhere"
UNREADABLE = "the file of trusted certificates cannot be read; look at ca_file and SSL_CERT_FILE, or install ca-certificates"


def trusted(lab):
    """Our certificate authority, which the daemon trusts."""
    tls = Tls(lab)
    lab.env["SSL_CERT_FILE"] = tls.ca
    return tls


def stranger(lab):
    return Tls(lab, "stranger").context()


def heard_nothing(fake):
    equal([f"{request.method} {request.path}" for request in fake.requests], [], "what an impostor was asked")


def discord_complains(lab, words, tls=None, **settings):
    """A bot that does not connect, says why at once, and goes on trying."""
    bot = Bot(lab, tls=tls, **settings)
    line = bot.daemon.wait_for(r"warning discord: no hold on Discord's gateway( for \d+ s)?: .*")
    has(line.group(0), words)
    equal(bot.discord.connections, [], "connections")
    time.sleep(1)
    equal(bot.daemon.text.count("no hold on"), 1, "told")
    lacks(bot.daemon.text, Discord.TOKEN, "the log")
    return bot


def slack_complains(lab, words, tls=None, **settings):
    team = Team(lab, tls=tls, ready=False, **settings)
    line = team.daemon.wait_for(r"warning slack: Socket Mode is not connected: .*")
    has(line.group(0), words)
    equal(team.slack.connections, [], "connections")
    time.sleep(1)
    equal(team.daemon.text.count("is not connected"), 1, "told")
    team.ends()
    return team


# --- Discord

def test_discord_connects_answers_and_resumes_over_tls(lab):
    bot = Bot(lab, tls=trusted(lab).context())
    bot.ready()
    question = bot.answers()
    has(question.answer()["content"], "Kimi")
    bot.breaks("RST over TLS", lambda: bot.live.reset(), resumed=True)
    bot.breaks("op 7 over TLS", lambda: bot.live.reconnect(), resumed=True)
    equal(len(bot.discord.identifies), 1)
    bot.no_violations()


def test_a_host_is_known_by_its_name(lab):
    tls = trusted(lab).context("DNS:localhost")
    bot = Bot(lab, tls=tls, HOST="localhost")
    bot.ready()
    bot.answers()
    bot.breaks("RST over TLS", lambda: bot.live.reset(), resumed=True)
    bot.no_violations()


def test_a_long_message_comes_over_tls(lab):
    bot = Bot(lab, tls=trusted(lab).context())
    bot.ready()
    bot.survives("an event of 1 MiB", lambda: bot.discord.dispatch("GUILD_CREATE", {"id": "1", "name": "x" * 1048576}))
    bot.no_violations()


def test_discord_by_an_unknown_authority_is_told_nothing(lab):
    bot = discord_complains(lab, UNKNOWN, stranger(lab))
    heard_nothing(bot.discord)
    said = lab.run("doctor", "--config", "config.ini").out
    has(said, "certificate is signed by an unknown authority")
    has(said, "SSL_CERT_FILE")


def test_discord_by_another_name_is_told_nothing(lab):
    bot = discord_complains(lab, OTHER_NAME, trusted(lab).context("DNS:elsewhere.example"))
    heard_nothing(bot.discord)


def test_a_gateway_that_cannot_show_who_it_is_is_told_nothing(lab):
    tls = trusted(lab)
    for words, context in ((UNKNOWN, stranger(lab)), (OTHER_NAME, tls.context("DNS:elsewhere.example"))):
        other = Discord(lab, context)
        bot = discord_complains(lab, words, tls.context(), gateway_host=other.gateway_url)
        true(bot.discord.requests, "Discord itself was asked")
        heard_nothing(other)
        bot.over()


def test_a_session_is_not_resumed_with_an_impostor(lab):
    tls = trusted(lab)
    other = Discord(lab, stranger(lab))
    bot = Bot(lab, tls=tls.context(), resume_host=other.gateway_url)
    bot.ready()
    bot.answers()
    bot.breaks("RST, and an impostor at resume_gateway_url", lambda: bot.live.reset(), resumed=True)
    heard_nothing(other)
    bot.no_violations(allowed=["not at resume_gateway_url"])


def test_a_file_of_certificates_that_is_not_there_is_named(lab):
    lab.env["SSL_CERT_FILE"] = lab.path("nowhere.pem")
    bot = discord_complains(lab, UNREADABLE, Tls(lab).context())
    heard_nothing(bot.discord)


# --- Slack

def test_slack_connects_answers_and_comes_back_over_tls(lab):
    team = Team(lab, tls=trusted(lab).context())
    team.is_well()
    began = time.monotonic()
    team.slack.live[0].reset()
    team.slack.wait_ready(2)
    print(f"# RST over TLS: back after {(time.monotonic() - began) * 1000:.0f} ms")
    team.is_well()
    team.slack.live[-1].disconnect("warning")
    team.slack.wait_ready(3)
    team.is_well()
    team.ends()


def test_slack_by_an_unknown_authority_is_told_nothing(lab):
    team = slack_complains(lab, UNKNOWN, stranger(lab))
    heard_nothing(team.slack)


def test_slack_by_another_name_is_told_nothing(lab):
    team = slack_complains(lab, OTHER_NAME, trusted(lab).context("DNS:elsewhere.example"))
    heard_nothing(team.slack)


def test_a_socket_that_cannot_show_who_it_is_is_told_nothing(lab):
    tls = trusted(lab)
    other = Slack(lab, stranger(lab))
    team = slack_complains(lab, UNKNOWN, tls.context(), link_host=f"wss://127.0.0.1:{other.port}")
    true(team.slack.opens, "Slack itself was asked")
    heard_nothing(other)


def test_a_socket_by_another_name_is_told_nothing(lab):
    tls = trusted(lab)
    other = Slack(lab, tls.context("DNS:elsewhere.example"))
    slack_complains(lab, OTHER_NAME, tls.context(), link_host=f"wss://127.0.0.1:{other.port}")
    heard_nothing(other)


if __name__ == "__main__":
    main(at_once=8)
