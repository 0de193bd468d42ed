// Where the reader is: what follows # in the address, so that the node serves one page and links can be kept.
import { Store } from './store.js';

export interface Route {
  path: string[];
}

function current(): Route {
  const text = location.hash.replace(/^#\/?/, '');
  return { path: text === '' ? ['network'] : text.split('/').map(safeDecode) };
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = new Store<Route>(current());

addEventListener('hashchange', () => {
  route.set(current());
  scrollTo(0, 0);
});

export function href(...path: (string | bigint | number)[]): string {
  return `#/${path.map((part) => encodeURIComponent(String(part))).join('/')}`;
}
export function go(...path: (string | bigint | number)[]): void {
  location.hash = href(...path);
}
