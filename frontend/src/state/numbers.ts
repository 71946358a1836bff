// Numbers in words; a dash for what is not known.

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function count(value: unknown): string {
  return isNumber(value) ? value.toLocaleString('en') : '–';
}

export function percent(share: unknown): string {
  return isNumber(share) ? `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %` : '–';
}

/** µs, ms, s or min, with about two digits. */
export function milliseconds(value: unknown): string {
  if (!isNumber(value)) return '–';
  if (value > 0 && value < 1) return `${Math.max(1, Math.round(value * 1000))} µs`;
  if (value < 10) return `${value.toFixed(1)} ms`;
  if (value < 1000) return `${Math.round(value)} ms`;
  return value < 60_000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value / 60_000)} min`;
}

/** "just now", "5 min", "3 h", "2 days". */
export function age(seconds: unknown): string {
  if (!isNumber(seconds)) return '–';
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? '1 day' : `${days} days`;
}

/** "just now", "5 min ago", …; after a day the date. */
export function ago(ms: number, nowMs: number = Date.now()): string {
  if (Number.isNaN(ms)) return '';
  const seconds = (nowMs - ms) / 1000;
  if (seconds < 60) return 'just now';
  if (seconds < 86_400) return `${age(seconds)} ago`;
  return new Date(ms).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

/** 3.2 kB, 1.5 MB. */
export function bytes(value: unknown): string {
  if (!isNumber(value)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let left = value;
  let unit = 0;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
}

/** Milliseconds from one ISO time to another; null when either is not known. */
export function durationOf(from?: string | null, to?: string | null): number | null {
  const took = Date.parse(to ?? '') - Date.parse(from ?? '');
  return Number.isNaN(took) ? null : Math.max(0, took);
}
