import { createDataConverter, parsePayloadKeys } from '../../codec/data-converter.ts';

/**
 * Also of the recorded histories, which lie in the repository sealed as Temporal keeps them, so that
 * a replay goes through the codec. The key protects nothing: they hold made-up ids.
 */
export const testDataConverter = createDataConverter(
  parsePayloadKeys('recorded:TXaWCSptKZiQjEfIUkU5wFkXiSp7+XY553FJ+erwWdw='),
);
