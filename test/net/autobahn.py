"""The cases of the Autobahn test suite (PyPI autobahntestsuite, Apache-2.0) under Python 3 and without its framework: their source is
converted when it is loaded, and what they expect of a connection is `Connection` here."""

import asyncio
import base64
import importlib
import re
import secrets
import struct
import sys
import tarfile
import types
import warnings
from pathlib import Path

CLOSED, CONNECTING, CLOSING, OPEN = range(4)
PATIENCE = 30.0
PREFIX = "import binascii, pickle\n" \
         "_hex = lambda s: binascii.b2a_hex(s if isinstance(s, bytes) else s.encode('latin-1')).decode()\n" \
         "_unhex = lambda s: binascii.a2b_hex(s).decode('latin-1')\n"


def octets(text) -> bytes:
    """The cases are Python 2's: their texts are octets."""
    return text if isinstance(text, (bytes, bytearray)) else (text or "").encode("latin-1")


class Utf8Validator:
    """As autobahn's: (valid, ends on a code point, index, total)."""

    def __init__(self):
        self.seen = b""

    def reset(self):
        self.seen = b""

    def validate(self, more):
        self.seen += octets(more)
        try:
            self.seen.decode("utf-8")
        except UnicodeDecodeError as wrong:
            unfinished = wrong.reason == "unexpected end of data"
            return unfinished, False, len(more) if unfinished else wrong.start, len(self.seen)
        return True, True, len(more), len(self.seen)


def converted(source: str, name: str, tool) -> str:
    text = str(tool.refactor_string(source + "\n", name))
    if "/case6_" in name:
        text = re.sub(r"\.encode\((['\"])utf-?8\1\)", ".encode('utf8').decode('latin-1')", text, flags=re.IGNORECASE)
    text = text.replace("(object, Case, )", "(Case,)").replace("(object, Case)", "(Case,)")
    text = text.replace("len(self.payload) / self", "len(self.payload) // self")
    text = re.sub(r"(?m)^(\s*)from (case\w*) import", r"\1from .\2 import", text)
    text = re.sub(r"binascii\.(b2a_hex|hexlify)\(", "_hex(", text)
    text = re.sub(r"binascii\.(a2b_hex|unhexlify)\(", "_unhex(", text)
    return text if text.startswith("from __future__") else PREFIX + text


def stand_in(name: str, **members) -> None:
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made


def install_stand_ins(folder: Path) -> None:
    protocol = type("WebSocketProtocol", (), dict(STATE_CLOSED=CLOSED, STATE_CONNECTING=CONNECTING, STATE_CLOSING=CLOSING, STATE_OPEN=OPEN))
    stand_in("autobahn", version="0")
    stand_in("autobahn.websocket")
    stand_in("autobahn.websocket.protocol", WebSocketProtocol=protocol)
    stand_in("autobahn.websocket.utf8validator", Utf8Validator=Utf8Validator)
    stand_in("autobahn.websocket.xormasker", XorMaskerNull=object)
    names = ["PerMessageDeflate" + end for end in ("Offer", "OfferAccept", "Response", "ResponseAccept")]
    # Of compression, which nobody agrees to here.
    anything = {"__init__": lambda self, *a, **k: None, "requestNoContextTakeover": False, "requestMaxWindowBits": 0,
                "acceptNoContextTakeover": False, "acceptMaxWindowBits": False}
    stand_in("autobahn.websocket.compress", **{name: type(name, (), anything) for name in names})
    stand_in("zope")
    stand_in("zope.interface", implements=lambda *a: None, implementer=lambda *a: lambda c: c)
    stand_in("twisted")
    stand_in("twisted.internet", interfaces=types.SimpleNamespace(IPushProducer=None), reactor=None)
    stand_in("pkg_resources", resource_filename=lambda package, name: str(folder / package / name))


def load(package: Path, folder: Path) -> list[type]:
    """The case classes of the source package, which is unpacked and converted below `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lib2to3.refactor import RefactoringTool, get_fixers_from_package
        tool = RefactoringTool(get_fixers_from_package("lib2to3.fixes"))
    top = folder / "autobahntestsuite"
    (top / "case").mkdir(parents=True)
    (top / "testdata").mkdir()
    (top / "__init__.py").write_text("")
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            name = member.name.split("/", 1)[-1]
            if not member.isfile() or ".." in name:
                continue
            if re.fullmatch(r"autobahntestsuite/(case/\w+|caseset|util)\.py", name):
                source = archive.extractfile(member).read().decode("latin-1")
                (folder / name).write_text(converted(source, name, tool), encoding="utf-8")
            elif re.fullmatch(r"autobahntestsuite/testdata/[\w.]+", name):
                (folder / name).write_bytes(archive.extractfile(member).read())
    install_stand_ins(folder)
    sys.path.insert(0, str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("autobahntestsuite.case").Cases


def number_of(case: type) -> str:
    return re.match(r"Case(\d+(?:_\d+)*)$", case.__name__).group(1).replace("_", ".")


def masked(payload: bytes, key: bytes) -> bytes:
    size = len(payload)
    if not size:
        return b""
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")


class Connection:
    """What a case calls `p`: a client's end of a WebSocket that may also do what it must not. Names are the cases'."""

    CLOSE_STATUS_CODE_NORMAL, CLOSE_STATUS_CODE_PROTOCOL_ERROR, CLOSE_STATUS_CODE_INVALID_PAYLOAD = 1000, 1002, 1007

    def __init__(self):
        self.state = CONNECTING
        self.factory = types.SimpleNamespace(isServer=False)
        self.createWirelog = True
        self.autoFragmentSize = 0
        self.rxFrameStats, self.txFrameStats = {}, {}
        self.closedByMe = self.failedByMe = self.droppedByMe = self.wasClean = self.connectionWasOpen = False
        self.localCloseCode = self.localCloseReason = self.remoteCloseCode = self.remoteCloseReason = None
        self._perMessageCompress = self.perMessageCompressionAccept = self.trafficStats = None
        self.perMessageCompressionOffers = []
        self.sent_close = self.got_close = self.peer_dropped = False
        self.out: asyncio.Queue = asyncio.Queue()
        self.over = asyncio.Event()
        self.tasks = []

    def enableWirelog(self, _):
        pass

    def header(self, opcode: int, last: bool, reserved: int, size: int) -> bytes:
        self.key = secrets.token_bytes(4)
        first = bytes([(0x80 if last else 0) | ((reserved & 7) << 4) | opcode])
        if size < 126:
            return first + bytes([0x80 | size]) + self.key
        kind, code = ("!H", 126) if size < 65536 else ("!Q", 127)
        return first + bytes([0x80 | code]) + struct.pack(kind, size) + self.key

    def sendFrame(self, opcode, payload="", fin=True, rsv=0, mask=None, payload_len=None, chopsize=None, sync=False):
        data = octets(payload)
        if payload_len is not None:
            data = (data * (payload_len // max(1, len(data)) + 1))[:payload_len] if payload_len else b""
        self.txFrameStats[opcode] = self.txFrameStats.get(opcode, 0) + 1
        head = self.header(opcode, fin, rsv, len(data))
        self.out.put_nowait((head + masked(data, self.key), chopsize))

    def sendMessage(self, payload, isBinary=False, fragmentSize=None, sync=False, doNotCompress=False):
        data = octets(payload)
        size = fragmentSize or self.autoFragmentSize or len(data) or 1
        opcode = 2 if isBinary else 1
        for at in range(0, max(1, len(data)), size):
            self.sendFrame(opcode, data[at:at + size], fin=at + size >= len(data))
            opcode = 0

    def beginMessage(self, isBinary=False, doNotCompress=False):
        self.opcode = 2 if isBinary else 1

    def beginMessageFrame(self, size):
        self.left, self.at = size, 0
        self.out.put_nowait((self.header(self.opcode, False, 0, size), None))
        self.frame_key, self.opcode = self.key, 0

    def sendMessageFrameData(self, payload, sync=False):
        data = octets(payload)[:self.left]
        turn = self.at % 4
        self.out.put_nowait((masked(data, self.frame_key[turn:] + self.frame_key[:turn]), None))
        self.at += len(data)
        self.left -= len(data)
        return self.left

    def endMessage(self):
        self.sendFrame(0, b"", fin=True)

    def registerProducer(self, producer, _streaming):
        async def produce():
            while self.state == OPEN:
                producer.resumeProducing()
                await asyncio.sleep(0.001)
        self.tasks.append(asyncio.ensure_future(produce()))

    def unregisterProducer(self):
        pass

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        if self.state != OPEN:
            return
        self.state, self.closedByMe, self.localCloseCode, self.sent_close = CLOSING, not isReply, code, True
        self.sendFrame(8, (b"" if code is None else struct.pack("!H", code)) + octets(reasonUtf8))
        self.later(PATIENCE, self.drop)

    def sendClose(self, code=None, reason=None):
        self.sendCloseFrame(code, reason)

    def drop(self):
        self.droppedByMe = self.droppedByMe or not self.peer_dropped
        self.over.set()

    def failConnection(self, *_):
        self.failedByMe = self.droppedByMe = True
        self.over.set()

    def later(self, delay, what, *arguments):
        async def wait():
            await asyncio.sleep(delay)
            what(*arguments)
        self.tasks.append(asyncio.ensure_future(wait()))

    def unless_closed(self, delay, what):
        self.later(delay, lambda: self.state != CLOSED and what())

    # The cases give a server a second; a busy machine may need more, and what is right ends sooner anyway.
    def killAfter(self, delay):
        self.unless_closed(max(delay, PATIENCE), self.failConnection)

    def closeAfter(self, delay):
        self.unless_closed(delay, self.sendClose)

    def continueLater(self, delay, what, tag=None):
        self.unless_closed(delay, what)


async def write_all(connection: Connection, writer: asyncio.StreamWriter) -> None:
    while True:
        data, piece = await connection.out.get()
        try:
            for at in range(0, len(data), piece or len(data) or 1):
                writer.write(data[at:at + (piece or len(data))])
                await writer.drain()
        except OSError:
            pass


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bool, bytes]:
    head = await reader.readexactly(2)
    size = head[1] & 127
    if size >= 126:
        size, = struct.unpack("!H" if size == 126 else "!Q", await reader.readexactly(2 if size == 126 else 8))
    return head[0] & 15, bool(head[0] >> 7), await reader.readexactly(size)


def take_close(connection: Connection, payload: bytes) -> None:
    connection.got_close = True
    connection.remoteCloseCode = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None
    connection.remoteCloseReason = payload[2:]
    if connection.state == OPEN:
        connection.sendCloseFrame(connection.remoteCloseCode, None, True)


async def read_all(connection: Connection, case, reader: asyncio.StreamReader) -> None:
    pieces, kind = [], None
    try:
        while True:
            opcode, last, payload = await read_frame(reader)
            connection.rxFrameStats[opcode] = connection.rxFrameStats.get(opcode, 0) + 1
            if opcode == 8:
                take_close(connection, payload)
            elif connection.got_close:
                continue
            elif opcode == 9:
                if connection.state == OPEN:
                    connection.sendFrame(10, payload)
                case.onPing(payload.decode("latin-1"))
            elif opcode == 10:
                case.onPong(payload.decode("latin-1"))
            else:
                kind = opcode or kind
                pieces.append(payload)
                if last:
                    case.onMessage(b"".join(pieces).decode("latin-1"), kind == 2)
                    pieces = []
    except (asyncio.IncompleteReadError, OSError):
        connection.peer_dropped = True
        connection.wasClean = connection.sent_close and connection.got_close
        connection.over.set()


async def run(case_type: type, host: str, port: int, path: str):
    """One case; what it found is in its behavior and behaviorClose."""
    connection = Connection()
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 26)
    case = case_type(connection)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    assert b" 101 " in head.split(b"\r\n")[0], head
    connection.state, connection.connectionWasOpen = OPEN, True
    tasks = [asyncio.ensure_future(write_all(connection, writer)), asyncio.ensure_future(read_all(connection, case, reader))]
    case.onOpen()
    await connection.over.wait()
    connection.state = CLOSED
    for task in connection.tasks + tasks:
        task.cancel()
    writer.close()
    case.onConnectionLost(connection.failedByMe)
    return case


async def run_all(cases: list[type], host: str, port: int, path: str, at_once: int = 4) -> dict[str, tuple[str, str, str]]:
    turns = asyncio.Semaphore(at_once)
    found = {}

    async def one(case_type: type):
        async with turns:
            case = await run(case_type, host, port, path)
            found[number_of(case_type)] = (case.behavior, case.behaviorClose, str(case.result)[:200])

    await asyncio.gather(*(one(case) for case in cases))
    return found
