import { z } from 'zod';

/** What of an inbox is synced, as answers tell it. */
export const scopeView = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('contacts') }),
    z.object({ kind: z.literal('label'), labelId: z.string() }),
    z.object({
      kind: z.literal('folder'),
      folderId: z.string(),
      includeSubfolders: z.boolean(),
    }),
    z.object({ kind: z.literal('unchosen') }),
  ])
  .meta({
    id: 'Scope',
    description:
      'Everything with contacts, or of that one label (Gmail) or one folder (Outlook). unchosen: its user has yet to choose, and nothing is read.',
  });

export const scopeChoiceSchema = z
  .object({
    kind: z.enum(['label', 'folder']),
    id: z.string(),
    name: z.string(),
    system: z.boolean().describe('The provider’s own, such as Inbox or Sent.'),
  })
  .meta({ id: 'ScopeChoice' });
