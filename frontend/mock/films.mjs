// Where the mock's films come from: MovieLens' movies.csv, or a few hundred invented ones, some of
// them with titles that try to break the page.
const kGenres = [
  'Drama',
  'Comedy',
  'Action',
  'Thriller',
  'Romance',
  'Sci-Fi',
  'Adventure',
  'Crime',
  'Horror',
  'Fantasy',
  'Animation',
  'Mystery',
  'War',
  'Western',
  'Documentary',
  'Musical',
  'Film-Noir',
  'Children',
];
const kFirst = [
  'Silent',
  'Crimson',
  'Last',
  'Midnight',
  'Paper',
  'Hollow',
  'Golden',
  'Broken',
  'Distant',
  'Electric',
  'Little',
  'Burning',
  'Winter',
  'Glass',
  'Lost',
  'Second',
  'Iron',
  'Velvet',
];
const kSecond = [
  'Harbour',
  'Empire',
  'Letters',
  'Station',
  'Garden',
  'Protocol',
  'Summer',
  'Orchard',
  'Witness',
  'Parade',
  'Horizon',
  'Waltz',
  'Frontier',
  'Signal',
  'Kingdom',
  'Shadows',
];
const kShape = [
  (a, b) => `The ${a} ${b}`,
  (a, b) => `${a} ${b}`,
  (a, b) => `${b} of the ${a}`,
  (a) => a,
  (a, b) => `A ${a} ${b}`,
  (a, b) => `${b}: The ${a} Chapter`,
];

export function inventFilms() {
  const films = [];
  for (let i = 0; i < 360; i++) {
    const title = kShape[(i * 7) % kShape.length](
      kFirst[(i * 5) % kFirst.length],
      kSecond[(i * 11 + (i >> 4)) % kSecond.length],
    );
    const genres = [
      ...new Set([kGenres[i % kGenres.length], kGenres[(i * 7 + 3) % kGenres.length]]),
    ].slice(0, 1 + (i % 3 > 0));
    films.push({
      movie_id: String(i + 1),
      title,
      year: 1932 + ((i * 17) % 93),
      genres,
      popularity: 1 / (1 + i / 60),
    });
  }
  films[9].title = `${'Extraordinarily Long Titles and How to Survive Them '.repeat(10)}`.slice(
    0,
    500,
  );
  films[13].title = '<img src=x onerror=alert(1)> & "Quotes" </script>';
  films[17].title = 'شارع الحب \u202e(reversed)';
  films[19].title =
    'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
  films[22].title = '千と千尋の神隠し';
  films[25] = { ...films[25], year: null, genres: [] };
  return films;
}

export function readFilms(csv) {
  const rows = csv
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((line) => /^(\d+),(?:"((?:[^"]|"")*)"|([^,]*)),(.*?)\r?$/.exec(line))
    .filter(Boolean);
  return rows.map(([, id, quoted, plain, genres], i) => {
    const text = (quoted ?? plain).replaceAll('""', '"').trim();
    const year = /\((\d{4})\)$/.exec(text);
    return {
      movie_id: id,
      title: year ? text.slice(0, -7).trim() : text,
      year: year ? Number(year[1]) : null,
      genres: genres === '(no genres listed)' ? [] : genres.split('|'),
      popularity: 1 / (1 + ((i * 7919) % rows.length) / 150),
    };
  });
}
