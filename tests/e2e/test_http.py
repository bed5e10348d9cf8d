#!/usr/bin/env -S python3 -B
"""The one HTTP server: where it listens, who is refused, and what a reload does to those who call."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading

from discord_gateway import Discord
from fakes import free_port, moonshot
from lab import PROGRAM
from signing import DiscordKey, slack_headers
from street import CASH, COMMANDS, INTERACTIONS, PING, SECRET, Street
from tap import equal, eventually, has, lacks, main, true


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
        return False
    except ConnectionRefusedError:
        return True


def test_what_is_not_ours_is_refused_as_a_problem(lab):
    street = Street(lab)
    for method, path, host, status in (("GET", "/", None, 404), ("POST", "/api/balances/refresh", None, 404),
                                       ("GET", INTERACTIONS, None, 405), ("PUT", COMMANDS, None, 405),
                                       ("GET", "/healthz", "evil.example", 403), ("POST", INTERACTIONS, "evil.example", 403)):
        reply = street.request(method, path, host=host)
        equal((reply.status, reply.json["status"]), (status, status), f"{method} {path} {host}")
        equal(reply.headers["Content-Type"], "application/problem+json")
    reply = street.request("PUT", COMMANDS)
    equal((reply.headers["Allow"], reply.json["detail"]), ("POST", "this is asked by POST"))
    for host in ("bot.example", "BOT.example:443", "localhost:1", "[::1]", "127.0.0.1:8787"):
        equal(street.request("GET", "/healthz", host=host).body, b"ok\n", host)


def test_a_place_to_listen_is_enough_for_the_health(lab):
    lab.config(f"{CASH}[http]\nlisten = 127.0.0.1:{free_port()}\n", "schedule = 0 0 29 2 *")
    daemon = lab.daemon("run", "--config", "config.ini")
    port = int(daemon.wait_for(r"listening on \S+ port=(\d+)").group(1))

    def ask(method, path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    equal(ask("GET", "/healthz"), (200, b"ok\n"))
    equal(ask("HEAD", "/healthz"), (200, b""))
    equal(ask("POST", INTERACTIONS)[0], 404)
    equal(ask("POST", COMMANDS)[0], 404)
    lab.config(CASH)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reloaded accounts")
    true(is_refused(port), "without a place there is no server")
    equal(daemon.stop()[0], 0)


def test_a_unix_socket_serves_too(lab):
    street = Street(lab, listen=lab.path("http.sock"))
    equal(os.stat(lab.path("http.sock")).st_mode & 0o777, 0o600)
    equal(street.ping(), 200)
    street.daemon.kill()
    street.start()
    equal(street.request("GET", "/healthz").status, 200, "in place of the dead one's")
    street.daemon.stop()
    true(not os.path.exists(lab.path("http.sock")), "the socket goes with the daemon")


def test_a_service_managers_socket_is_served_over_a_reload_too(lab):
    street = Street(lab)
    street.daemon.stop()
    managers = socket.create_server(("127.0.0.1", 0))
    street.port = managers.getsockname()[1]
    log = lab.path("managed.log")
    with open(log, "wb") as file:
        process = subprocess.Popen(["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" run --config config.ini', PROGRAM],
                                   env=lab.env, cwd=lab.home, stdout=subprocess.DEVNULL, stderr=file, close_fds=False,
                                   preexec_fn=lambda: os.dup2(managers.fileno(), 3))
    lab.closers.append(lambda: (process.kill(), process.wait(10)))
    equal(street.ping(), 200, "asked before it was up, answered when it was")
    lab.write("config.ini", street.config.replace("127.0.0.1:0", "127.0.0.1:1"))
    process.send_signal(signal.SIGHUP)
    eventually(lambda: "reloaded accounts" in lab.read("managed.log"), "the reload")
    equal(street.ping(), 200, "what listen says does not matter")
    process.terminate()
    equal(process.wait(60), 0)
    managers.close()


# --- reloads


def test_a_reload_shuts_and_opens_routes_without_a_pause(lab):
    street = Street(lab)
    street.reload(street.config.replace("commands = http\nallow_users = 11", "commands = off\nallow_users = 11"))
    equal((street.ping(), street.slash()), (404, 200), "Discord's is shut")
    street.reload(street.config)
    equal(street.ping(), 200, "and open again")
    equal(len(re.findall("listening on", street.daemon.text)), 1, "listened once")


def test_nobody_is_turned_away_while_the_same_place_is_reloaded(lab):
    street = Street(lab)
    headers, seen, over = street.key.headers(PING), [], threading.Event()

    def call():
        while not over.is_set():
            try:
                seen.append(street.request("POST", INTERACTIONS, PING, headers).status)
            except OSError as error:
                seen.append(repr(error))

    callers = [threading.Thread(target=call) for _ in range(3)]
    for caller in callers:
        caller.start()
    for turn in range(8):
        street.reload(street.config.replace("hosts = bot.example", f"hosts = bot.example, turn{turn}.example"))
        equal(street.ping(host=f"turn{turn}.example"), 200)
    over.set()
    for caller in callers:
        caller.join()
    equal(set(seen), {200})
    true(len(seen) > 20, f"only {len(seen)} calls")


def test_a_place_that_cannot_be_had_leaves_the_old_one(lab):
    street = Street(lab)
    port = street.port
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        street.reload(street.config.replace("listen = 127.0.0.1:0", f"listen = {taken}").replace("bot.example", "new.example"))
        line = street.daemon.wait_for(r"door: (.*)").group(1)
        equal(line, f"HTTP stays at 127.0.0.1:0: {taken} cannot be listened on: Address already in use; another program has it: "
                    "stop that, or set another listen in [http]")
        equal((street.ping(), street.slash(), street.ping(host="new.example")), (200, 200, 200), "with the rest of the new config")
        for wrong in ("192.0.2.1:80", lab.path("no", "such", "http.sock"), "999.0.0.1:80"):
            street.reload(street.config.replace("listen = 127.0.0.1:0", f"listen = {wrong}"))
            equal(street.ping(), 200, wrong)
    street.move(f"127.0.0.1:{free_port()}")
    equal(street.ping(), 200)
    true(is_refused(port), "the old place is left")


def test_a_broken_key_shuts_no_route(lab):
    street = Street(lab)
    for wrong in ("01" + "00" * 31, "ab", "x" * 64):
        street.reload(street.config.replace(street.key.public, wrong))
        equal((street.ping(), street.slash()), (200, 200), "the old config stays")
    has(street.daemon.text, "the old config stays: ")
    has(street.daemon.text, "public_key: not a public key")
    street.reload(street.config.replace("${SLACK_SIGNING_SECRET}", "${NO_SUCH_SECRET}"))
    equal((street.ping(), street.slash()), (200, 404), "a secret that is missing shuts Slack's alone")
    street.reload(street.config)
    equal((street.ping(), street.slash()), (200, 200))


def test_another_key_counts_from_the_reload_on(lab):
    street = Street(lab)
    os.makedirs(lab.path("another"))
    another = DiscordKey(type("Folder", (), {"path": staticmethod(lambda name: lab.path("another", name))}))
    street.reload(street.config.replace(street.key.public, another.public))
    equal(street.ping(), 401, "the old key")
    equal(street.request("POST", INTERACTIONS, PING, another.headers(PING)).status, 200, "the new one")


def test_the_path_of_a_unix_socket_changes(lab):
    street = Street(lab, listen=lab.path("first.sock"))
    made = os.stat(lab.path("first.sock"))
    street.reload(street.config)
    equal(os.stat(lab.path("first.sock")).st_ino, made.st_ino, "the same one stays")
    street.move(lab.path("second.sock"))
    equal(street.ping(), 200)
    equal(os.stat(lab.path("second.sock")).st_mode & 0o777, 0o600)
    true(not os.path.exists(lab.path("first.sock")), "the old one is gone")
    os.unlink(lab.path("second.sock"))
    street.reload(lab.read("config.ini"))
    equal(street.ping(), 200, "one that somebody has taken away is made anew")
    street.move("127.0.0.1:0")
    equal(street.ping(), 200)
    true(not os.path.exists(lab.path("second.sock")), "and gone again")


def test_what_is_under_way_is_answered_after_the_move(lab):
    gate = threading.Event()
    street = Street(lab, listen=f"127.0.0.1:{free_port()}", balance=moonshot("15.00", "5.00", "10.00"), gate=gate)
    question = street.discord.command("lowtide refresh", account="kimi", send=False)
    equal(street.ask(question).json["type"], 5)
    slash = street.slack.command("/balance", "kimi", send=False).form
    head = "".join(f"{name}: {value}\r\n" for name, value in slack_headers(SECRET, slash).items())
    half = socket.create_connection(("127.0.0.1", street.port), 60)
    half.sendall(f"POST {COMMANDS} HTTP/1.1\r\nHost: localhost\r\n{head}Content-Length: {len(slash)}\r\n\r\n".encode() + slash[:9])
    idle = http.client.HTTPConnection("127.0.0.1", street.port, timeout=60)
    idle.request("GET", "/healthz")
    equal(idle.getresponse().read(), b"ok\n")
    old = street.port
    street.move(f"127.0.0.1:{free_port()}")
    true(is_refused(old), "the old place is left")
    half.sendall(slash[9:])
    answer = half.recv(65536)
    true(answer.startswith(b"HTTP/1.1 200 OK\r\n"), f"half before, half after: {answer!r}")
    idle.request("GET", "/healthz")
    equal(idle.getresponse().read(), b"ok\n", "a connection that was open stays so")
    gate.set()
    has(question.answer()["content"], "$15.00", "what was asked before")
    half.close()
    idle.close()


def test_a_place_that_overlaps_with_the_old_one_and_one_that_was_shut(lab):
    place = f"127.0.0.1:{free_port()}"
    gate = threading.Event()
    street = Street(lab, listen=place, balance=moonshot("15.00", "5.00", "10.00"), gate=gate)
    question = street.discord.command("lowtide refresh", account="kimi", send=False)
    equal(street.ask(question).json["type"], 5)
    asked = street.slack.command("/lowtide", "refresh kimi", send=False)
    equal(street.ask_slack(asked).status, 200)
    off = street.config.replace(f"listen = {place}\n", "").replace("commands = http", "commands = off")
    for changed in (off, street.config.replace(place, place.replace("127.0.0.1", "0.0.0.0"))):
        for text in (changed, street.config):
            street.reload(text)
            lacks(street.daemon.text, "cannot be listened on")
        equal(street.ping(), 200)
    gate.set()
    has(question.answer()["content"], "$15.00", "what was asked before")
    has(json.dumps(asked.answer(), ensure_ascii=False), "$15.00", "also on Slack")


# --- the end


def test_sigterm_ends_in_time_while_a_question_is_under_way(lab):
    street = Street(lab, balance=moonshot(), delay=40)
    question = street.discord.command("lowtide refresh", account="kimi", send=False)
    equal(street.ask(question).json["type"], 5)
    idle = socket.create_connection(("127.0.0.1", street.port))
    idle.sendall(b"POST /discord/interactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
    code, seconds = street.daemon.stop()
    idle.close()
    equal(code, 0)
    true(seconds < 10, f"took {seconds:.1f} s")


def test_who_is_there_at_the_end_is_told_so_and_nobody_else_gets_in(lab):
    street = Street(lab, balance=moonshot(), delay=40)
    question = street.discord.command("lowtide refresh", account="kimi", send=False)
    equal(street.ask(question).json["type"], 5)
    there = http.client.HTTPConnection("127.0.0.1", street.port, timeout=60)
    there.request("GET", "/healthz")
    equal(there.getresponse().read(), b"ok\n")
    street.daemon.signal(signal.SIGTERM)
    street.daemon.wait_for("stopping: finishing")
    eventually(lambda: is_refused(street.port), "no more connections")
    body = b'{"id":"77","type":2,"token":"t","data":{"name":"balance"}}'
    there.request("POST", INTERACTIONS, body, street.key.headers(body))
    equal(there.getresponse().status, 503)
    there.close()
    equal(street.daemon.ended(), 0)


def test_a_port_that_is_taken_and_a_weak_key_stop_the_start(lab):
    street = Street(lab)
    config = street.config.replace("127.0.0.1:0", f"127.0.0.1:{street.port}").replace(lab.state, lab.path("other"))
    lab.write("second.ini", config)
    second = lab.run("run", "--config", "second.ini")
    equal(second.code, 1)
    has(second.err, "Address already in use")
    lab.write("third.ini", street.config.replace(street.key.public, "01" + "00" * 31).replace(lab.state, lab.path("other")))
    third = lab.run("run", "--config", "third.ini")
    equal(third.code, 1)
    has(third.err, "public_key: not a public key")


def test_a_port_that_is_taken_stops_a_start_that_has_opened_other_doors(lab):
    """Under the sanitizers: what the doors that are open have asked of the writer outlives them."""
    discord = Discord(lab)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        lab.env.update(DISCORD_BOT_TOKEN=Discord.TOKEN, SLACK_SIGNING_SECRET=SECRET)
        slack = "[slack]\ncommands = http\nsigning_secret = ${SLACK_SIGNING_SECRET}\n"
        lab.config(f"{CASH}{discord.settings()}{slack}[http]\nlisten = 127.0.0.1:{other.getsockname()[1]}\n")
        result = lab.run("run", "--config", "config.ini")
    equal(result.code, 1)
    has(result.err, "Address already in use")
    lacks(result.err, "Sanitizer")


if __name__ == "__main__":
    main(at_once=8)
