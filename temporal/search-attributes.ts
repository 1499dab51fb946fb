import type { Connection } from '@temporalio/client';

/** By name, as the command line of Temporal spells the types. */
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

/** A client's connection or a worker's. */
export type OperatorConnection = Pick<Connection, 'operatorService'>;

/** Names of those of `wanted` that the namespace lacks, or has with another type. */
export const missingSearchAttributes = async (
  connection: OperatorConnection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<string[]> => {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(wanted)
    .filter(([name, type]) => customAttributes[name] !== WIRE_TYPES[type])
    .map(([name]) => name);
};

/** Registers those of `wanted` that the namespace lacks. */
export const registerSearchAttributes = async (
  connection: OperatorConnection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<void> => {
  const missing = await missingSearchAttributes(connection, namespace, wanted);
  if (missing.length === 0) return;
  await addSearchAttributes(
    connection,
    namespace,
    Object.fromEntries(Object.entries(wanted).filter(([name]) => missing.includes(name))),
  );
};

/** For a server that cannot list them: Temporal's test server. */
export const addSearchAttributes = async (
  connection: OperatorConnection,
  namespace: string,
  wanted: SearchAttributes,
): Promise<void> => {
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(
      Object.entries(wanted).map(([name, type]) => [name, WIRE_TYPES[type]]),
    ),
  });
};
