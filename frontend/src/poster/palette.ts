/**
 * Colours of a generated poster. Titles stand on `paper` only, in `ink`: at least 4.5:1 (WCAG 2.2,
 * 1.4.3), which a test checks for every palette. `shade` and `glow` are for the picture.
 */
export interface Palette {
  paper: string;
  ink: string;
  shade: string;
  glow: string;
}

/** By genre; several for the frequent ones, so that a page of dramas is no wall of one colour. */
const kPalettes: Record<string, Palette[]> = {
  action: [
    { paper: '#b92a1a', ink: '#fff6ec', shade: '#78150e', glow: '#ffb35c' },
    { paper: '#1c1a1a', ink: '#fff1d6', shade: '#8f1d12', glow: '#ff9d2e' },
  ],
  adventure: [
    { paper: '#0e5c4e', ink: '#fff4dc', shade: '#093d34', glow: '#f2a93b' },
    { paper: '#1d4a6e', ink: '#fdf3df', shade: '#123149', glow: '#f4b860' },
  ],
  animation: [
    { paper: '#ffc83d', ink: '#1e1442', shade: '#2b59c3', glow: '#ff6b57' },
    { paper: '#2c4fb0', ink: '#ffffff', shade: '#1c357c', glow: '#ffce4f' },
  ],
  children: [{ paper: '#ffe08a', ink: '#123a4a', shade: '#2f9186', glow: '#ff7a59' }],
  comedy: [
    { paper: '#f6b93b', ink: '#2a1608', shade: '#d9471f', glow: '#fff0c9' },
    { paper: '#f0765a', ink: '#2b0d14', shade: '#a92f3c', glow: '#ffe3b0' },
    { paper: '#8fd3bd', ink: '#0e2f33', shade: '#2a7a75', glow: '#fff3d1' },
    { paper: '#f7dfc4', ink: '#5a1226', shade: '#e0583f', glow: '#ffc145' },
  ],
  crime: [{ paper: '#20262e', ink: '#f3ede1', shade: '#3f4d5c', glow: '#e0553a' }],
  documentary: [{ paper: '#e6dec9', ink: '#23291f', shade: '#7c8c5a', glow: '#2f4b3c' }],
  drama: [
    { paper: '#5a1f33', ink: '#fbe9dc', shade: '#87354f', glow: '#e8b088' },
    { paper: '#1f3447', ink: '#f4ebdd', shade: '#3a5a75', glow: '#e7b26a' },
    { paper: '#e9dcc7', ink: '#3a1d1a', shade: '#a4543c', glow: '#2f3e4e' },
    { paper: '#46352c', ink: '#f8ead6', shade: '#6e5342', glow: '#d9a066' },
    { paper: '#2b4a44', ink: '#f3efdf', shade: '#4b736a', glow: '#f0c48a' },
  ],
  fantasy: [{ paper: '#3b2166', ink: '#f6ebff', shade: '#6c3fb0', glow: '#f4c95d' }],
  'film-noir': [{ paper: '#141414', ink: '#f2f2ee', shade: '#50504d', glow: '#cfccc2' }],
  horror: [
    { paper: '#190b0d', ink: '#f7e3d7', shade: '#5e0d14', glow: '#d7263d' },
    { paper: '#0f1a14', ink: '#e6f2d8', shade: '#274a34', glow: '#a8d64f' },
  ],
  musical: [{ paper: '#a81a62', ink: '#fff3f8', shade: '#760d46', glow: '#ffc857' }],
  mystery: [{ paper: '#1b1f4b', ink: '#edebff', shade: '#3c4496', glow: '#9ad1d4' }],
  romance: [
    { paper: '#f4b9ba', ink: '#4a0e22', shade: '#d64c6a', glow: '#fff1e6' },
    { paper: '#b3324f', ink: '#fff1ec', shade: '#7c1c37', glow: '#f9b8a4' },
  ],
  'sci-fi': [
    { paper: '#07203f', ink: '#e6fbff', shade: '#0f5480', glow: '#38e1d2' },
    { paper: '#191233', ink: '#f1eaff', shade: '#44298a', glow: '#ff7ac6' },
  ],
  thriller: [
    { paper: '#0f2f33', ink: '#e8faf4', shade: '#1f6163', glow: '#f2683f' },
    { paper: '#262135', ink: '#f0ecfa', shade: '#4d4470', glow: '#e9d758' },
  ],
  war: [{ paper: '#454a2b', ink: '#f6f1dc', shade: '#2b2f19', glow: '#cf9c44' }],
  western: [{ paper: '#9a4826', ink: '#fff1da', shade: '#652a13', glow: '#f3c06b' }],
};

const kNoGenre: Palette = { paper: '#2e3440', ink: '#eceff4', shade: '#56627a', glow: '#88c0d0' };

const kAliases: Record<string, string> = {
  "children's": 'children',
  family: 'children',
  'science fiction': 'sci-fi',
  scifi: 'sci-fi',
  noir: 'film-noir',
  music: 'musical',
  biography: 'documentary',
  history: 'war',
};

/** Lower-case name of the first genre that has colours of its own, '' for none. IMAX is a format. */
export function leadGenre(genres: readonly string[]): string {
  return genresWithColours(genres)[0] ?? '';
}

function genresWithColours(genres: readonly string[]): string[] {
  return genres
    .map((genre) => genre.trim().toLowerCase())
    .map((genre) => kAliases[genre] ?? genre)
    .filter((genre) => Object.hasOwn(kPalettes, genre));
}

/**
 * The lead genre gives paper and ink; the second one may lend its light to the picture. `pick` in
 * [0, 1) chooses among the genre's palettes.
 */
export function paletteOf(genres: readonly string[], pick = 0): Palette {
  const [lead, second] = genresWithColours(genres);
  if (lead === undefined) return kNoGenre;
  const choices = kPalettes[lead]!;
  const base = choices[Math.floor(pick * choices.length)]!;
  if (second === undefined || second === lead) return base;
  const glow = kPalettes[second]![0]!.glow;
  const isSeen = contrast(glow, base.shade) >= 1.8 && contrast(glow, base.paper) >= 1.8;
  return isSeen ? { ...base, glow } : base;
}

export function allPalettes(): [string, Palette][] {
  const ofGenres = Object.entries(kPalettes).flatMap(([genre, palettes]) =>
    palettes.map((palette): [string, Palette] => [genre, palette]),
  );
  return [...ofGenres, ['', kNoGenre]];
}

/** Contrast ratio of two #rrggbb colours, 1–21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
