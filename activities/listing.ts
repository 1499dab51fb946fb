import type { ActiveSlice } from '../db/backfill-slice-store.ts';
import type { Scope } from '../domain/scope.ts';
import { searchTermsFor } from '../domain/search-terms.ts';
import { PageTokenInvalidError } from '../providers/errors.ts';
import type { MailProvider, SearchPage } from '../providers/mail-provider.ts';

export interface ListedPage {
  slice: ActiveSlice;
  ids: string[];
  /** null: the slice is done once these ids are. */
  nextPageToken: string | null;
}

/** Next page of each slice in order, until `enough` ids are listed or a slice has more pages. */
export async function listPages(
  mailbox: MailProvider,
  scope: Scope,
  slices: readonly ActiveSlice[],
  enough: number,
): Promise<ListedPage[]> {
  const pages: ListedPage[] = [];
  let listed = 0;
  for (const slice of slices) {
    const { ids, nextPageToken } = await listPage(mailbox, scope, slice);
    pages.push({ slice, ids, nextPageToken });
    listed += ids.length;
    if (listed >= enough || nextPageToken !== null) break;
  }
  return pages;
}

async function listPage(
  mailbox: MailProvider,
  scope: Scope,
  slice: ActiveSlice,
): Promise<SearchPage> {
  const addresses = [
    ...new Set(
      slice.addresses.flatMap(({ matchKey, address }) => searchTermsFor(matchKey, address)),
    ),
  ];
  // Every contact of this slice was removed since it was planned.
  if (addresses.length === 0) return { ids: [], nextPageToken: null };
  const query = { addresses, from: slice.from, to: slice.to, scope };
  try {
    return await mailbox.search(query, slice.pageToken);
  } catch (error) {
    if (!(error instanceof PageTokenInvalidError) || slice.pageToken === null) throw error;
    // The provider forgot the page: from the start again, verdicts make the repetition cheap.
    return await mailbox.search(query, null);
  }
}
