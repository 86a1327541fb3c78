import proto from '@temporalio/proto';
import { searchAttributes } from '../model/index.js';

const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;

/** Adds those of our six search attributes that the namespace lacks; gives back their names. */
export async function ensureSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributes.filter((name) => customAttributes[name] === undefined);
  if (missing.length === 0) return [];
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD])),
  });
  return missing;
}

/** Both kinds of connection of the SDK. */
export interface OperatorConnection {
  readonly operatorService: proto.temporal.api.operatorservice.v1.OperatorService;
}
