#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace marquee::datasets {

/// A film's name as people say it, and its year.
struct MovieTitle {
  std::string title;
  std::optional<int> year;

  bool operator==(const MovieTitle&) const = default;
};

/// Takes a catalogue title apart, as MovieLens writes them: "City of Lost Children, The (Cité des
/// enfants perdus, La) (1995)" is "The City of Lost Children (La Cité des enfants perdus)" of 1995.
/// The last parentheses are the year when they hold one, or a span of years, whose first counts.
/// Articles after the last comma (English, French, Italian, Spanish, German) go to the front. Text
/// that fits no such pattern is kept as it is.
MovieTitle parse_movie_title(std::string_view text);

}  // namespace marquee::datasets
