import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

interface Member {
  name: string;
  method: number;
  compressedSize: number;
  localHeaderAt: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * Writes the one member whose name `matches` to `to`. Just enough of ZIP for Python wheels: no
 * encryption, no ZIP64, and no checksum, as the archive's own hash was checked before.
 * @throws Error no such member, or not such an archive
 */
export const extractMember = async (
  archive: string,
  matches: (name: string) => boolean,
  to: string,
): Promise<void> => {
  const members = await readDirectory(archive);
  const member = members.find(({ name }) => matches(name));
  if (!member) throw new Error(`${archive} holds none of the expected files`);
  if (member.method !== STORED && member.method !== DEFLATED) {
    throw new Error(`${archive}: unknown compression method ${member.method}`);
  }
  const start = await dataOffset(archive, member);
  await pipeline(
    createReadStream(archive, { start, end: start + member.compressedSize - 1 }),
    member.method === STORED ? new PassThrough() : createInflateRaw(),
    createWriteStream(to, { mode: 0o755 }),
  );
};

const readDirectory = async (archive: string): Promise<Member[]> => {
  await using file = await open(archive);
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf(signature(END_OF_DIRECTORY));
  if (end < 0) throw new Error(`${archive} is not a ZIP archive`);
  const count = tail.readUInt16LE(end + 10);
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const members: Member[] = [];
  for (let at = 0; members.length < count; ) {
    if (directory.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error(`${archive} is damaged`);
    const nameLength = directory.readUInt16LE(at + 28);
    members.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      localHeaderAt: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return members;
};

/** The local header repeats name and extra field, and its extra field may be longer. */
const dataOffset = async (archive: string, { localHeaderAt }: Member): Promise<number> => {
  await using file = await open(archive);
  const header = await readAt(file, localHeaderAt, 30);
  return localHeaderAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
};

const readAt = async (
  file: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('the archive ends too soon');
  return buffer;
};

const signature = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
