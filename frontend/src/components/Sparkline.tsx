/** A small curve of the last values; says its latest one to those who cannot see it. */
export function Sparkline({ points, label }: { points: readonly number[]; label: string }) {
  if (points.length < 2) return <div className="sparkline" />;
  const top = Math.max(...points, 1);
  const step = 100 / (points.length - 1);
  const line = points
    .map(
      (value, i) =>
        `${i === 0 ? 'M' : 'L'}${(i * step).toFixed(1)} ${(22 - (value / top) * 20).toFixed(1)}`,
    )
    .join('');
  const latest = points.at(-1)!;
  const words = `${latest < 10 ? latest.toFixed(1) : Math.round(latest)} ${label}`;
  return (
    <svg
      className="sparkline"
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
    >
      <path className="sparkline-area" d={`${line}L100 24L0 24Z`} />
      <path className="sparkline-line" d={line} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
