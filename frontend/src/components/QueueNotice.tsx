import { useMarquee } from '../state/marquee';

/** Says that actions wait on this device, and why; nothing while all is well. */
export function QueueNotice() {
  const { queue, retryNow } = useMarquee();
  if (queue.trouble === null || queue.waiting.length === 0) return null;
  const count = queue.waiting.length;
  return (
    <div className="notice notice-waiting" role="status">
      <p>
        <strong>{count === 1 ? '1 action waits' : `${count} actions wait`} to be sent.</strong>{' '}
        {queue.trouble.message}
      </p>
      <button type="button" className="button" onClick={retryNow}>
        Send now
      </button>
    </div>
  );
}
