import { Drop } from 'liquidjs';
import { type Slot, slotToken } from '../model/index.js';

/** Thrown when a template looks at a value that nobody knows yet. */
export class LateUse extends Error {
  constructor(readonly written: string) {
    super(`${written} is known only when the step runs: no filter, condition or loop can look at it.`);
    this.name = 'LateUse';
  }
}

/**
 * A value in the scope of templates that is known only when a step runs. It can be passed on and printed, as its token;
 * whatever else LiquidJS does with a value throws LateUse.
 */
export class LateValue extends Drop {
  readonly #slot: Slot;
  readonly #written: string;

  /** `written`: as people write it, `secrets.dbPassword`. */
  constructor(slot: Slot, written: string) {
    super();
    this.#slot = slot;
    this.#written = written;
  }

  static is(value: unknown): value is LateValue {
    return value instanceof LateValue;
  }

  static token(value: LateValue): string {
    return slotToken(value.#slot.name);
  }

  static refuse(value: LateValue): never {
    throw new LateUse(value.#written);
  }

  /** Truth, loops, text: LiquidJS asks for the plain value of a Drop first. */
  override valueOf(): never {
    return LateValue.refuse(this);
  }
  override toString(): never {
    return LateValue.refuse(this);
  }
  toJSON(): never {
    return LateValue.refuse(this);
  }
  /** Called before a property of this value is read. */
  toLiquid(): never {
    return LateValue.refuse(this);
  }
  // The five methods by which LiquidJS knows a value that compares itself.
  equals(): never {
    return LateValue.refuse(this);
  }
  gt(): never {
    return LateValue.refuse(this);
  }
  geq(): never {
    return LateValue.refuse(this);
  }
  lt(): never {
    return LateValue.refuse(this);
  }
  leq(): never {
    return LateValue.refuse(this);
  }
}
