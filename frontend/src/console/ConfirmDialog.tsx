import { useEffect, useId, useRef } from 'react';

/** Asks before something that viewers will notice. Escape and "Leave it" change nothing. */
export function ConfirmDialog(props: {
  title: string;
  text: string;
  action: string;
  isBusy: boolean;
  problem: string | null;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    opener.current ??= document.activeElement;
    dialog.current?.showModal();
    return () => (opener.current as HTMLElement | null)?.focus?.();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="confirm"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onClose={props.onClose}
    >
      <h2 id={`${id}-title`}>{props.title}</h2>
      <p id={`${id}-text`}>{props.text}</p>
      {props.problem && (
        <p className="field-problem" role="alert">
          {props.problem}
        </p>
      )}
      <div className="confirm-actions">
        <button type="button" className="button" onClick={props.onClose}>
          Leave it
        </button>
        <button
          type="button"
          className="button button-accent"
          disabled={props.isBusy}
          onClick={props.onConfirm}
        >
          {props.isBusy ? 'Working …' : props.action}
        </button>
      </div>
    </dialog>
  );
}
