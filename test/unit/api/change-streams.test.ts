import express from 'express';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ChangeStreams } from '../../../api/change-streams.ts';
import { listen } from '../../../api/server.ts';

const CALLER = { orgId: 'acme', userId: 'ann', roles: [], email: null };
/** A user without inboxes: what is sent is the stream's own. */
const database = { asUser: async () => [] as never };

const open = async (times: { heartbeatMs?: number; lifetimeMs?: number }) => {
  const log = pino({ enabled: false });
  const streams = new ChangeStreams({ database, everyMs: 5, log, ...times });
  const app = express().get('/', (_req, res) => streams.open(CALLER, res));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const { body } = await fetch(server.url);
  return { streams, server, text: body?.pipeThrough(new TextDecoderStream()) ?? null };
};

/** Reads until the stream ends, or until it has said that. */
async function read(text: ReadableStream<string> | null, until?: string): Promise<string> {
  let all = '';
  for await (const part of text ?? []) {
    all += part;
    if (until && all.includes(until)) break;
  }
  return all;
}

it('a quiet stream says that it is alive, so that no proxy ends it', async () => {
  const { streams, server, text } = await open({ heartbeatMs: 10 });
  expect(await read(text, ': still here\n\n')).toContain('event: inboxes\ndata: []\n\n');
  streams[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

it('a stream ends after its time and tells the browser to come again', async () => {
  const { streams, server, text } = await open({ lifetimeMs: 50 });
  expect(await read(text)).toMatch(/^retry: \d+\n\n/);
  streams[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

it('a shutdown ends open streams, and so the server drains', async () => {
  const { streams, server, text } = await open({});
  const reading = read(text);
  streams[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  expect(await reading).toMatch(/^retry: /);
});
