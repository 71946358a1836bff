import { useMarquee } from '../state/marquee';
import { useMetrics } from '../state/queries';
import { useTheme } from '../state/theme';
import { datasetInWords } from './Dashboard';
import { Icon } from './Icon';
import { Search } from './Search';
import { ViewerSwitch } from './ViewerSwitch';

export function Header() {
  const { client } = useMarquee();
  const { data: metrics } = useMetrics(client);
  const { theme, toggle } = useTheme();
  const dataset = datasetInWords(metrics?.dataset);
  return (
    <header className="top">
      <div className="top-inner">
        <a className="brand" href="/" aria-label="Marquee, start page">
          Marquee
        </a>
        {dataset !== '' && (
          <span className="dataset" title={`Recommendations from ${dataset}`}>
            {dataset}
          </span>
        )}
        <Search />
        <ViewerSwitch />
        <button
          type="button"
          className="icon-button theme"
          aria-label={theme === 'dark' ? 'Switch to light colours' : 'Switch to dark colours'}
          title={theme === 'dark' ? 'Light colours' : 'Dark colours'}
          onClick={toggle}
        >
          <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        </button>
      </div>
    </header>
  );
}
