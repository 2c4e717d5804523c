/** What a segment of MPEG transport stream with one elementary stream holds. ISO/IEC 13818-1. */
export interface TransportSegment {
  /** Packetized units: FFmpeg puts one picture into each. */
  readonly unitCount: number;
  /** RFC 6381, from the first sequence parameter set; null where there is none. */
  readonly videoCodec: string | null;
}

const PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;

/** Throws RangeError when the bytes are cut off or are no transport stream. */
export function parseTransportSegment(bytes: Buffer): TransportSegment {
  if (bytes.length === 0 || bytes.length % PACKET_BYTES !== 0)
    throw new RangeError('cut off within a packet');
  let programMapPid = -1;
  let mediaPid = -1;
  let unitCount = 0;
  const firstUnit: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
    if (bytes[at] !== SYNC_BYTE) throw new RangeError('no transport stream');
    const pid = bytes.readUInt16BE(at + 1) & 0x1fff;
    const startsUnit = ((bytes[at + 1] ?? 0) & 0x40) !== 0;
    const payload = payloadOf(bytes.subarray(at, at + PACKET_BYTES));
    if (pid === 0 && startsUnit) programMapPid = payload.readUInt16BE(1 + 10) & 0x1fff;
    else if (pid === programMapPid && startsUnit) mediaPid = firstStreamPid(payload);
    else if (pid === mediaPid) {
      unitCount += startsUnit ? 1 : 0;
      if (unitCount === 1) firstUnit.push(payload);
    }
  }
  return { unitCount, videoCodec: avcCodec(Buffer.concat(firstUnit)) };
}

function payloadOf(packet: Buffer): Buffer {
  const control = ((packet[3] ?? 0) >> 4) & 3;
  if ((control & 1) === 0) return packet.subarray(PACKET_BYTES);
  return packet.subarray(control === 3 ? 5 + (packet[4] ?? 0) : 4);
}

/** Section: pointer, 12 bytes of header with the length of the program's descriptors at its end, then the streams. */
function firstStreamPid(section: Buffer): number {
  const descriptorBytes = section.readUInt16BE(1 + 10) & 0x0fff;
  return section.readUInt16BE(1 + 12 + descriptorBytes + 1) & 0x1fff;
}

function avcCodec(unit: Buffer): string | null {
  for (let at = unit.indexOf('000001', 0, 'hex'); at >= 0; at = unit.indexOf('000001', at + 3, 'hex')) {
    // NAL type 7: profile, constraints and level are its first three bytes.
    if (((unit[at + 3] ?? 0) & 0x1f) === 7) return `avc1.${unit.toString('hex', at + 4, at + 7)}`;
  }
  return null;
}
