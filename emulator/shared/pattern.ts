const compiled = new Map<string, RegExp>();

/** Whether `text` matches `pattern`, where `*` stands for any run of characters. */
export const matchesPattern = (text: string, pattern: string): boolean => {
  if (!pattern.includes('*')) return text === pattern;
  let regex = compiled.get(pattern);
  if (!regex) {
    const source = pattern.split('*').map(escapeRegex).join('.*');
    regex = new RegExp(`^${source}$`, 's');
    compiled.set(pattern, regex);
  }
  return regex.test(text);
};

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
