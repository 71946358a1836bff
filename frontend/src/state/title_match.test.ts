import { expect, test } from 'vitest';
import { foldText, hasAllWords, piecesOf } from './title_match';

const marked = (title: string, typed: string) =>
  piecesOf(title, typed)
    .map(({ text, isMatch }) => (isMatch ? `[${text}]` : text))
    .join('');

test.each([
  ['The Godfather', 'god', 'The [God]father'],
  ['The Godfather', 'THE father', '[The] God[father]'],
  ['Amélie', 'ame', '[Amé]lie'],
  ['Ame\u0301lie', 'amel', '[Ame\u0301l]ie'],
  ['Schindler’s List', 'schindlers', '[Schindler’s] List'],
  ['Spider-Man', 'spider man', '[Spider]-[Man]'],
  ['Toy Story Toys', 'toy', '[Toy] Story [Toy]s'],
  ['The Godfather', 'godfahter', 'The Godfather'],
  ['🎬 Film', 'film', '🎬 [Film]'],
  ['生きる', '生', '[生]きる'],
  ['Heat', '', 'Heat'],
  ['', 'heat', ''],
])('in %j the words of %j are marked', (title, typed, expected) => {
  expect(marked(title, typed)).toBe(expected);
});

test('a combining accent belongs to its letter', () => {
  expect(foldText('Ame\u0301lie’s  (2001)')).toBe('amelies 2001');
});

test('a film that a misspelling found does not have the words', () => {
  expect(hasAllWords('The Godfather', 'father the')).toBe(true);
  expect(hasAllWords('The Godfather', 'godfahter')).toBe(false);
});
