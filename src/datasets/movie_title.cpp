#include "datasets/movie_title.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "datasets/text_fields.h"

namespace marquee::datasets {
namespace {

constexpr int kYearMin = 1870;  // no film is older
constexpr int kYearMax = 2100;

constexpr std::array<std::string_view, 20> kArticles{
    "The", "A",   "An", "Le",  "La",  "Les", "L'",  "Un",  "Une", "Il",
    "Lo",  "Gli", "El", "Los", "Las", "Der", "Die", "Das", "Det", "Den"};

std::optional<int> leading_year(std::string_view text) {
  int year = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, year);
  if (error != std::errc{} || end != text.data() + 4) return std::nullopt;
  if (year < kYearMin || year > kYearMax) return std::nullopt;
  return year;
}

/// "1995", "2006–2007", "2006-2007", "2006- " and "2006–": the first year.
std::optional<int> year_or_span(std::string_view text) {
  const auto first = leading_year(text);
  if (!first) return std::nullopt;
  std::string_view rest = text.substr(4);
  if (rest.empty()) return first;
  if (rest.starts_with("-")) {
    rest.remove_prefix(1);
  } else if (rest.starts_with("\u2013")) {
    rest.remove_prefix(std::string_view("\u2013").size());
  } else {
    return std::nullopt;
  }
  rest = trimmed(rest);
  const bool span = rest.empty() || (rest.size() == 4 && leading_year(rest).has_value());
  return span ? first : std::nullopt;
}

/// "Postman, The" → "The Postman"
std::string article_first(std::string_view text) {
  const std::size_t comma = text.rfind(", ");
  if (comma == std::string_view::npos || comma == 0) return std::string(text);
  const std::string_view article = text.substr(comma + 2);
  if (std::ranges::find(kArticles, article) == kArticles.end()) return std::string(text);
  const std::string_view gap = article.ends_with('\'') ? "" : " ";
  return std::string(article).append(gap).append(text.substr(0, comma));
}

/// The article of the name and of every parenthesised other name put first.
std::string articles_first(std::string_view text) {
  const std::size_t open = text.find(" (");
  std::string out = article_first(text.substr(0, open));
  if (open == std::string_view::npos) return out;
  const std::size_t close = text.find(')', open);
  if (close == std::string_view::npos) return out.append(text.substr(open));
  out.append(" (").append(article_first(text.substr(open + 2, close - open - 2))).append(")");
  const std::string_view rest = text.substr(close + 1);
  if (!rest.starts_with(" (")) return out.append(rest);
  return out.append(articles_first(rest));
}

}  // namespace

MovieTitle parse_movie_title(std::string_view text) {
  text = trimmed(text);
  MovieTitle out;
  const std::size_t open = text.rfind('(');
  if (text.ends_with(')') && open != std::string_view::npos) {
    out.year = year_or_span(text.substr(open + 1, text.size() - open - 2));
    const std::string_view name = trimmed(text.substr(0, open));
    if (name.empty()) out.year.reset();  // a film whose name is a year in parentheses
    if (out.year) text = name;
  }
  out.title = articles_first(text);
  return out;
}

}  // namespace marquee::datasets
