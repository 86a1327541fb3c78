import type { AttributeKind, AttributeProblem, Attributes } from './declare.js';
import { accountTypes } from './types/accounts.js';
import { adapterTypes } from './types/adapters.js';
import { fileTypes } from './types/files.js';
import { serviceTypes } from './types/services.js';
import { storageTypes } from './types/storage.js';
import { systemTypes } from './types/system.js';

export const declaredTypes = {
  ...fileTypes,
  ...storageTypes,
  ...accountTypes,
  ...serviceTypes,
  ...systemTypes,
  ...adapterTypes,
};

export type DeclaredTypeName = keyof typeof declaredTypes;

/** Attributes of a type by its name, defaults filled in. */
export type AttributesOf<T extends DeclaredTypeName> = Attributes<(typeof declaredTypes)[T]['attributes']>;

/** The entry of a type as code reads it that serves them all. */
export interface AnyDeclaredType {
  readonly kinds?: Readonly<Record<string, AttributeKind>>;
  readonly risky?: boolean;
  readonly key?: (attributes: Readonly<Record<string, unknown>>) => string;
  readonly problems?: (attributes: Readonly<Record<string, unknown>>) => readonly AttributeProblem[];
}

export const declaredType = (name: DeclaredTypeName): AnyDeclaredType =>
  declaredTypes[name] as unknown as AnyDeclaredType;
