# SPDX-License-Identifier: Apache-2.0
"""trace2perfetto as its users meet it: logs in, traces, pictures, errors out."""

import pathlib
import re
import subprocess
import sys
import xml.dom.minidom

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from pftrace import by_name, read_trace, slices  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "scripts/trace2perfetto"

# Two CPUs, two VMs. VM 1 has two vCPUs; VM 7 was deleted before the dump.
BODY = """\
@trace 1 1000000000 2
@exit 5 wfx
@exit 11 mmio
@life 2 Running
@life 5 Stopped
@life 17 deleted
@life 19 vcpu-off
@vm 1 2 2 lin%20ux
@cpu 0 14 0 3e8
@m 0 - 0
@s a - 0 idle/00
@w 6 1.0 0 lin%20ux/0
@s 64 1.0 0 lin%20ux/0
@n a 1.0
@x 64 1.0 11 ffff800008123456 93800045
@i 5 1.0 33
@n 5 1.0
@x 64 1.0 5 400812fc 7e00000
@s a - 2 idle/00
@s 64 1.0 0 lin%20ux/0
@n a 1.0
@x 3c 1.0 255 1000 0
@m 64 - 1
@cpu 1 6 12 3ea
@l 0 7 2 rtos
@s 2 7.0 0 rtos/0
@l 64 7.0 19 rtos
@s 4 - 3 idle/01
@l 60 7 5 rtos
@l 6 7 17 rtos
"""


def checksum(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xffffffff
    return value


def finish(body):
    return body + f"@end {body.count(chr(10))} {checksum(body):08x}\n"


DUMP = finish(BODY)


def run(*arguments, **options):
    return subprocess.run([TOOL, *map(str, arguments)], text=True, check=False,
                          capture_output=True, **options)


def convert(tmp_path, text, *arguments):
    log = tmp_path / "console.log"
    log.write_text(text)
    out = tmp_path / "out.pftrace"
    done = run(log, "-o", out, *arguments)
    return done, out.read_bytes() if out.exists() else b""


def test_golden(tmp_path):
    done, data = convert(tmp_path, DUMP)
    assert done.returncode == 0, done.stderr
    assert "20 events, 12 older ones were overwritten" in done.stdout
    tracks, events = read_trace(data)
    assert sorted(t[0] for t in tracks.values()) == [
        "CPU 0", "CPU 1", "CPUs", "lin ux", "rtos", "vCPU 0", "vCPU 0",
        "vCPU 1"]
    times = [e["ns"] for e in events]
    assert times == sorted(times)

    linux = by_name(tracks, "lin ux")
    assert tracks[linux][2] == "lin ux"  # a process of the viewer
    cpu0, cpu1 = by_name(tracks, "CPU 0"), by_name(tracks, "CPU 1")
    assert tracks[cpu0][1] == by_name(tracks, "CPUs")
    assert slices(events, cpu0) == [(1116, 1346, "lin ux/0"),
                                    (1446, 1616, "lin ux/0")]
    assert slices(events, cpu1) == [(1004, 1108, "rtos/0")]
    vcpu = by_name(tracks, "vCPU 0", linux)
    assert slices(events, vcpu) == [
        (1126, 1226, "guest"), (1226, 1236, "mmio"), (1236, 1336, "guest"),
        (1336, 1456, "wfx"), (1346, 1446, "asleep"), (1456, 1516, "guest"),
        (1516, 1616, "exit")]
    assert slices(events, by_name(tracks, "vCPU 1", linux)) == []

    mmio = next(e for e in events if e["name"] == "mmio")
    assert mmio["args"] == {"pc": 0xffff800008123456, "syndrome": 0x93800045,
                            "cpu": 0}
    inject = next(e for e in events if e["name"] == "interrupt 33")
    assert (inject["ns"], inject["type"], inject["track"]) == (1231, "I", vcpu)

    wake = next(e for e in events if e["flow"])
    woken = next(e for e in events if e["flow_end"])
    assert wake["name"] == "wakes lin ux/0" and wake["type"] == "I"
    assert wake["flow"] == woken["flow_end"] and woken["ns"] == 1116

    # a VM whose state did not change is in it all the time
    assert slices(events, linux) == [(1000, 1616, "Running")]
    rtos = by_name(tracks, "rtos")
    assert slices(events, rtos) == [(1002, 1204, "Running"),
                                    (1204, 1210, "Stopped")]
    assert [e["name"] for e in events
            if e["track"] == rtos and e["type"] == "I"] == ["deleted"]


def test_real_log(tmp_path):
    """What else a console shows does not matter."""
    log = DUMP.replace("@i 5", "[   1.002003] I vm: rtos: stopped\n@i 5")
    log = "boot\ncvisor:$ trace dump\n" + log + "cvisor:$ @home\n"
    log = log.replace("@n", "\x1b[0m@n").replace("\n", "\r\n")
    done, data = convert(tmp_path, log)
    assert done.returncode == 0, done.stderr
    assert data == convert(tmp_path, DUMP)[1]


def test_which_dump(tmp_path):
    first = finish(BODY.replace("lin%20ux", "first"))
    _, last = convert(tmp_path, first + DUMP)
    assert b"first" not in last
    _, data = convert(tmp_path, first + DUMP, "--dump", "1")
    assert b"first" in data
    done, _ = convert(tmp_path, first + DUMP, "--dump", "3")
    assert done.returncode and "dumps 1..2" in done.stderr


def test_pause(tmp_path):
    """What came while another dump was printed is not drawn as if it were."""
    body = BODY.replace("@cpu 0 14", "@cpu 0 17").replace("@m 64 - 1\n", """\
@m 64 - 1
@m 64 - 2
@s 1 1.0 0 lin%20ux/0
@n 9 1.0
""")
    done, data = convert(tmp_path, finish(body))
    assert done.returncode == 0, done.stderr
    tracks, events = read_trace(data)
    spans = slices(events, by_name(tracks, "CPU 0"))
    assert spans[1:] == [(1446, 1616, "lin ux/0"), (1717, 1726, "lin ux/0")]


@pytest.mark.parametrize("state,name", [
    (0, "waits for a CPU"), (2, "asleep"), (4, "out of budget")])
def test_off_its_cpu(tmp_path, state, name):
    """Why a vCPU does not run."""
    _, data = convert(tmp_path, finish(
        BODY.replace("@s a - 2 idle", f"@s a - {state} idle")))
    tracks, events = read_trace(data)
    row = by_name(tracks, "vCPU 0", by_name(tracks, "lin ux"))
    assert (1346, 1446, name) in slices(events, row)


def test_empty_rings(tmp_path):
    body = "@trace 1 62500000 1\n@vm 0 1 0 vm\n@cpu 0 0 0 0\n"
    done, data = convert(tmp_path, finish(body))
    assert done.returncode == 0, done.stderr
    tracks, events = read_trace(data)
    assert len(tracks) == 4 and not events


DAMAGE = [
    ("", "holds no dump"),
    ("hello\n", "holds no dump"),
    (BODY, r"console.log:1: .*no @end.*cut off"),
    (DUMP.replace("@n 5 1.0\n", ""), r"CPU 0 has 13 events of 14: lines are missing"),
    (DUMP.replace("@exit 5 wfx\n", ""), r"29 lines of 30 are here"),
    (DUMP.replace("@x 64", "@x 65", 1), r"checksum"),
    (DUMP.replace("mmio", "mmjo"), r"checksum"),
    (DUMP.replace("@x 64", "@x 6g", 1), r"console.log:15: '6g' is no number"),
    (DUMP.replace("@x 64", "@x -64", 1), r"console.log:15: '-64' is no number"),
    (DUMP.replace("@i 5 1.0 33", "@i 5 1.0"), r"console.log:16: .*3 words"),
    (DUMP.replace("@i 5 1.0 33", "@i 5 1 33"), r"console.log:16: .*no vCPU"),
    (DUMP.replace("@l 0 7 2", "@l 0 - 2"), r"of no VM"),
    (DUMP.replace("@i 5", "@q 5"), r"console.log:16: .*no kind of line"),
    (DUMP.replace("@trace 1", "@trace 2"), r"another version"),
    (DUMP.replace("1000000000", "0"), r"0 Hz"),
    (finish(BODY.replace("@trace 1 1000000000 2", "@trace 1 1000000000 3")),
     r"2 CPUs of 3"),
    (finish(BODY.replace("@cpu 1 6", "@cpu 2 6")), r"CPU 2 follows CPU 0"),
    (finish(BODY.replace("@cpu 0 14 0 3e8\n", "")), r"before the first @cpu"),
]


@pytest.mark.parametrize("text,error", DAMAGE, ids=range(len(DAMAGE)))
def test_damage(tmp_path, text, error):
    done, data = convert(tmp_path, text)
    assert done.returncode == 1 and not data
    assert re.search(error, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_any_byte_lost(tmp_path):
    """No damage goes unnoticed."""
    for at in range(0, len(DUMP) - 1, 19):
        done, _ = convert(tmp_path, DUMP[:at] + DUMP[at + 1:])
        assert done.returncode == 1, f"byte {at}"
        assert "Traceback" not in done.stderr


def test_usage(tmp_path):
    assert run(tmp_path / "none.log").returncode == 1
    assert "none.log" in run(tmp_path / "none.log").stderr
    log = tmp_path / "a.log"
    log.write_text(DUMP)
    assert run(log).returncode == 0
    assert (tmp_path / "a.log.pftrace").exists()
    assert run("-").returncode == 2
    out = tmp_path / "b.pftrace"
    assert run("-", "-o", out, input=DUMP).returncode == 0
    assert out.read_bytes() == (tmp_path / "a.log.pftrace").read_bytes()
    for bad in ("5", "5:1", "a:b", "-1:4"):
        done = run(log, "--svg", tmp_path / "x.svg", f"--window={bad}")
        assert done.returncode == 2 and bad in done.stderr
    assert run(log, "--window=0:1").returncode == 2


def test_svg(tmp_path):
    log = tmp_path / "a.log"
    log.write_text(DUMP)
    out = tmp_path / "a.svg"
    assert run(log, "--svg", out).returncode == 0
    picture = xml.dom.minidom.parse(str(out))
    texts = [t.firstChild.data for t in picture.getElementsByTagName("text")]
    for name in ("CPU 0", "CPU 1", "lin ux", "rtos", "vCPU 0", "vCPU 1",
                 "guest", "Running"):
        assert name in texts
    assert ">wfx<" in out.read_text() and ">Stopped<" not in out.read_text()
    # the last 10 ns of rtos, magnified
    assert run(log, "--svg", out, "--window=0.000202:0.000211").returncode == 0
    assert ">Stopped<" in out.read_text() and ">mmio<" not in out.read_text()
