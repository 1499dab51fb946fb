/** Hand-made `messages.get` answers. */
export interface PayloadPart {
  partId?: string;
  mimeType?: string;
  filename?: string;
  headers?: { name: string; value: string }[];
  body?: { size?: number; data?: string; attachmentId?: string };
  parts?: PayloadPart[];
}

export const message = (payload: PayloadPart, more: Record<string, unknown> = {}) => ({
  id: '18c0ffee',
  threadId: '18c0ffee',
  labelIds: ['INBOX'],
  internalDate: '1790000000000',
  snippet: '',
  payload: { partId: '', ...payload },
  ...more,
});

export const headers = (...pairs: [name: string, value: string][]) =>
  pairs.map(([name, value]) => ({ name, value }));

/** A leaf; bytes are text in UTF-8 unless given. */
export const leaf = (
  mimeType: string,
  content: string | Uint8Array,
  more: Partial<PayloadPart> & { contentType?: string; disposition?: string } = {},
): PayloadPart => {
  const { contentType = mimeType, disposition, headers: extra = [], ...rest } = more;
  const bytes = Buffer.from(content as string);
  return {
    mimeType,
    filename: '',
    headers: [
      { name: 'Content-Type', value: contentType },
      ...(disposition ? [{ name: 'Content-Disposition', value: disposition }] : []),
      ...extra,
    ],
    body: { size: bytes.length, data: bytes.toString('base64url') },
    ...rest,
  };
};

/** A part whose content has to be fetched apart. */
export const file = (mimeType: string, filename: string, extra: PayloadPart['headers'] = []) => ({
  mimeType,
  filename,
  headers: [
    { name: 'Content-Type', value: mimeType },
    { name: 'Content-Disposition', value: 'attachment' },
    ...extra,
  ],
  body: { size: 1234, attachmentId: 'ANGjdJ8w' },
});

export const multipart = (subtype: string, ...parts: PayloadPart[]): PayloadPart => ({
  mimeType: `multipart/${subtype}`,
  filename: '',
  headers: [{ name: 'Content-Type', value: `multipart/${subtype}; boundary=b` }],
  body: { size: 0 },
  parts,
});
