/** A provider's sentence without what could be an address, short enough for a log line. */
export const scrub = (message: string): string =>
  message
    .slice(0, 500)
    .replaceAll(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 200);
