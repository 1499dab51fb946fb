import type { Random } from '../../shared/random.ts';
import { BOUNDARY } from './words.ts';

export interface BulkEnvelope {
  /** Header text: `Ann Bee <ann@x.example>`. */
  from: string;
  to: string;
  cc: string | null;
  subject: string;
  dateMs: number;
  messageId: string;
  references: readonly string[];
  /** Owner of the mailbox. */
  owner: string;
  /** A copy in Sent has no trace of transport. */
  sent: boolean;
  /** Newsletters carry List- headers. */
  list: string | null;
}

/** Signature-like filler, cut from one pool: making fresh noise per message would cost seconds. */
export class Noise {
  readonly #pool: string;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    this.#pool = random.text(8_192, alphabet);
  }

  cut(length: number): string {
    const start = this.#random.int(this.#pool.length - length);
    return this.#pool.slice(start, start + length);
  }
}

/** About 25 header lines for received mail, 9 for a sent copy. */
export const bulkHeaders = (mail: BulkEnvelope, noise: Noise): string => {
  const date = new Date(mail.dateMs).toUTCString().replace('GMT', '+0000');
  const domain = /@([^>]+)/.exec(mail.from)?.[1] ?? 'mail.example';
  const lines = mail.sent ? [] : transport(mail, domain, date, noise);
  lines.push('MIME-Version: 1.0');
  const parent = mail.references.at(-1);
  if (parent) lines.push(`References: ${mail.references.slice(-8).join(' ')}`);
  if (parent) lines.push(`In-Reply-To: ${parent}`);
  lines.push(`From: ${mail.from}`, `Date: ${date}`, `Message-ID: ${mail.messageId}`);
  lines.push(`Subject: ${mail.subject}`, `To: ${mail.to}`);
  if (mail.cc) lines.push(`Cc: ${mail.cc}`);
  if (mail.list) {
    lines.push(`List-Id: <${mail.list}>`, `List-Unsubscribe: <https://${mail.list}/u>`);
    lines.push('Precedence: bulk');
  }
  lines.push(`Content-Type: multipart/alternative; boundary="${BOUNDARY}"`, '', '');
  return lines.join('\r\n');
};

const transport = (mail: BulkEnvelope, domain: string, date: string, noise: Noise): string[] => {
  const hop = noise.cut(12);
  return [
    `Delivered-To: ${mail.owner}`,
    `Received: by 2002:a05:6a10:1 with SMTP id ${hop};`,
    `        ${date}`,
    `X-Received: by 2002:a17:906:b with SMTP id ${noise.cut(20)};`,
    `        ${date}`,
    'ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=google.com; s=arc-1;',
    `        b=${noise.cut(172)}`,
    'ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc-1;',
    `        h=to:subject:message-id:date:from; bh=${noise.cut(43)}=; b=${noise.cut(172)}`,
    `ARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@${domain}`,
    `Return-Path: <bounce@${domain}>`,
    `Received: from mx.${domain} (mx.${domain}. [192.0.2.17])`,
    `        by mx.google.com with ESMTPS id ${hop}; ${date}`,
    `Received-SPF: pass (google.com: domain of bounce@${domain} designates 192.0.2.17)`,
    `Authentication-Results: mx.google.com; dkim=pass header.i=@${domain}; spf=pass; dmarc=pass`,
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=s1;`,
    `        h=from:to:subject:date; bh=${noise.cut(43)}=; b=${noise.cut(172)}`,
    `X-Google-DKIM-Signature: v=1; a=rsa-sha256; d=1e100.net; s=20230601; b=${noise.cut(172)}`,
    `X-Gm-Message-State: AOJu0Y${noise.cut(60)}`,
    `X-Google-Smtp-Source: AGHT+I${noise.cut(56)}`,
    'X-Mailer: Postbox 4.2',
    'X-Priority: 3',
  ];
};
