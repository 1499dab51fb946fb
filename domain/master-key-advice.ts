export interface MasterKeyUse {
  /** Ids of MASTER_KEYS, the current one first. */
  configured: readonly string[];
  /** How much each wraps or seals; under '' what does not name its key. */
  used: ReadonlyMap<string, number>;
}

/** What an operator may do with a master key: all of them are named, in MASTER_KEYS or in use. */
export function masterKeyAdvice({
  configured,
  used,
}: MasterKeyUse): { id: string; words: string }[] {
  const rewrap = 'npm run keys -- rewrap';
  const unnamed = used.has('');
  const words = (id: string): string => {
    if (id === configured[0]) return 'current';
    if (id === '') return `by a key they do not name: ${rewrap}`;
    if (!configured.includes(id)) return 'MISSING from MASTER_KEYS: what it seals cannot be read';
    if (used.has(id) || unnamed) return `keep it: ${rewrap}`;
    return 'may be removed a quarter of an hour after it stopped being the first';
  };
  return [...new Set([...configured, ...used.keys()])].map((id) => ({ id, words: words(id) }));
}
