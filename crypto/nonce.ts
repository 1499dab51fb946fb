import { randomFillSync } from 'node:crypto';

export const NONCE_BYTES = 12;

const pool = Buffer.alloc(NONCE_BYTES * 512);
let used = pool.length;

/** 96 random bits, drawn 512 at a time: a draw costs more than sealing a short text. */
export const nextNonce = (): Buffer => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const nonce = Buffer.from(pool.subarray(used, used + NONCE_BYTES));
  used += NONCE_BYTES;
  return nonce;
};
