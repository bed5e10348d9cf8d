"""The server's side of RFC 6455 by hand, so that every byte can be wrong: frames as they should be, and every way in which
they should not. A `Socket` takes over a connection of fakes.HttpServer; what the other side does wrong is kept in
`violations`."""
import base64
import hashlib
import select
import socket
import ssl
import struct
import threading
import time

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Gone(OSError):
    """The connection is no more."""


def accept_key(key):
    return base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest()).decode()


def frame(opcode, payload=b"", fin=True, reserved=0, mask=None, length=None):
    """One frame's bytes. length: what the header claims, whatever the payload has."""
    payload = payload.encode() if isinstance(payload, str) else payload
    length = len(payload) if length is None else length
    masked = 0x80 if mask else 0
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    if length < 126:
        head += bytes([masked | length])
    elif length < 65536:
        head += bytes([masked | 126]) + struct.pack("!H", length)
    else:
        head += bytes([masked | 127]) + struct.pack("!Q", length)
    if mask:
        head += mask
        payload = unmask(payload, mask)
    return head + payload


def unmask(payload, mask):
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def close_payload(code, reason=""):
    return b"" if code is None else struct.pack("!H", code) + reason.encode()


def wrong_upgrade(request):
    """What is wrong with a client's upgrade request, or ""."""
    if request.method != "GET":
        return "not a GET"
    if request.header("upgrade").lower() != "websocket" or "upgrade" not in request.header("connection").lower():
        return "no upgrade"
    if request.header("sec-websocket-version") != "13":
        return "not version 13"
    try:
        if len(base64.b64decode(request.header("sec-websocket-key"), validate=True)) != 16:
            return "a key that is not 16 bytes"
    except ValueError:
        return "a key that is not base64"
    return "" if request.header("host") else "no Host"


def upgrade_answer(request, extra=""):
    return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(request.header('sec-websocket-key'))}\r\n{extra}\r\n").encode()


class Socket:
    """One connection after (or during) its upgrade. Any thread may send; one thread reads. Settings that may be changed at
    any time: answers_pings, finishes_close (whether the other side's close frame is answered), reads (whether anything is
    read at all)."""

    def __init__(self, connection, request, pending=b""):
        self.connection, self.request, self.pending = connection, request, pending
        self.answers_pings = self.finishes_close = self.reads = True
        self.opened_at = time.time()
        self.closed_at = None
        self.close_code = self.close_reason = None  # of the other side's close frame; code None: it had none
        self.close_sent, self.close_seen = False, threading.Event()
        self.reader = None
        self.gone = threading.Event()
        self.violations = []
        self.frames = []  # (time, opcode, payload) as they came
        self.lock = threading.RLock()
        self.writing = threading.RLock()  # what one thread sends as a whole comes as a whole
        self.wake, self.waker = socket.socketpair()
        self.resets = False
        connection.setblocking(False)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            pass

    # --- sending

    def raw(self, data):
        """These bytes, whatever they are."""
        with self.writing:
            self._raw(data)

    def _raw(self, data):
        view = memoryview(data)
        while view:
            wants_read = False
            with self.lock:
                self._check()
                try:
                    view = view[self.connection.send(view[:65536]):]
                    continue
                except ssl.SSLWantReadError:
                    wants_read = True
                except (BlockingIOError, ssl.SSLWantWriteError):
                    pass
                except OSError as error:
                    self._end()
                    raise Gone("the connection is gone") from error
            self._wait(not wants_read, 0.05)

    def frame(self, opcode, payload=b"", **keys):
        self.raw(frame(opcode, payload, **keys))

    def text(self, text):
        self.frame(TEXT, text)

    def ping(self, payload=b""):
        self.frame(PING, payload)

    def fragments(self, text, count=3, pings=True, pause=0.0):
        """The text in so many frames, at any byte, with pings between them."""
        data = text.encode() if isinstance(text, str) else text
        size = max(1, -(-len(data) // count))
        pieces = [data[at:at + size] for at in range(0, len(data), size)] or [b""]
        with self.writing:
            for number, piece in enumerate(pieces):
                self.frame(TEXT if number == 0 else CONTINUATION, piece, fin=number + 1 == len(pieces))
                if pings and number + 1 < len(pieces):
                    self.ping(b"between")
                if pause:
                    time.sleep(pause)

    def drip(self, data, pause=0.001):
        """These bytes, one at a time."""
        with self.writing:
            for at in range(len(data)):
                self.raw(data[at:at + 1])
                time.sleep(pause)

    def half_frame(self, text):
        """The head of a frame and half of what it promises."""
        data = frame(TEXT, text)
        self.raw(data[:len(data) // 2])

    def close_frame(self, code=1000, reason=""):
        """code None: an empty one."""
        self.close_sent = True
        self.frame(CLOSE, close_payload(code, reason))

    def close(self, code=1000, reason="", wait=2.0):
        """The close handshake: our frame, the other side's within `wait`, then the end."""
        try:
            self.close_frame(code, reason)
            if self.reader not in (None, threading.current_thread()):
                self.close_seen.wait(wait)
            else:
                until = time.monotonic() + wait
                while not self.close_seen.is_set():
                    _, opcode, payload = self.read_frame(until)
                    if opcode == CLOSE:
                        self._closed_by_peer(payload)
        except (Gone, TimeoutError):
            pass
        self.drop()

    # --- ending

    def reset(self):
        """RST."""
        self.resets = True
        self._end()

    def drop(self):
        """FIN without a close frame."""
        self._end()

    def _check(self):
        if self.gone.is_set():
            raise Gone("the connection is gone")

    def _end(self):
        with self.lock:
            if self.gone.is_set():
                return
            if self.resets:
                try:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                except OSError:
                    pass
            else:
                try:
                    self.connection.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
            self.closed_at = time.time()
            self.gone.set()
            # A thread inside select would keep the connection alive: it is woken before.
            self.waker.send(b"x")
            self.connection.close()

    # --- reading

    def _wait(self, for_writing, seconds):
        ours = [self.connection]
        try:
            select.select([self.wake] + ([] if for_writing else ours), ours if for_writing else [], [], seconds)
        except (OSError, ValueError):
            pass
        self._check()

    def _more(self, until):
        while True:
            self._check()
            piece = None
            if self.reads:
                with self.lock:
                    self._check()
                    try:
                        piece = self.connection.recv(262144)
                    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                        pass
                    except OSError as error:
                        self._end()
                        raise Gone("the connection was cut") from error
            if piece:
                return piece
            if piece == b"":
                self._end()
                raise Gone("the other side is gone")
            left = 0.5 if until is None else min(0.5, until - time.monotonic())
            if left <= 0:
                raise TimeoutError
            self._wait(False, left if self.reads else min(left, 0.02))

    def _need(self, count, until):
        if len(self.pending) < count:
            pieces, have = [self.pending], len(self.pending)
            try:
                while have < count:
                    pieces.append(self._more(until))
                    have += len(pieces[-1])
            finally:
                self.pending = b"".join(pieces)
        return self.pending[:count]

    def read_frame(self, until=None):
        """(fin, opcode, payload). TimeoutError leaves what came so far for the next call."""
        head = self._need(2, until)
        length, at = head[1] & 0x7F, 2
        if length == 126:
            length, at = struct.unpack("!H", self._need(4, until)[2:4])[0], 4
        elif length == 127:
            length, at = struct.unpack("!Q", self._need(10, until)[2:10])[0], 10
        masked = bool(head[1] & 0x80)
        whole = self._need(at + 4 * masked + length, until)
        self.pending = self.pending[at + 4 * masked + length:]
        payload = unmask(whole[at + 4:], whole[at:at + 4]) if masked else whole[at:]
        fin, opcode = bool(head[0] & 0x80), head[0] & 0x0F
        self._judge(fin, opcode, head[0] >> 4 & 7, masked, payload)
        self.frames.append((time.time(), opcode, payload))
        return fin, opcode, payload

    def _judge(self, fin, opcode, reserved, masked, payload):
        wrong = []
        if not masked:
            wrong.append("a client's frame without a mask")
        if reserved:
            wrong.append("reserved bits")
        if opcode not in NAMES:
            wrong.append(f"opcode {opcode}")
        if opcode >= CLOSE and (not fin or len(payload) > 125):
            wrong.append("a control frame that is long or in pieces")
        self.violations += wrong

    def read(self, seconds=None):
        """The next whole text or binary message; pings are answered, and a close frame too, as far as the settings want it.
        Raises Gone at the end and TimeoutError after so many seconds."""
        self.reader = threading.current_thread()
        until = None if seconds is None else time.monotonic() + seconds
        message, kind = b"", None
        while True:
            fin, opcode, payload = self.read_frame(until)
            if opcode == PING and self.answers_pings:
                self.frame(PONG, payload)
            elif opcode == CLOSE:
                self._closed_by_peer(payload)
            elif opcode in (TEXT, BINARY, CONTINUATION):
                if (opcode == CONTINUATION) != (kind is not None):
                    self.violations.append("a continuation of nothing, or none of a beginning")
                kind = opcode if opcode != CONTINUATION else kind
                message += payload
                if fin:
                    return self._whole(kind, message)

    def _whole(self, kind, message):
        if kind != TEXT:
            return message
        try:
            return message.decode()
        except UnicodeDecodeError:
            self.violations.append("text that is not UTF-8")
            self.close(1007)
            raise Gone("not UTF-8") from None

    def linger(self, seconds=None):
        """Keeps the connection, reading what comes, until the other side ends it."""
        until = None if seconds is None else time.monotonic() + seconds
        try:
            while True:
                self._more(until)
        except (Gone, TimeoutError):
            pass

    def _closed_by_peer(self, payload):
        if len(payload) == 1 or not wire_code(payload):
            self.violations.append(f"a close frame that holds {payload!r}")
        self.close_code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None
        self.close_reason = payload[2:].decode("utf-8", "replace")
        self.close_seen.set()
        if self.finishes_close:
            try:
                if not self.close_sent:
                    self.frame(CLOSE, payload[:2])
            except Gone:
                pass
            self.drop()
        raise Gone("closed by the other side")


def wire_code(payload):
    """Whether a close frame's payload may go over the wire (RFC 6455, 7.4)."""
    if not payload:
        return True
    code = struct.unpack("!H", payload[:2].ljust(2, b"\0"))[0]
    return code in (1000, 1001, 1002, 1003) or 1007 <= code <= 1014 or 3000 <= code <= 4999
