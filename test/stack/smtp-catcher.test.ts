import { request } from 'node:http';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { startSmtpCatcher } from '../../stack/smtp-catcher.ts';

const MAIL = {
  from: '"Sambandh" <sync@sambandh.test>',
  to: 'asha@example.test',
  subject: 'Ihr Postfach ist bereit – 1.204 Nachrichten',
  text: 'Fertig <script>alert(1)</script>',
};

test('keeps what is sent to it, and shows it as JSON and as a page', async () => {
  await using catcher = await startSmtpCatcher();
  const sent = createTransport(catcher.smtpUrl).sendMail(MAIL);
  const mail = await catcher.waitForMessage(({ to }) => to.includes('asha@example.test'));
  await sent;
  expect(mail).toMatchObject({
    id: 1,
    envelope: { from: 'sync@sambandh.test', to: ['asha@example.test'] },
    from: 'sync@sambandh.test',
    subject: MAIL.subject,
    text: expect.stringContaining('Fertig'),
  });
  expect(await (await fetch(`${catcher.url}/messages`)).json()).toEqual(catcher.messages());
  const page = await (await fetch(catcher.url)).text();
  expect(page).toContain('Ihr Postfach ist bereit');
  expect(page).not.toContain('<script>');
});

test('accepts any login', async () => {
  await using catcher = await startSmtpCatcher();
  const url = new URL(catcher.smtpUrl);
  url.username = 'someone';
  url.password = 'secret';
  await createTransport(url.href).sendMail(MAIL);
  expect(catcher.messages()).toHaveLength(1);
});

test('says which mails came when the awaited one does not', async () => {
  await using catcher = await startSmtpCatcher();
  await createTransport(catcher.smtpUrl).sendMail(MAIL);
  await expect(catcher.waitForMessage(() => false, 20)).rejects.toThrow(
    `no such mail within 0.02 s; those that came: "${MAIL.subject}"`,
  );
});

test('answers no page that reaches it under another name', async () => {
  await using catcher = await startSmtpCatcher();
  const status = await new Promise((resolve, reject) => {
    const headers = { host: 'evil.example' };
    request(`${catcher.url}/messages`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(421);
});
