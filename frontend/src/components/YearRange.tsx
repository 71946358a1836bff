import { useEffect, useState } from 'react';
import { inOrder, year, type Filters } from '../state/filters';

const kRestMs = 500;

/** Two years, either may be left open; and the decades as short cuts. */
export function YearRange(props: {
  filters: Pick<Filters, 'yearFrom' | 'yearTo'>;
  /** The catalogue's. */
  first: number | null;
  last: number | null;
  onChange: (from: number | null, to: number | null) => void;
}) {
  const { filters, first, last, onChange } = props;
  const { yearFrom, yearTo } = filters;
  const change = (from: number | null, to: number | null) => onChange(...inOrder(from, to));
  return (
    <fieldset className="filter-years">
      <legend>Years</legend>
      <div className="year-fields">
        <YearField
          label="From"
          value={yearFrom}
          placeholder={first}
          onChange={(from) => change(from, yearTo)}
        />
        <YearField
          label="To"
          value={yearTo}
          placeholder={last}
          onChange={(to) => change(yearFrom, to)}
        />
      </div>
      <div className="filter-chips">
        {decades(first, last).map((decade) => {
          const isOn = yearFrom === decade && yearTo === decade + 9;
          return (
            <button
              key={decade}
              type="button"
              className={isOn ? 'chip chip-on' : 'chip'}
              aria-pressed={isOn}
              onClick={() => (isOn ? onChange(null, null) : onChange(decade, decade + 9))}
            >
              {decade}s
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}

/** The last eight decades of the catalogue. */
export function decades(first: number | null, last: number | null): number[] {
  if (first === null || last === null) return [];
  const starts = [];
  for (let decade = Math.floor(first / 10) * 10; decade <= last; decade += 10) starts.push(decade);
  return starts.slice(-8);
}

/** A year counts when typing has rested, the field is left or Enter pressed. */
function YearField(props: {
  label: string;
  value: number | null;
  placeholder: number | null;
  onChange: (value: number | null) => void;
}) {
  const { label, value, placeholder, onChange } = props;
  const [text, setText] = useState<string | null>(null); // null: not being typed in
  const typed = text === null ? null : year(text);
  const isWrong = text !== null && text.trim() !== '' && typed === null;
  const commit = () => {
    if (text === null) return;
    setText(null);
    if (!isWrong && typed !== value) onChange(typed);
  };
  useEffect(() => {
    if (text === null || isWrong) return;
    const timer = setTimeout(commit, kRestMs);
    return () => clearTimeout(timer);
  });
  return (
    <label className="year-field">
      <span>{label}</span>
      <input
        inputMode="numeric"
        autoComplete="off"
        maxLength={4}
        value={text ?? value ?? ''}
        placeholder={placeholder === null ? '' : String(placeholder)}
        aria-invalid={isWrong && text.trim().length >= 4}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </label>
  );
}
