import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchKeyOf } from '../../../domain/address.ts';
import type { MailMessage } from '../../../domain/message.ts';
import { ADDRESS, type Rig, startRig } from './support.ts';

/** Real and broken messages; not part of the project, so the test runs only where they are. */
const CORPUS = process.env.MAIL_CORPUS ?? '/work/shared/corpus';
const files = existsSync(CORPUS) ? readdirSync(CORPUS).filter((name) => /\.eml$/.test(name)) : [];

const addressesOf = (message: MailMessage, role: string) =>
  message.participants
    .filter((participant) => participant.role === role)
    .flatMap(({ address }) => matchKeyOf(address) ?? []);

describe.skipIf(files.length === 0).each(['utf-8', 'original'] as const)(
  'real mail, bodies in %s',
  (bodyCharset) => {
    let rig: Rig;
    const mapped = new Map<string, MailMessage>();
    beforeAll(async () => {
      rig = await startRig();
      await rig.emulator.setAccountSettings({ address: ADDRESS, bodyCharset });
      const names = new Map<string, string>();
      for (const name of files) {
        const rawBase64 = readFileSync(join(CORPUS, name)).toString('base64');
        names.set((await rig.emulator.addMessage({ address: ADDRESS, rawBase64 })).id, name);
      }
      for (const got of await (await rig.provider()).fetchMessages([...names.keys()])) {
        if (got.outcome === 'found') mapped.set(names.get(got.id) ?? '', got.message);
      }
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    it('maps every message', () => {
      expect(files.filter((name) => !mapped.has(name))).toEqual([]);
    });

    it.each(files)('%s keeps what matters', async (name) => {
      const message = mapped.get(name);
      if (!message) throw new Error('not mapped');
      expect(JSON.stringify(message)).not.toMatch(/\\u0000|\\ud[89a-f]/);
      const independent = await PostalMime.parse(readFileSync(join(CORPUS, name)));
      const from = matchKeyOf(independent.from?.address ?? '');
      if (from) expect(addressesOf(message, 'from')).toContain(from);
      const plain = independent.text?.replaceAll(/\s+/g, ' ').trim().slice(0, 20);
      const broken = message.defects.length > 0 || message.html !== null;
      if (plain && /^[\x20-\x7e]*$/.test(plain) && !broken) {
        expect(message.text?.replaceAll(/\s+/g, ' ')).toContain(plain);
      }
    });
  },
);
