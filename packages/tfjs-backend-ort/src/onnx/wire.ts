/** Longer byte fields (weights) are copied once, at the end, and not from each message into the enclosing one. */
const BY_REFERENCE = 2 ** 16;

/** Writes protobuf wire format into a growing buffer. It supports the field kinds that an ONNX model needs. */
export class WireWriter {
  private buffer = Buffer.allocUnsafe(1024);
  private length = 0;
  /** Finished parts that precede the buffer, and their length. */
  private readonly parts: Uint8Array[] = [];
  private partsLength = 0;

  /** The bytes written so far. */
  finish(): Uint8Array {
    if (this.parts.length === 0) return this.buffer.subarray(0, this.length);
    this.endPart();
    return Buffer.concat(this.parts, this.partsLength);
  }

  /** An integer field (int32, int64, enum). Negative numbers take the ten-byte form that protobuf prescribes. */
  int(field: number, value: number): void {
    this.varint(field * 8);
    if (value >= 0) this.varint(value);
    else this.bigVarint(BigInt.asUintN(64, BigInt(value)));
  }

  /** A 32-bit float field. */
  float(field: number, value: number): void {
    this.varint(field * 8 + 5);
    this.reserve(4);
    this.buffer.writeFloatLE(value, this.length);
    this.length += 4;
  }

  /** A string field. */
  string(field: number, value: string): void {
    this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** A bytes field, or an embedded message that is already serialized. */
  bytes(field: number, value: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.append(value);
  }

  /** An embedded message, written by `fill`. */
  message(field: number, fill: (writer: WireWriter) => void): void {
    const inner = new WireWriter();
    fill(inner);
    inner.endPart();
    this.varint(field * 8 + 2);
    this.varint(inner.partsLength);
    for (const part of inner.parts) this.append(part);
  }

  private append(value: Uint8Array): void {
    if (value.length < BY_REFERENCE) {
      this.reserve(value.length);
      this.buffer.set(value, this.length);
      this.length += value.length;
      return;
    }
    this.endPart();
    this.parts.push(value);
    this.partsLength += value.length;
  }

  private endPart(): void {
    if (this.length === 0) return;
    this.parts.push(this.buffer.subarray(0, this.length));
    this.partsLength += this.length;
    this.buffer = this.buffer.subarray(this.length);
    this.length = 0;
  }

  private varint(value: number): void {
    this.reserve(10);
    while (value > 127) {
      this.buffer[this.length++] = (value % 128) + 128;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
  }

  private bigVarint(value: bigint): void {
    this.reserve(10);
    while (value > 127n) {
      this.buffer[this.length++] = Number(value & 127n) + 128;
      value >>= 7n;
    }
    this.buffer[this.length++] = Number(value);
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + extra));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
