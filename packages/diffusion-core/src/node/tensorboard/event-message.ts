/** A picture of an event: a PNG, and its size. */
export interface EventPicture {
  png: Uint8Array;
  width: number;
  height: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. */
  channels: number;
}

/** What an event tells: exactly one of these. */
export type EventContents =
  | { fileVersion: string }
  | { sessionStart: true }
  | { scalars: Readonly<Record<string, number>> }
  | { pictures: Readonly<Record<string, EventPicture>> };

/** `SessionLog.SessionStatus.START`: what was logged from this step on, by an earlier process, does not count any more. */
const START = 1;

/**
 * Encodes an event of TensorBoard: the protocol buffer `tensorflow.Event` with the field numbers of `event.proto` and
 * `summary.proto` of TensorFlow.
 *
 * @param wallTime seconds since 1970
 * @param step a whole number from 0
 */
export function encodeEvent(wallTime: number, step: number, contents: EventContents): Uint8Array {
  return message(double(1, wallTime), varint(2, step), contentsField(contents));
}

function contentsField(contents: EventContents): Uint8Array {
  if ('fileVersion' in contents) return bytes(3, utf8(contents.fileVersion));
  if ('sessionStart' in contents) return bytes(7, varint(1, START));
  const values =
    'scalars' in contents
      ? Object.entries(contents.scalars).map(([tag, value]) => message(bytes(1, utf8(tag)), float(2, value)))
      : Object.entries(contents.pictures).map(([tag, picture]) =>
          message(bytes(1, utf8(tag)), bytes(4, image(picture))),
        );
  return bytes(5, message(...values.map((value) => bytes(1, value))));
}

function image({ png, width, height, channels }: EventPicture): Uint8Array {
  return message(varint(1, height), varint(2, width), varint(3, channels), bytes(4, png));
}

// Fields of protocol buffers: a tag (number and wire type), and the value.

function message(...fields: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const field of fields) {
    all.set(field, offset);
    offset += field.length;
  }
  return all;
}

function varint(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varintBytes(field << 3), ...varintBytes(value)]);
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return message(Uint8Array.from([...varintBytes((field << 3) | 2), ...varintBytes(value.length)]), value);
}

function double(field: number, value: number): Uint8Array {
  const all = new DataView(new ArrayBuffer(9));
  all.setUint8(0, (field << 3) | 1);
  all.setFloat64(1, value, true);
  return new Uint8Array(all.buffer);
}

function float(field: number, value: number): Uint8Array {
  const all = new DataView(new ArrayBuffer(5));
  all.setUint8(0, (field << 3) | 5);
  all.setFloat32(1, value, true);
  return new Uint8Array(all.buffer);
}

/** Seven bits a byte, the lowest first. */
function varintBytes(value: number): number[] {
  const all: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) all.push((value % 128) | 128);
  return [...all, value];
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
