import { useMarquee } from '../state/marquee';
import { useMetrics } from '../state/queries';
import { datasetInWords } from './Dashboard';
import { Search } from './Search';
import { ThemeButton } from './ThemeButton';
import { ViewerSwitch } from './ViewerSwitch';

export function Header() {
  const { client } = useMarquee();
  const { data: metrics } = useMetrics(client);
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
        <ThemeButton />
      </div>
    </header>
  );
}
