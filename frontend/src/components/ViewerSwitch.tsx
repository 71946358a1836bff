import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useMarquee } from '../state/marquee';
import { useMetrics } from '../state/queries';
import { isGuest, newGuestId, whyNoId } from '../state/viewer';
import { hash32 } from '../poster/random';
import { Icon } from './Icon';

const kSuggestions = ['1', '42', '199', '414'];

function nameOf(userId: string): string {
  return isGuest(userId) ? `Guest ${userId.slice('guest-'.length, 'guest-'.length + 4)}` : userId;
}

function Avatar({ userId }: { userId: string }) {
  return (
    <span
      className={`avatar avatar-${hash32(userId) % 6}`}
      data-letter={isGuest(userId) ? 'G' : [...userId][0]?.toUpperCase()}
      aria-hidden="true"
    />
  );
}

/** Who is watching: a button that opens a small form to become someone else. */
export function ViewerSwitch() {
  const { viewer, client } = useMarquee();
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const { data: metrics } = useMetrics(client);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const become = (userId: string) => {
    viewer.switchTo(userId);
    setText('');
    setProblem(null);
    close();
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = whyNoId(text.trim());
    setProblem(wrong);
    if (wrong === null) become(text.trim());
  };
  useEffect(() => {
    if (!isOpen) return;
    input.current?.focus();
    const onPointerDown = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [isOpen]);

  const samples = metrics?.sample_viewers?.length ? metrics.sample_viewers : kSuggestions;
  const suggestions = samples.filter((id) => id !== viewer.userId).slice(0, 4);
  return (
    <div
      className="viewer"
      ref={root}
      onKeyDown={(event) => event.key === 'Escape' && isOpen && close()}
    >
      <button
        ref={button}
        type="button"
        className="viewer-button"
        aria-expanded={isOpen}
        aria-controls="viewer-form"
        aria-label={`Viewer ${nameOf(viewer.userId)}. Switch viewer`}
        title={viewer.userId}
        onClick={() => setOpen(!isOpen)}
      >
        <Avatar userId={viewer.userId} />
        <bdi className="viewer-name">{nameOf(viewer.userId)}</bdi>
        <Icon name="down" size={16} />
      </button>
      {isOpen && (
        <form
          id="viewer-form"
          className="viewer-form"
          aria-label="Switch viewer"
          onSubmit={onSubmit}
        >
          <label htmlFor="viewer-id">Watch as</label>
          <div className="viewer-field">
            <input
              id="viewer-id"
              ref={input}
              value={text}
              placeholder="id, such as 42"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              aria-invalid={problem !== null}
              aria-describedby={problem === null ? undefined : 'viewer-problem'}
              onChange={(event) => {
                setText(event.target.value);
                setProblem(null);
              }}
            />
            <button type="submit" className="button button-accent">
              Switch
            </button>
          </div>
          {problem && (
            <p id="viewer-problem" className="field-problem" role="alert">
              {problem}
            </p>
          )}
          <Chips title="Try" ids={suggestions} onChoose={become} />
          <Chips title="Before" ids={viewer.recent.slice(0, 4)} onChoose={become} />
          <button
            type="button"
            className="button viewer-guest"
            onClick={() => become(newGuestId())}
          >
            <Icon name="guest" size={16} /> New guest
          </button>
        </form>
      )}
    </div>
  );
}

function Chips(props: { title: string; ids: readonly string[]; onChoose: (id: string) => void }) {
  if (props.ids.length === 0) return null;
  return (
    <div className="chips" role="group" aria-label={props.title}>
      <span className="label">{props.title}</span>
      {props.ids.map((id) => (
        <button
          key={id}
          type="button"
          className="chip"
          title={id}
          onClick={() => props.onChoose(id)}
        >
          <bdi>{nameOf(id)}</bdi>
        </button>
      ))}
    </div>
  );
}
