import { Tagger, type Tag } from '../../src/machines/domain/tag.js';

/** Remembers what it has read: the same names are read many times. */
export class RememberingTagger extends Tagger {
  private readonly known = new Map<string, Tag | null>();

  override read(name: string): Tag | null {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const tag = super.read(name);
    this.known.set(name, tag);
    return tag;
  }
}
