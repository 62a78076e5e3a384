# SPDX-License-Identifier: Apache-2.0
"""A Timeline as a Perfetto trace: TracePackets with TrackEvents, by hand.

The few messages and field numbers that are used, of perfetto's protos/:
Trace.packet 1; TracePacket.timestamp 8, .trusted_packet_sequence_id 10,
.track_event 11, .sequence_flags 13, .track_descriptor 60; TrackDescriptor.uuid
1, .name 2, .process 3, .parent_uuid 5, .child_ordering 11,
.sibling_order_rank 12, .sibling_merge_behavior 15; ProcessDescriptor.pid 1,
.process_name 6; TrackEvent.debug_annotations 4, .type 9, .track_uuid 11, .name
23, .flow_ids 47, .terminating_flow_ids 48; DebugAnnotation.uint_value 3,
.pointer_value 7, .name 10.
"""

import struct

SEQUENCE = 1
STATE_CLEARED = 1
EVENT_TYPES = {"B": 1, "E": 2, "I": 3}
ORDER_EXPLICIT = 3
MERGE_NONE = 2
CPUS_UUID = 1
# ids of processes, so that VM 0 has one too
PID_FIRST = 1


def varint(value):
    """Seven bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def fixed64(field, value):
    return varint(field << 3 | 1) + struct.pack("<Q", value)


def text(field, value):
    return message(field, value.encode())


def message(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def packet(data, flags=0):
    data += number(10, SEQUENCE)
    if flags:
        data += number(13, flags)
    return message(1, data)


def uuid(row):
    """Of a row's track: CPUs, VMs and vCPUs in ranges of their own."""
    if row.kind == "cpu":
        return 0x1000 + row.key[0]
    return 1 << 62 | row.key[0] << 16 | (
        row.key[1] + 1 if row.kind == "vcpu" else 0)


def descriptor(track, **fields):
    data = number(1, track)
    if "name" in fields:
        data += text(2, fields["name"])
    if "process" in fields:
        pid, name = fields["process"]
        data += message(3, number(1, pid) + text(6, name))
    if "parent" in fields:
        data += number(5, fields["parent"])
    if "rank" in fields:
        data += number(12, fields["rank"])
    data += number(11, ORDER_EXPLICIT) + number(15, MERGE_NONE)
    return message(60, data)


def tracks(timeline):
    yield packet(descriptor(CPUS_UUID, name="CPUs", rank=0), STATE_CLEARED)
    for row in timeline.rows:
        if row.kind == "cpu":
            data = descriptor(uuid(row), name=row.name, parent=CPUS_UUID,
                              rank=row.key[0])
        elif row.kind == "vm":
            data = descriptor(uuid(row), name=row.name,
                              process=(PID_FIRST + row.key[0] & 0x7fffffff,
                                       row.name))
        else:
            data = descriptor(uuid(row), name=row.name, rank=row.key[1],
                              parent=1 << 62 | row.key[0] << 16)
        yield packet(data)


def annotation(name, value):
    # addresses and syndromes read best in hexadecimal
    field = 3 if name == "cpu" else 7
    return message(4, text(10, name) + number(field, value))


def event(op):
    data = number(9, EVENT_TYPES[op.what]) + number(11, uuid(op.row))
    if op.name:
        data += text(23, op.name)
    for name, value in op.args.items():
        data += annotation(name, value)
    if op.flow:
        data += fixed64(47, op.flow)
    if op.flow_end:
        data += fixed64(48, op.flow_end)
    return packet(number(8, op.ns) + message(11, data))


def encode(timeline):
    """The whole file."""
    return b"".join([*tracks(timeline), *map(event, timeline.ops)])
