import { useEffect, useState } from 'react';
import { starsInWords } from '../state/activity';
import { useMarquee } from '../state/marquee';
import type { Toast } from '../state/toasts';
import { displayTitle } from '../poster/title';
import { Icon } from './Icon';

const kShownMs = 8000;

/** Messages that go by themselves, unless pointer or focus rests on them. */
export function Toasts() {
  const { toasts, dismissToast } = useMarquee();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <ToastLine key={toast.id} toast={toast} onDone={() => dismissToast(toast.id)} />
      ))}
    </div>
  );
}

function ToastLine({ toast, onDone }: { toast: Toast; onDone: () => void }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onDone, kShownMs);
    return () => clearTimeout(timer);
    // onDone is new at every render; the time runs from showing or releasing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [held]);
  return (
    <div
      className={toast.tone === 'error' ? 'toast toast-error' : 'toast'}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p>
        {toast.text}
        {toast.movie !== undefined && (
          <>
            {' '}
            <bdi className="toast-movie">{displayTitle(toast.movie, null)}</bdi>
          </>
        )}
        {toast.stars !== undefined && ` ${starsInWords(toast.stars)}`}
      </p>
      {toast.undo && (
        <button
          type="button"
          className="button button-accent"
          onClick={() => {
            toast.undo!();
            onDone();
          }}
        >
          Undo
        </button>
      )}
      <button type="button" className="icon-button" aria-label="Dismiss" onClick={onDone}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
