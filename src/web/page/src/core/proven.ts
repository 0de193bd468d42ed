// Records with their proof, several at once and all of the same height; and the hook by which views show them.
import { decode, type Header, PcqError, type Table } from 'pcq-client';
import { useEffect, useRef, useState } from 'preact/hooks';

import { type Chain } from './chain.js';
import { useStore } from './store.js';

type Schema = Parameters<typeof decode>[0];
export interface Wanted<T> {
  key: Uint8Array;
  read: (value: Uint8Array) => T;
}

/** A record of a table by its key. */
export function want<K extends readonly unknown[], D extends Schema>(
  table: Table<K, D>,
  ...key: K
): Wanted<Shape<D>> {
  return {
    key: table.key(...key),
    read: (value) => {
      const record = decode(table.schema, value);
      if (record === undefined)
        throw new PcqError('bad_encoding', 'the proven record is of another kind than asked for');
      return record as Shape<D>;
    },
  };
}
type Shape<D extends Schema> = NonNullable<ReturnType<typeof decode<D>>>;

const keysMax = 256;

export interface Proven<T> {
  header: Header;
  values: T;
}

/** Each record, or null where there is proven to be none. */
export async function read<const T extends readonly Wanted<unknown>[]>(
  chain: Chain,
  wanted: T,
  height?: bigint,
): Promise<Proven<{ [I in keyof T]: T[I] extends Wanted<infer V> ? V | null : never }>> {
  const values: unknown[] = [];
  let header: Header | undefined;
  for (let at = 0; at < wanted.length; at += keysMax) {
    const part = wanted.slice(at, at + keysMax);
    const answer = await chain.reader.read(
      part.map(({ key }) => key),
      header?.height ?? height,
    );
    header = answer.header;
    values.push(...answer.values.map((value, i) => (value === null ? null : part[i]!.read(value))));
  }
  return { header: header!, values: values as never };
}

export interface Loaded<T> {
  value?: T;
  error?: unknown;
  loading: boolean;
}

const pauseMs = 900; // between two questions of one view, however fast blocks come
const retryMs = 2_000; // after a failure; twice as long after each further one
const retryMsMax = 30_000;

/**
 * Loads when the view appears, when `name` changes, and after each new block of the chain (unless `once`). What was
 * there stays until something newer is. What failed is tried again: after a while, and when the node is heard again.
 */
export function useLoaded<T>(
  chain: Chain,
  name: string,
  load: () => Promise<T>,
  options: { once?: boolean } = {},
): Loaded<T> & { reload: () => void } {
  const { headers, error: away } = useStore(chain.live.now);
  const height = options.once === true ? 'once' : String(headers[0]?.height ?? '');
  const [state, setState] = useState<Loaded<T> & { name: string }>({ loading: true, name });
  const [turn, setTurn] = useState(0);
  const failures = useRef(0);
  const running = useRef<{ name: string; again: boolean } | undefined>(undefined);
  const loader = useRef(load);
  loader.current = load;
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => void (alive.current = false);
  }, []);

  useEffect(() => {
    if (running.current?.name === name) {
      running.current.again = true;
      return;
    }
    const mine = { name, again: false };
    running.current = mine;
    const run = async () => {
      do {
        mine.again = false;
        try {
          const value = await loader.current();
          if (running.current !== mine || !alive.current) return;
          failures.current = 0;
          setState({ value, loading: false, name });
        } catch (error) {
          if (running.current !== mine || !alive.current) return;
          setState((before) => ({ ...(before.name === name ? before : {}), error, loading: false, name }));
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      } while (mine.again && alive.current && running.current === mine);
      if (running.current === mine) running.current = undefined;
    };
    void run();
  }, [chain, name, height, turn]);

  useEffect(() => {
    if (state.error === undefined || state.name !== name) return undefined;
    const again = () => setTurn((n) => n + 1);
    const timer = setTimeout(again, Math.min(retryMs * 2 ** failures.current++, retryMsMax));
    return () => clearTimeout(timer);
  }, [state, name]);
  useEffect(() => {
    if (away === undefined && state.error !== undefined) setTurn((n) => n + 1);
  }, [away === undefined]);

  const shown: Loaded<T> = state.name === name ? state : { loading: true };
  return { ...shown, reload: () => setTurn((n) => n + 1) };
}
