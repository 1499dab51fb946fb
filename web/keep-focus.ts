/** What a part of the page is known by, best first read out. */
const NAMES = 'h1, h2, h3, .line';

/**
 * When what has the focus is taken off the page, the focus goes to the name of the nearest part that
 * is left: else a keyboard would begin again at the top, and nothing would be read out.
 */
export function keepFocus(root: HTMLElement): void {
  /** What had the focus last, and all that it lay in, inmost first. */
  let trail: Element[] = [];
  document.addEventListener('focusin', ({ target }) => {
    trail = trailOf(target as Element);
  });
  // A press beside everything gives the focus up.
  document.addEventListener('pointerdown', ({ target }) => {
    trail = trailOf((target as Element).closest('a, button, input, select, textarea, summary'));
  });
  const look = (): void => {
    const [last] = trail;
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    const name = nameOf(trail.find((part) => part.isConnected) ?? root);
    if (!name) return;
    if (name.tabIndex < 0) name.tabIndex = -1;
    name.focus();
  };
  new MutationObserver(look).observe(root, { childList: true, subtree: true });
}

function trailOf(element: Element | null): Element[] {
  const trail: Element[] = [];
  for (let part = element; part; part = part.parentElement) trail.push(part);
  return trail;
}

function nameOf(part: Element): HTMLElement | null {
  for (let within: Element | null = part; within; within = within.parentElement) {
    const name = within.querySelector<HTMLElement>(NAMES);
    if (name) return name;
  }
  return null;
}
