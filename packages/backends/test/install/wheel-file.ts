import { crc32, deflateRawSync } from 'node:zlib';

/** A wheel in memory: a ZIP archive (PKWARE APPNOTE 6.3) of compressed files. */
export function makeWheel(files: Record<string, string>): Buffer {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, contents] of Object.entries(files)) {
    const data = deflateRawSync(contents);
    // From the version to the lengths of name and extra fields, which both records share.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(contents), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(Buffer.byteLength(contents), 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    parts.push(Buffer.from('PK\x03\x04'), common, Buffer.from(name), data);
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, place, Buffer.from(name));
    offset += 4 + common.length + name.length + data.length;
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(records.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, records, Buffer.from('PK\x05\x06'), end]);
}
