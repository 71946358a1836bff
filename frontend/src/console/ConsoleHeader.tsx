import { ThemeButton } from '../components/ThemeButton';

export function ConsoleHeader({ onSignOut }: { onSignOut: (() => void) | null }) {
  return (
    <header className="top">
      <div className="top-inner">
        <a className="brand" href="/" aria-label="Marquee, the viewer’s page">
          Marquee
        </a>
        <span className="dataset">Operator</span>
        <nav className="console-nav" aria-label="Pages">
          <a href="/">Viewer’s page</a>
        </nav>
        {onSignOut && (
          <button type="button" className="button" onClick={onSignOut}>
            Sign out
          </button>
        )}
        <ThemeButton />
      </div>
    </header>
  );
}
