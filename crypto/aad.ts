/**
 * Where a ciphertext lives. It is authenticated with the ciphertext, so that one moved to another
 * row, column, inbox or org does not open.
 */
export interface Aad {
  orgId: string;
  inboxId: string;
  /** `table.column`, for example `messages.body_ct`. */
  column: string;
  rowId: string;
}

/** Each field carries its length, or ('ab','c') and ('a','bc') would authenticate each other. */
export const encodeAad = ({ orgId, inboxId, column, rowId }: Aad): Buffer => {
  const fields = [orgId, inboxId, column, rowId];
  const lengths = fields.map((field) => Buffer.byteLength(field));
  const encoded = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  fields.forEach((field, i) => {
    at = encoded.writeUInt32BE(lengths[i] as number, at);
    at += encoded.write(field, at);
  });
  return encoded;
};
