// Which genesis documents are believed. Everything that the page calls verified is verified against the document of
// its chain, and the node that is being checked has handed that out too: so its hash, the chain's id, can be compared
// with one from elsewhere and pinned. Without a pin the first one seen counts, and the page says so.
import { kept, Store } from './store.js';

export type Trust = 'pinned' | 'first' | 'changed' | 'refused';

interface Known {
  [chain: string]: string; // name: id
}

export class TrustStore {
  readonly changes = new Store(0);
  private pins: Known = kept.read<Known>('pins') ?? {};
  private seen: Known = kept.read<Known>('seen') ?? {};

  /** What stands of a chain of this name that has this id. */
  of(name: string, id: string): Trust {
    const pin = this.pins[name];
    if (pin !== undefined) return pin === id ? 'pinned' : 'refused';
    const before = this.seen[name];
    if (before === undefined) {
      this.seen = { ...this.seen, [name]: id };
      kept.write('seen', this.seen);
    }
    return before === undefined || before === id ? 'first' : 'changed';
  }
  pinOf(name: string): string | undefined {
    return this.pins[name];
  }
  pin(name: string, id: string): void {
    this.pins = { ...this.pins, [name]: id };
    this.seen = { ...this.seen, [name]: id };
    this.save();
  }
  unpin(name: string): void {
    const { [name]: _, ...others } = this.pins;
    this.pins = others;
    this.save();
  }
  /** A chain that has changed is taken for what it is now. */
  accept(name: string, id: string): void {
    this.seen = { ...this.seen, [name]: id };
    this.save();
  }
  private save(): void {
    kept.write('pins', this.pins);
    kept.write('seen', this.seen);
    this.changes.set(this.changes.value + 1);
  }
}

export const trust = new TrustStore();
