import { useTheme } from '../state/theme';
import { Icon } from './Icon';

export function ThemeButton() {
  const { theme, toggle } = useTheme();
  return (
    <button
      type="button"
      className="icon-button theme"
      aria-label={theme === 'dark' ? 'Switch to light colours' : 'Switch to dark colours'}
      title={theme === 'dark' ? 'Light colours' : 'Dark colours'}
      onClick={toggle}
    >
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}
