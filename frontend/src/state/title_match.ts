/** A piece of a title, and whether it is what was searched for. */
export interface Piece {
  text: string;
  isMatch: boolean;
}

/** As the server compares: no case, no accents, no apostrophes; signs separate words. */
export function foldText(text: string): string {
  return [...text].map(foldLetter).join('').replace(/ +/g, ' ').trim();
}

function foldLetter(letter: string): string {
  if (/^['’‘\u0300-\u036f]$/.test(letter)) return '';
  const folded = letter
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
  return /^[\p{L}\p{N}]+$/u.test(folded) ? folded : ' ';
}

/** Cuts a title where the typed words stand: at beginnings of words, else anywhere once. */
export function piecesOf(title: string, typed: string): Piece[] {
  const letters = [...title];
  let folded = '';
  const letterAt: number[] = []; // by position in `folded`
  letters.forEach((letter, i) => {
    const part = foldLetter(letter);
    folded += part;
    for (let k = 0; k < part.length; k++) letterAt.push(i);
  });
  const marked = new Set<number>();
  for (const word of foldText(typed).split(' ').filter(Boolean)) {
    for (const at of placesOf(folded, word)) {
      const last = letterAt[at + word.length - 1]!;
      for (let i = letterAt[at]!; i <= last || isAccent(letters[i]); i++) marked.add(i);
    }
  }
  const pieces: Piece[] = [];
  letters.forEach((letter, i) => {
    const last = pieces.at(-1);
    if (last && last.isMatch === marked.has(i)) last.text += letter;
    else pieces.push({ text: letter, isMatch: marked.has(i) });
  });
  return pieces;
}

function isAccent(letter: string | undefined): boolean {
  return letter !== undefined && /^[\u0300-\u036f]$/.test(letter);
}

function placesOf(folded: string, word: string): number[] {
  const all: number[] = [];
  for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1)) all.push(at);
  const starts = all.filter((at) => at === 0 || folded[at - 1] === ' ');
  return starts.length > 0 ? starts : all.slice(0, 1);
}

/** Whether every typed word stands in the title; false for a film that a misspelling found. */
export function hasAllWords(title: string, typed: string): boolean {
  const folded = foldText(title);
  return foldText(typed)
    .split(' ')
    .every((word) => folded.includes(word));
}
