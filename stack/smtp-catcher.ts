import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { renderInbox } from './smtp-page.ts';

export interface CaughtMail {
  id: number;
  receivedAt: string;
  /** The envelope's addresses, which need not be those of the header. */
  envelope: { from: string; to: string[] };
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  /** Lower-case names. */
  headers: Record<string, string>;
}

export interface SmtpCatcher extends AsyncDisposable {
  /** For `SMTP_URL`; any user and password are accepted. */
  readonly smtpUrl: string;
  /** A page that shows what came; `GET /messages` has it as JSON. */
  readonly url: string;
  /** Oldest first. */
  messages(): readonly CaughtMail[];
  /** The first mail, caught already or yet to come, that satisfies `predicate`. */
  waitForMessage(predicate: (mail: CaughtMail) => boolean, timeoutMs?: number): Promise<CaughtMail>;
  stop(): Promise<void>;
}

export interface SmtpCatcherOptions {
  /** Free ones when left out. */
  smtpPort?: number;
  httpPort?: number;
}

/** More are forgotten, oldest first. */
const KEPT = 1_000;
const MAX_SIZE = 30 << 20;

/** Takes any mail on 127.0.0.1 and delivers none: it keeps them in memory and shows them. */
export const startSmtpCatcher = async ({
  smtpPort = 0,
  httpPort = 0,
}: SmtpCatcherOptions = {}): Promise<SmtpCatcher> => {
  const caught: CaughtMail[] = [];
  const waiting = new Set<(mail: CaughtMail) => void>();
  let nextId = 1;

  const smtp = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    // Offering STARTTLS would make clients refuse our self-signed certificate.
    hideSTARTTLS: true,
    disableReverseLookup: true,
    size: MAX_SIZE,
    onAuth: (_auth, _session, done) => done(null, { user: 'anyone' }),
    onData: (stream, { envelope }, done) => {
      const { mailFrom, rcptTo } = envelope;
      const from = mailFrom ? mailFrom.address : '';
      readMail(stream, { from, to: rcptTo.map(({ address }) => address) }).then((mail) => {
        const kept = { id: nextId, ...mail };
        nextId += 1;
        caught.push(kept);
        if (caught.length > KEPT) caught.shift();
        for (const notify of waiting) notify(kept);
        done();
      }, done);
    },
  });
  // Clients that hang up mid-dialogue are no concern of ours.
  smtp.on('error', () => {});
  const smtpListener = smtp.listen(smtpPort, '127.0.0.1');
  await once(smtpListener, 'listening');

  const http = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const send = (status: number, type: string, body: string) =>
      response.writeHead(status, { ...SAFE_HEADERS, 'content-type': type }).end(body);
    // A foreign page could otherwise read mail here through a name that resolves to 127.0.0.1.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
      send(421, 'text/plain', 'Ask for 127.0.0.1 or localhost.');
    } else if (path === '/messages') send(200, 'application/json', JSON.stringify(caught));
    else if (path === '/') send(200, 'text/html; charset=utf-8', renderInbox(caught));
    else send(404, 'text/plain', 'Not found');
  });
  http.listen(httpPort, '127.0.0.1');
  await once(http, 'listening');

  const stop = async () => {
    http.close();
    http.closeAllConnections();
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
  };
  return {
    smtpUrl: `smtp://127.0.0.1:${(smtpListener.address() as AddressInfo).port}`,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    messages: () => [...caught],
    waitForMessage: (predicate, timeoutMs = 10_000) => {
      const already = caught.find(predicate);
      if (already) return Promise.resolve(already);
      return new Promise((resolve, reject) => {
        const settle = (finish: () => void) => {
          waiting.delete(onMail);
          clearTimeout(timer);
          finish();
        };
        const onMail = (mail: CaughtMail) => {
          if (predicate(mail)) settle(() => resolve(mail));
        };
        const timer = setTimeout(() => {
          const subjects = caught.map(({ subject }) => `"${subject}"`).join(', ') || 'none';
          const seconds = timeoutMs / 1_000;
          settle(() =>
            reject(new Error(`no such mail within ${seconds} s; those that came: ${subjects}`)),
          );
        }, timeoutMs);
        waiting.add(onMail);
      });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

/** Mail is hostile by nature: its HTML is shown without scripts, forms or remote content. */
const SAFE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const readMail = async (
  stream: Readable,
  envelope: CaughtMail['envelope'],
): Promise<Omit<CaughtMail, 'id'>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const mail = await PostalMime.parse(Buffer.concat(chunks));
  return {
    receivedAt: new Date().toISOString(),
    envelope,
    from: mail.from?.address ?? '',
    to: (mail.to ?? []).flatMap(({ address }) => address ?? []),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
  };
};
