/** A reader of TensorBoard's event files, apart from the writer: it checks the frames, and follows the wire format alone. */

/** An event, by the names of its fields that tests look at. */
export interface ReadEvent {
  step: number;
  wallTime: number;
  fileVersion?: string;
  sessionStatus?: number;
  scalars: Record<string, number>;
  pictures: Record<string, { height: number; width: number; channels: number; png: Uint8Array }>;
}

/** Reads all events. @throws Error if a checksum is wrong or a record is cut short */
export function readEvents(file: Uint8Array): ReadEvent[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    for (const [bytes, place] of [
      [file.subarray(at, at + 8), at + 8],
      [data, at + 12 + length],
    ] as const) {
      if (view.getUint32(place, true) !== mask(crc32c(bytes)))
        throw new Error(`The checksum at byte ${place} is wrong.`);
    }
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

/** CRC-32C bit by bit. */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (((crc ^ (byte >> bit)) & 1) * 0x82f63b78);
  return ~crc >>> 0;
}

const mask = (crc: number) => Number((BigInt((crc >>> 15) | (crc << 17)) + 0xa282ead8n) & 0xffffffffn);

function readEvent(data: Uint8Array): ReadEvent {
  const event: ReadEvent = { step: 0, wallTime: 0, scalars: {}, pictures: {} };
  for (const { field, number, bytes } of fieldsOf(data)) {
    if (field === 1) event.wallTime = number;
    if (field === 2) event.step = number;
    if (field === 3) event.fileVersion = new TextDecoder().decode(bytes);
    if (field === 7) event.sessionStatus = fieldsOf(bytes)[0]!.number;
    if (field === 5) for (const value of fieldsOf(bytes)) addValue(event, fieldsOf(value.bytes));
  }
  return event;
}

function addValue(event: ReadEvent, fields: Field[]): void {
  const of = (field: number, all = fields) => all.find((each) => each.field === field);
  const tag = new TextDecoder().decode(of(1)!.bytes);
  if (of(2) !== undefined) event.scalars[tag] = of(2)!.number;
  if (of(4) === undefined) return;
  const image = fieldsOf(of(4)!.bytes);
  const [height, width, channels] = [1, 2, 3].map((field) => of(field, image)!.number) as [number, number, number];
  event.pictures[tag] = { height, width, channels, png: of(4, image)!.bytes };
}

interface Field {
  field: number;
  number: number;
  bytes: Uint8Array;
}

function fieldsOf(data: Uint8Array): Field[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = data[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const tag = varint();
    const [field, wire] = [tag >> 3, tag & 7];
    let bytes = new Uint8Array();
    let number = NaN;
    if (wire === 0) number = varint();
    else if (wire === 1) number = view.getFloat64((at += 8) - 8, true);
    else if (wire === 5) number = view.getFloat32((at += 4) - 4, true);
    else {
      const length = varint();
      bytes = Uint8Array.from(data.subarray(at, at + length));
      at += length;
    }
    fields.push({ field, number, bytes });
  }
  return fields;
}
