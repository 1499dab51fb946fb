import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

/** Different ports that were free a moment ago. Another process may still take one: retry. */
export const freePorts = async (count: number): Promise<number[]> => {
  const held = await Promise.all(Array.from({ length: count }, () => holdPort()));
  await Promise.all(held.map(({ release }) => release()));
  return held.map(({ port }) => port);
};

export const freePort = async (): Promise<number> => {
  const [port] = await freePorts(1);
  return port as number;
};

/** Whether anything accepts connections on that port of this machine. */
export const portAnswers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });

/**
 * Below the range that Linux, macOS and Windows hand out to outgoing connections, one of which would
 * else take a port between our letting it go and the server's binding it.
 */
const RANGE = { first: 15_000, last: 32_000 };
const ATTEMPTS = 50;

interface HeldPort {
  port: number;
  release: () => Promise<void>;
}

const holdPort = async (): Promise<HeldPort> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const held = await tryPort(randomInt(RANGE.first, RANGE.last));
    if (held) return held;
  }
  throw new Error(`No free port between ${RANGE.first} and ${RANGE.last} in ${ATTEMPTS} attempts`);
};

const tryPort = (port: number): Promise<HeldPort | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve({ port, release: () => new Promise((done) => server.close(() => done())) });
    });
  });
