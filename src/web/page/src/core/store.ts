// A value that views look at: whoever uses it is drawn again when it changes.
import { useEffect, useReducer } from 'preact/hooks';

export class Store<T> {
  private readonly listeners = new Set<() => void>();
  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }
  set(next: T): void {
    if (Object.is(next, this.current)) return;
    this.current = next;
    for (const listener of [...this.listeners]) listener();
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => store.subscribe(() => redraw(undefined)), [store]);
  return store.value;
}

/** What this browser keeps for the page; nothing where it keeps nothing. */
export const kept = {
  read<T>(name: string): T | undefined {
    try {
      const text = localStorage.getItem(`pcq.${name}`);
      return text === null ? undefined : (JSON.parse(text) as T);
    } catch {
      return undefined;
    }
  },
  write(name: string, value: unknown): void {
    try {
      if (value === undefined) localStorage.removeItem(`pcq.${name}`);
      else localStorage.setItem(`pcq.${name}`, JSON.stringify(value));
    } catch {
      // Without storage the page works, and remembers nothing.
    }
  },
};
