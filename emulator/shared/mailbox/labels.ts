import type { Random } from '../random.ts';

export interface Label {
  id: string;
  name: string;
  type: 'system' | 'user';
}

/** The order in which Gmail lists them does not matter; the ids are fixed. */
const SYSTEM_LABELS = [
  'CHAT',
  'SENT',
  'INBOX',
  'IMPORTANT',
  'TRASH',
  'DRAFT',
  'SPAM',
  'CATEGORY_FORUMS',
  'CATEGORY_UPDATES',
  'CATEGORY_PERSONAL',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_SOCIAL',
  'YELLOW_STAR',
  'STARRED',
  'UNREAD',
] as const;

export class LabelNameTakenError extends Error {
  override readonly name = 'LabelNameTakenError';
}

class UnknownLabelError extends Error {
  override readonly name = 'UnknownLabelError';
}

/** The labels of one mailbox. A user label keeps its id through every rename. */
export class Labels {
  #byId = new Map<string, Label>();
  #random: Random;

  constructor(random: Random) {
    this.#random = random;
    for (const id of SYSTEM_LABELS) this.#byId.set(id, { id, name: id, type: 'system' });
  }

  list(): Label[] {
    return [...this.#byId.values()];
  }

  get(id: string): Label | undefined {
    return this.#byId.get(id);
  }

  /** By name, any casing. */
  named(name: string): Label | undefined {
    const wanted = name.toLowerCase();
    return this.list().find((label) => label.name.toLowerCase() === wanted);
  }

  /** @throws LabelNameTakenError */
  create(name: string): Label {
    if (this.named(name)) throw new LabelNameTakenError(`Label name exists: ${name}`);
    const id = `Label_${10 + this.#random.int(9_000_000_000)}`;
    const label: Label = { id, name, type: 'user' };
    this.#byId.set(id, label);
    return label;
  }

  /** The id of a label given by id or by name, made when it is new. */
  ensure(idOrName: string): string {
    return (this.#byId.get(idOrName) ?? this.named(idOrName) ?? this.create(idOrName)).id;
  }

  rename(idOrName: string, name: string): Label {
    const label = this.require(idOrName);
    label.name = name;
    return label;
  }

  remove(idOrName: string): Label {
    const label = this.require(idOrName);
    this.#byId.delete(label.id);
    return label;
  }

  /** @throws UnknownLabelError */
  require(idOrName: string): Label {
    const label = this.#byId.get(idOrName) ?? this.named(idOrName);
    if (!label) throw new UnknownLabelError(`No label ${idOrName}`);
    return label;
  }
}
