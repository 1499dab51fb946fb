import type { Connection } from '@temporalio/client';

export type SearchAttributes = Readonly<Record<string, SearchAttributeType>>;

export type SearchAttributeType =
  | 'Text'
  | 'Keyword'
  | 'Int'
  | 'Double'
  | 'Bool'
  | 'Datetime'
  | 'KeywordList';

/** IndexedValueType of temporal.api.enums.v1. */
const WIRE_TYPES: Readonly<Record<SearchAttributeType, number>> = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
};

/** Registers those of `wanted` that the namespace lacks. */
export const registerSearchAttributes = async (
  connection: Connection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<void> => {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(wanted).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, WIRE_TYPES[type]])),
  });
};
