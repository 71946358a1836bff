/**
 * A title as people write it: without the year that has a place of its own, and with the article
 * in front ("Matrix, The (1999)" in the MovieLens files). Anything else stays untouched.
 */
export function displayTitle(title: string, year: number | null): string {
  let text = title.trim();
  if (year !== null && text.endsWith(` (${year})`)) text = text.slice(0, -` (${year})`.length);
  const article = /^(.+?), (The|A|An)( \(.*\))?$/.exec(text);
  if (article) text = `${article[2]} ${article[1]}${article[3] ?? ''}`;
  return text === '' ? title : text;
}

/** The same without what stands in brackets behind it: other countries' titles. */
export function posterTitle(title: string, year: number | null): string {
  const text = displayTitle(title, year);
  const short = text.replace(/(\s+\([^()]*\))+$/, '').trim();
  return short === '' ? text : short;
}
