import { useEffect, useState } from 'react';

const kRestMs = 250;

/** How unlike one another the films may be; asks anew when the thumb rests. */
export function DiversitySlider(props: { value: number; onChange: (value: number) => void }) {
  const { value, onChange } = props;
  const [draft, setDraft] = useState<number | null>(null);
  useEffect(() => {
    if (draft === null) return;
    const timer = setTimeout(() => {
      setDraft(null);
      if (draft !== value) onChange(draft);
    }, kRestMs);
    return () => clearTimeout(timer);
  }, [draft, value, onChange]);
  const shown = draft ?? value;
  return (
    <div className="filter-diversity">
      <label htmlFor="diversity">Mix</label>
      <input
        id="diversity"
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={shown}
        aria-valuetext={mixInWords(shown)}
        onChange={(event) => setDraft(Number(event.target.value))}
      />
      <p className="muted" aria-hidden="true">
        {mixInWords(shown)}
      </p>
    </div>
  );
}

export function mixInWords(diversity: number): string {
  if (diversity === 0) return 'What fits best';
  const share = `${Math.round(diversity * 100)} %`;
  if (diversity < 0.4) return `A little variety, ${share}`;
  return diversity < 0.75 ? `Mixed, ${share}` : `As different as can be, ${share}`;
}
