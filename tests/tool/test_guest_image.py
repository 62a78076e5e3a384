# SPDX-License-Identifier: Apache-2.0
"""scripts/guest-image, by a server that does what servers do."""

import hashlib
import http.server
import io
import os
import pathlib
import re
import subprocess
import tarfile
import threading

import pytest

ROOT = pathlib.Path(__file__).parents[2]
KERNEL = bytes(range(256)) * 4000


class Server(http.server.ThreadingHTTPServer):
    """Serves @files; @ways says how: a function of a request, once each."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.ways, self.asked = {}, [], []
        self.url = f"http://127.0.0.1:{self.server_port}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def answer(self, code, body, length=None, **headers):
        self.send_response(code)
        self.send_header("Content-Length",
                         len(body) if length is None else length)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        at = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        self.server.asked.append((self.path, int(at[1]) if at else 0))
        body = self.server.files.get(self.path)
        if body is None:
            self.answer(404, b"")
        elif self.path != "/registry.toml" and self.server.ways:
            self.server.ways.pop(0)(self, body, int(at[1]) if at else 0)
        else:
            plain(self, body, int(at[1]) if at else 0)


def plain(handler, body, at):
    if at:
        handler.answer(206, body[at:], Content_Range=(
            f"bytes {at}-{len(body) - 1}/{len(body)}"))
    else:
        handler.answer(200, body)


def breaks_off(handler, body, at):
    handler.answer(206 if at else 200, body[at:at + len(body) // 3],
                   len(body) - at, **({"Content_Range": f"bytes {at}-/*"}
                                      if at else {}))


def knows_no_ranges(handler, body, _):
    handler.answer(200, body)


def another_range(handler, body, at):
    handler.answer(206, body[at // 2:], Content_Range=f"bytes {at // 2}-9/9")


def corrupts(handler, body, _):
    handler.answer(200, body[:5] + b"?" + body[6:])


def says_less(handler, body, _):
    handler.answer(200, body[:-7])


def says_more(handler, body, at):
    handler.answer(206 if at else 200, body[at:], len(body) + 999,
                   **({"Content_Range": f"bytes {at}-/*"} if at else {}))


def goes_on(handler, body, _):
    handler.answer(200, body + b"more" * 100000)


def is_down(handler, *_):
    handler.answer(503, b"")


def is_empty(handler, *_):
    handler.answer(416, b"")


def says_nothing(handler, *_):
    handler.close_connection = True


def sent_on(where):
    return lambda handler, *_: handler.answer(302, b"", Location=where)


def tar_of(members, kind="gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{kind}") as tar:
        for member, data in members:
            if isinstance(member, str):
                member = tarfile.TarInfo(member)
            member.size = len(data or b"")
            tar.addfile(member, io.BytesIO(data or b""))
    return out.getvalue()


def entry(name, body, url, **over):
    keys = {"name": name, "version": "1.0", "arch": "aarch64",
            "sha256": hashlib.sha256(body).hexdigest(), "url": url,
            "size": len(body), **over}
    return "[[images]]\n" + "".join(
        f"{key} = {value if isinstance(value, int) else repr(value)}\n"
        for key, value in keys.items() if value is not None)


@pytest.fixture
def server():
    with Server() as it:
        threading.Thread(target=it.serve_forever, args=(0.02,),
                         daemon=True).start()
        it.files["/kernel.bin"] = KERNEL
        it.files["/registry.toml"] = entry("kernel", KERNEL,
                                           "kernel.bin").encode()
        yield it
        it.shutdown()


def guest_image(tmp_path, *words, registry=None):
    return subprocess.run(
        [ROOT / "scripts/guest-image", "--dir", tmp_path / "images",
         *(["--registry", registry] if registry else []), *words],
        text=True, capture_output=True, check=False, timeout=120,
        env={k: v for k, v in os.environ.items() if k != "CVISOR_REGISTRY"})


def fetch(tmp_path, server, name="kernel"):
    return guest_image(tmp_path, "fetch", name,
                       registry=server.url + "registry.toml")


def fetched(tmp_path):
    return (tmp_path / "images/kernel/kernel.bin").read_bytes()


@pytest.mark.parametrize("ways", [
    [], [breaks_off, breaks_off], [breaks_off, is_down, is_down],
    [breaks_off, knows_no_ranges], [breaks_off, another_range],
    [breaks_off, is_empty], [says_more], [says_less], [says_nothing],
    [sent_on("/kernel.bin")], [breaks_off, sent_on("kernel.bin")],
], ids=lambda ways: "-".join(getattr(w, "__name__", "") for w in ways) or "0")
@pytest.mark.parametrize("size", [len(KERNEL), None])
def test_comes_in_the_end(tmp_path, server, ways, size):
    """By the right bytes, or by none."""
    if size is None:
        server.files["/registry.toml"] = entry(
            "kernel", KERNEL, "kernel.bin", size=None).encode()
    server.ways = list(ways)
    done = fetch(tmp_path, server)
    if size is None and ways == [says_less]:
        # nobody said how much it is
        assert "SHA-256" in done.stderr
        done = fetch(tmp_path, server)
    assert done.returncode == 0, done.stderr
    assert fetched(tmp_path) == KERNEL
    if ways == [breaks_off, breaks_off]:
        assert [at for path, at in server.asked if path == "/kernel.bin"] == [
            0, len(KERNEL) // 3, 2 * (len(KERNEL) // 3)]


REFUSED = [
    ([corrupts], "its SHA-256 is "),
    ([goes_on], "longer than the registry's 1024000 bytes"),
    ([is_down] * 9, "503 .*, 5 times in a row"),
    ([says_nothing] * 9, ", 5 times in a row"),
    ([says_less] * 9, "the server ends early, 5 times in a row"),
    ([sent_on("/again")] + [sent_on("/kernel.bin")] * 30, "infinite loop|404"),
    ([sent_on("file:///etc/passwd")], "sent on to file:.*: refused|not allowed"),
    ([lambda handler, *_: handler.answer(403, b"")], "the server says 403"),
]


@pytest.mark.parametrize("ways,says", REFUSED, ids=[s for _, s in REFUSED])
def test_refused(tmp_path, server, ways, says):
    """One line, nothing in its place; and the next time it works."""
    server.files["/again"] = b""
    server.ways = list(ways)
    done = fetch(tmp_path, server)
    assert done.returncode == 1
    assert re.search(says, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path / "images") == [".parts"]
    server.ways = []
    assert fetch(tmp_path, server).returncode == 0
    assert fetched(tmp_path) == KERNEL
    assert not os.listdir(tmp_path / "images/.parts")


def test_resumes_what_was_broken_off_before(tmp_path, server):
    server.ways = [breaks_off] + [is_down] * 5
    assert fetch(tmp_path, server).returncode == 1
    server.ways, server.asked = [], []
    assert fetch(tmp_path, server).returncode == 0
    assert server.asked[-1] == ("/kernel.bin", len(KERNEL) // 3)
    # or, if that was of something else, from the beginning
    part = tmp_path / "images/.parts"
    guest_image(tmp_path, "rm", "kernel")
    (part / (hashlib.sha256(KERNEL).hexdigest() + ".part")).write_bytes(b"x")
    assert fetch(tmp_path, server).returncode == 0
    assert fetched(tmp_path) == KERNEL


def test_list_verify_rm(tmp_path, server):
    registry = server.url + "registry.toml"
    listed = guest_image(tmp_path, "list", registry=registry).stdout
    assert re.search(r"(?m)^kernel +1\.0 +aarch64 +1024000$", listed)
    assert fetch(tmp_path, server).returncode == 0
    assert "is there" in fetch(tmp_path, server).stdout
    listed = guest_image(tmp_path, "list", registry=registry).stdout
    assert re.search(r"(?m)^kernel .* fetched$", listed)
    assert "as it was fetched" in guest_image(tmp_path, "verify").stdout
    path = tmp_path / "images/kernel/kernel.bin"
    path.write_bytes(b"no kernel")
    done = guest_image(tmp_path, "verify", "kernel")
    assert done.returncode == 1 and "kernel.bin: was changed" in done.stdout
    path.unlink()
    assert "kernel.bin: is missing" in guest_image(tmp_path, "verify").stdout
    # what is damaged is fetched anew
    assert fetch(tmp_path, server).returncode == 0
    assert fetched(tmp_path) == KERNEL
    assert guest_image(tmp_path, "rm", "kernel").returncode == 0
    assert not (tmp_path / "images/kernel").exists()
    assert guest_image(tmp_path, "rm", "kernel").returncode == 1


def test_what_is_not_its_own(tmp_path, server):
    """Is neither replaced nor removed."""
    own = tmp_path / "images/kernel"
    own.mkdir(parents=True)
    (own / "mine").write_text("mine")
    for words in (["fetch", "kernel"], ["rm", "kernel"], ["rm", "../images"],
                  ["rm", "."]):
        done = guest_image(tmp_path, *words,
                           registry=server.url + "registry.toml")
        assert done.returncode == 1, words
    assert (own / "mine").read_text() == "mine"
    assert not server.asked[1:] or all(
        path == "/registry.toml" for path, _ in server.asked)


def link(name, to, kind=tarfile.SYMTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


def device(name):
    member = tarfile.TarInfo(name)
    member.type = tarfile.CHRTYPE
    return member


@pytest.mark.parametrize("members", [
    [("../out", b"x")], [("/tmp/cvisor-out", b"x")], [("a/../../out", b"x")],
    [(link("l", ".."), None), ("l/out", b"x")],
    [(link("l", "/etc/passwd"), None)],
    [(link("h", "../../images/x", tarfile.LNKTYPE), None)],
    [(device("d"), None)], [(".image", b"{}")]], ids=str)
def test_archives_stay_inside(tmp_path, server, members):
    body = tar_of(members)
    server.files["/k.tar.gz"] = body
    server.files["/registry.toml"] = entry("kernel", body, "k.tar.gz").encode()
    done = fetch(tmp_path, server)
    assert done.returncode == 1 and "is no file, folder or link" in done.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "images/kernel").exists()


def test_damaged_archive(tmp_path, server):
    body = tar_of([("kernel", KERNEL)])[:-2000]
    server.files["/k.tar.gz"] = body
    server.files["/registry.toml"] = entry("kernel", body, "k.tar.gz").encode()
    done = fetch(tmp_path, server)
    assert done.returncode == 1 and "cannot be unpacked" in done.stderr


BAD = [
    ("x = ", "Invalid|at line|Expected"),
    ("images = 3", "no array of tables"),
    ("images = [3]", r"images\[0\]: is no table"),
    (entry("kernel", b"", "k", sha256="ab"), r"\(kernel\): sha256 is not"),
    (entry("kernel", b"", "k", version=None), "version is missing"),
    (entry("../k", b"", "k"), r"name '\.\./k': letters, digits"),
    (entry("kernel", b"", "k", size=-1), "size is not a number"),
    (entry("kernel", b"", "file:///etc/passwd"), "url is a file here"),
]


@pytest.mark.parametrize("text,says", BAD, ids=[s for _, s in BAD])
def test_bad_registry(tmp_path, server, text, says):
    server.files["/registry.toml"] = text.encode()
    done = fetch(tmp_path, server)
    assert done.returncode == 1
    assert re.search(says, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_which_one(tmp_path):
    """Of a folder: by name, version and architecture."""
    for version in ("1.0", "2.0"):
        (tmp_path / f"k{version}").write_text(version)
    (tmp_path / "k-riscv").write_text("riscv")
    (tmp_path / "registry.toml").write_text("".join((
        entry("k", b"1.0", "k1.0"),
        entry("k", b"riscv", "k-riscv", arch="riscv64", version="3.0"),
        entry("k", b"2.0", "k2.0", version="2.0"))))

    def got(*words):
        done = guest_image(tmp_path, "fetch", *words, registry=tmp_path)
        return done.stdout.split()[:2] or done.stderr

    assert "--arch" in got("k")
    assert got("--arch", "aarch64", "k") == ["k", "2.0:"]
    assert got("k@1.0") == ["k", "1.0:"]
    assert got("--arch", "riscv64", "k") == ["k", "3.0:"]
    assert "not in the registry; there are: k" in got("none")
    assert "which registry" in guest_image(tmp_path, "fetch", "k").stderr


def test_bundle(tmp_path):
    """A guest file with its kernel and its tree: it is built as it came."""
    toml = (ROOT / "tests/vms/suite/good.toml").read_text("utf-8")
    toml = re.sub(r"image_location = .*", 'image_location = "memory"', toml)
    toml = re.sub(r"kernel_path = .*", 'kernel_path = "kernel.bin"', toml)
    body = tar_of([("guest.toml", toml.encode()), ("kernel.bin", KERNEL)], "xz")
    (tmp_path / "b.tar.xz").write_bytes(body)
    (tmp_path / "registry.toml").write_text(entry("bundle", body, "b.tar.xz"))
    done = guest_image(tmp_path, "fetch", "bundle", registry=tmp_path)
    assert done.returncode == 0, done.stderr
    guest = tmp_path / "images/bundle/guest.toml"
    assert f"its guest file: {guest}" in done.stdout
    checked = subprocess.run(
        [os.environ.get("TOML2C", ROOT / "build/host/toml2c"), "--check",
         "--root", ROOT, guest],
        text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
