import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

const kValues = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5];
const kStar = 'M10 1.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8L1.6 7.7l5.8-.8Z';
/** Arrow keys pass over values on their way; a rating counts when the keys have rested. */
export const kKeyboardRestMs = 900;

function inWords(value: number): string {
  const half = value % 1 === 0 ? '' : '½';
  return `${value < 1 ? '' : Math.floor(value)}${half} of 5 stars`;
}

function Row({ filled }: { filled: boolean }) {
  return (
    <svg
      viewBox="0 0 100 20"
      className={filled ? 'stars-filled' : 'stars-empty'}
      aria-hidden="true"
    >
      {[0, 20, 40, 60, 80].map((x) => (
        <path key={x} d={kStar} transform={`translate(${x})`} />
      ))}
    </svg>
  );
}

/** Half stars as a group of ten radio buttons: one tab stop, arrow keys, or a click on a half. */
export function StarRating(props: {
  /** What is rated, for the group's name. */
  label: string;
  value: number | null;
  onRate: (value: number) => void;
}) {
  const { label, value, onRate } = props;
  const name = useId();
  const [draft, setDraft] = useState<number | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const byPointer = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const commit = (rating: number | null) => {
    clearTimeout(timer.current);
    setDraft(null);
    if (rating !== null && rating !== value) onRate(rating);
  };
  const choose = (rating: number) => {
    if (byPointer.current) {
      byPointer.current = false;
      commit(rating);
      return;
    }
    setDraft(rating);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => commit(rating), kKeyboardRestMs);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    byPointer.current = false;
    if (event.key === 'Enter') commit(draft);
    if (event.key === 'Escape') commit(null);
  };

  const shown = hover ?? draft ?? value ?? 0;
  return (
    <div
      className="stars"
      role="radiogroup"
      aria-label={`Rate ${label}`}
      onPointerLeave={() => setHover(null)}
      onPointerDown={() => (byPointer.current = true)}
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) commit(draft);
      }}
    >
      <Row filled={false} />
      <div className="stars-clip" style={{ width: `${shown * 20}%` }}>
        <Row filled />
      </div>
      {kValues.map((rating, index) => (
        <input
          key={rating}
          type="radio"
          name={name}
          value={rating}
          aria-label={inWords(rating)}
          checked={(draft ?? value) === rating}
          onChange={() => choose(rating)}
          onPointerMove={(event) => {
            // A list that moves under a resting mouse makes moves of length 0: no preview then.
            const moved = event.movementX !== 0 || event.movementY !== 0;
            if (event.pointerType === 'mouse' && moved) setHover(rating);
          }}
          style={{ left: `${index * 10}%` }}
        />
      ))}
    </div>
  );
}
