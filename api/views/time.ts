import { z } from 'zod';

/** Times leave the API in ISO 8601, UTC. */
export const iso = (ms: number): string => new Date(ms).toISOString();

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export const timeSchema = z.iso.datetime();
