/** How a title is set: width (percent) and weight of the variable font, size in % of poster width. */
export interface Lettering {
  stretch: number;
  weight: number;
  upper: boolean;
  spacingEm: number;
  size: number;
}

const kBox = 86; // % of the poster's width that the title may take
const kHeight = 54; // % of the width that its lines may take together
const kLineHeight = 1.02;

/** Each era has its own hand; letterEm is the width of its letters: wide capitals in the fifties, lower case in the seventies, … */
function handOf(year: number | null): Omit<Lettering, 'size'> & { letterEm: number } {
  if (year === null || year >= 2010) {
    return { stretch: 78, weight: 650, upper: true, spacingEm: 0.05, letterEm: 0.65 };
  }
  if (year >= 1990) return { stretch: 62, weight: 850, upper: true, spacingEm: 0, letterEm: 0.51 };
  if (year >= 1968)
    return { stretch: 100, weight: 800, upper: false, spacingEm: -0.02, letterEm: 0.63 };
  if (year >= 1948)
    return { stretch: 120, weight: 750, upper: true, spacingEm: 0.01, letterEm: 0.92 };
  return { stretch: 70, weight: 600, upper: true, spacingEm: 0.12, letterEm: 0.66 };
}

/** The largest size at which the longest word fits a line and all lines fit the title block. */
export function letteringOf(title: string, year: number | null): Lettering {
  const { letterEm, ...hand } = handOf(year);
  const set = hand.upper ? title.toUpperCase() : title;
  const words = set.split(/\s+/).map(widthOf);
  for (let size = 19; size > 8; size -= 0.5) {
    const perLine = kBox / (size * letterEm);
    if (Math.max(...words) > perLine) continue;
    if (linesFor(words, perLine) * size * kLineHeight <= kHeight) return { ...hand, size };
  }
  return { ...hand, size: 8 };
}

/** In letters as wide as letterEm says (measured in the font): W and M are wide, i and l narrow, most CJK signs twice a letter. */
function widthOf(word: string): number {
  let width = 0;
  for (const letter of word) {
    if (/[\u2e80-\u9fff\uac00-\ud7af\uff00-\uff60]/u.test(letter)) width += 1.9;
    else if (/[mwMW@%&—]/.test(letter)) width += 1.4;
    else if (/[iljI1.,:;'’!|()]/.test(letter)) width += 0.6;
    else width += 1;
  }
  return width;
}

function linesFor(words: readonly number[], perLine: number): number {
  let lines = 1;
  let used = 0;
  for (const word of words) {
    if (used > 0 && used + 1 + word > perLine) {
      lines += 1;
      used = word;
    } else {
      used += (used > 0 ? 1 : 0) + word;
    }
  }
  return lines;
}
