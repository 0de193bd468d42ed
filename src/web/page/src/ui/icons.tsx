// The page's own small drawings.
const paths = {
  network: 'M4 7h16M4 12h16M4 17h10M18 15v5M15.5 17.5h5',
  market: 'M4 18l5-6 4 3 7-9M15 6h5v5',
  wallet: 'M4 7.5A2.5 2.5 0 016.5 5H18v4M4 7.5V17a2 2 0 002 2h14V9H5.5A1.5 1.5 0 014 7.5M16 14h.01',
  regulator: 'M12 4v16M8 20h8M5 8h14M5 8l-2 6a3 3 0 006 0L7 8M17 8l-2 6a3 3 0 006 0l-2-6',
  check: 'M12 3l7 3v5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V6l7-3M8.5 12l2.5 2.5 4.5-5',
  said: 'M12 21a9 9 0 110-18 9 9 0 010 18M9.5 9.5a2.5 2.5 0 113.5 2.3c-.7.3-1 .8-1 1.7M12 16.5h.01',
  warn: 'M12 4l9 16H3L12 4M12 10v4M12 17h.01',
  search: 'M11 18a7 7 0 110-14 7 7 0 010 14M16 16l4 4',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  sun: 'M12 16a4 4 0 110-8 4 4 0 010 8M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6l1.4 1.4M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 119.5 4 6.5 6.5 0 0020 14.5',
  close: 'M6 6l12 12M18 6L6 18',
  pin: 'M12 14v7M8 4h8l-1 6 3 4H6l3-4-1-6',
  folder: 'M4 18V6.5A1.5 1.5 0 015.5 5H10l2 2.5h6.5A1.5 1.5 0 0120 9v9a1 1 0 01-1 1H5a1 1 0 01-1-1',
  down: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  key: 'M14.5 14a4.5 4.5 0 10-4.3-3.2L4 17v3h3l1-1v-2h2l1.8-1.8c.8.5 1.7.8 2.7.8M15.5 9h.01',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ of, label }: { of: IconName; label?: string }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      role={label === undefined ? undefined : 'img'}
      aria-label={label}
      aria-hidden={label === undefined ? 'true' : undefined}
      focusable="false"
    >
      <path d={paths[of]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M9 22c0-8 5-13 14-13 0 9-5 14-13 14M9 25c1-5 4-8 8-10" />
    </svg>
  );
}
