# SPDX-License-Identifier: Apache-2.0
"""Reads Perfetto traces back, by a protocol-buffer reader without a schema."""

import struct


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        shift += 7
        at += 1
        if byte < 0x80:
            return value, at


def fields(data):
    """field number -> values; bytes for messages and strings."""
    out, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = struct.unpack_from("<Q", data, at)[0], at + 8
        else:
            assert kind == 2, f"wire type {kind}"
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            assert len(value) == size
        out.setdefault(key >> 3, []).append(value)
    return out


def read_trace(data):
    """({uuid: (name, parent uuid, process name)}, [event])."""
    tracks, events = {}, []
    for packet in map(fields, fields(data)[1]):
        assert packet[10] == [1]
        if 60 in packet:
            track = fields(packet[60][0])
            process = fields(track[3][0]) if 3 in track else {}
            tracks[track[1][0]] = (track[2][0].decode(),
                                   track.get(5, [None])[0],
                                   process.get(6, [b""])[0].decode())
        else:
            event = fields(packet[11][0])
            events.append({
                "ns": packet[8][0], "type": {1: "B", 2: "E", 3: "I"}[event[9][0]],
                "track": event[11][0], "name": event.get(23, [b""])[0].decode(),
                "flow": event.get(47, []), "flow_end": event.get(48, []),
                "args": {fields(a)[10][0].decode():
                         fields(a).get(3, fields(a).get(7))[0]
                         for a in event.get(4, [])}})
    return tracks, events


def slices(events, track):
    """(begin, end, name) on one track; each end matches a begin."""
    stack, out = [], []
    for event in (e for e in events if e["track"] == track):
        if event["type"] == "B":
            stack.append(event)
        elif event["type"] == "E":
            begin = stack.pop()
            out.append((begin["ns"], event["ns"], begin["name"]))
    assert not stack
    return sorted(out)


def by_name(tracks, name, parent=None):
    found = [u for u, t in tracks.items()
             if t[0] == name and (parent is None or t[1] == parent)]
    assert len(found) == 1, (name, tracks)
    return found[0]
