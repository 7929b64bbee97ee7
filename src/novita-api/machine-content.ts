import type { Protocol } from '../vocabulary/protocol.js';

/** What of a machine can be changed after its create. */
export interface MachineContent {
  image: string;
  registryAuthId: string | null;
  command: string | null;
  entrypoint: string | null;
  envs: { key: string; value: string }[];
  ports: { port: number; protocol: Protocol }[];
  rootfsSizeGb: number;
}
export type ContentField = keyof MachineContent;

/** A network volume that a machine has. */
export interface VolumeMount {
  volumeId: string;
  mountPath: string;
}

/** A field that Novita does not show is undefined. */
type Shown = { [Field in ContentField]: MachineContent[Field] | undefined };

/**
 * What Novita shows of the content of a machine. It holds secrets, so it only says in which fields it differs from what is wanted, and is
 * never stored, logged or shown.
 */
export class ShownContent {
  readonly #shown: Shown;

  constructor(
    shown: Shown,
    /** Null: Novita does not show them. */
    readonly volumeMounts: VolumeMount[] | null,
  ) {
    this.#shown = shown;
  }

  /** Fields that are not as wanted. A disk that is larger is as wanted, and so is what Novita does not show. */
  differingFrom(wanted: MachineContent): ContentField[] {
    const shown = this.#shown;
    return (Object.keys(shown) as ContentField[]).filter((field) => {
      if (shown[field] === undefined) return false;
      if (field === 'rootfsSizeGb') return (shown.rootfsSizeGb ?? 0) < wanted.rootfsSizeGb;
      return canonical(shown[field]) !== canonical(wanted[field]);
    });
  }

  toJSON(): string {
    return '[content of a machine]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[content of a machine]';
  }
}

/** The order of ports and variables means nothing, and an empty text is none. */
const canonical = (value: MachineContent[ContentField]): string =>
  Array.isArray(value)
    ? JSON.stringify(value.map((each) => JSON.stringify(Object.entries(each).sort())).sort())
    : JSON.stringify(value === '' ? null : value);
