const kPaths = {
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM20 20l-4.6-4.6',
  hide: 'M4 4l16 16M9.9 5.2A9.7 9.7 0 0 1 12 5c5.5 0 9 7 9 7a16 16 0 0 1-2.6 3.4M6.3 6.9A16 16 0 0 0 3 12s3.5 7 9 7a9 9 0 0 0 4.5-1.2M9.9 9.9a3 3 0 0 0 4.2 4.2',
  close: 'M6 6l12 12M18 6L6 18',
  undo: 'M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  filter: 'M4 6h16M7 12h10M10 18h4',
  check: 'M5 13l4.5 4.5L19 7',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  down: 'M6 9l6 6 6-6',
  bolt: 'M13 3L5 14h6l-1 7 8-11h-6l1-7Z',
  guest:
    'M15 19v-1a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4v1M9 10.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM19 8v6M16 11h6',
} as const;

/** A line drawing in the colour of the text around it; always beside or inside a named control. */
export function Icon({ name, size = 18 }: { name: keyof typeof kPaths; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      style={{ width: `${size / 16}rem`, height: `${size / 16}rem` }} // grows with the type
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={kPaths[name]} />
    </svg>
  );
}
