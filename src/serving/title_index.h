#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/movie_table.h"
#include "ranking/film_filter.h"
#include "serving/generation.h"

namespace marquee::serving {

/// The titles of one catalogue snapshot, ready to be searched as folded text (fold_text.h).
/// Withdrawn films are left out. Immutable, hence thread-safe.
class TitleIndex {
 public:
  /// Cost: a fold and a sort of every title.
  explicit TitleIndex(std::shared_ptr<const Catalog> catalog);

  struct Title {
    MovieKey key = 0;
    std::string text;       ///< folded, with a space in front, so that " word" starts a word
    std::size_t words = 0;  ///< without articles and the film's own year
  };

  /// How well a title fits what was typed; smaller is better. From kSlips on something was
  /// misspelt: 2 more for every slip, 1 more for a word that is only the beginning of the title's.
  enum Fit : unsigned { kWholeTitle, kWholeWords, kWordStarts, kInside, kSlips };
  struct Match {
    const Title* title = nullptr;
    unsigned fit = kWholeTitle;
  };

  /// The films that pass `filter` and have every typed word somewhere in the title, in order of
  /// movie id. When these are fewer than kFewMatches, also films that a misspelling meant: words of
  /// 3 letters may have one slip, of 8 two (word_distance.h), and two words may be written as one
  /// ("spiderman"). A word that some title has is taken as meant. Empty text finds everything, text
  /// of signs alone nothing. Cost: one pass over the titles, with misspellings one over the
  /// vocabulary for each word.
  std::vector<Match> find(std::string_view typed, const ranking::FilmFilter& filter) const;

  static constexpr std::size_t kFewMatches = 5;
  /// Longer questions are not corrected.
  static constexpr std::size_t kWordsMax = 8;

  const std::shared_ptr<const Catalog>& catalog() const { return catalog_; }
  const ranking::FilmIndex& films() const { return films_; }

 private:
  struct Word {
    std::string text;
    std::vector<std::uint32_t> titles;  ///< that have it, ascending
  };

  void add_words();
  const Word* find_word(std::string_view text) const;
  std::vector<Match> find_as_typed(const std::vector<std::string_view>& words,
                                   const ranking::FilmFilter& filter) const;
  void add_misspelt(const std::vector<std::string_view>& words, const ranking::FilmFilter& filter,
                    std::vector<Match>& found) const;
  std::vector<std::uint8_t> slips_of(std::string_view typed) const;
  void add_titles_with_both(std::string_view typed, std::vector<std::uint8_t>& slips) const;
  void add_near_words(std::string_view typed, std::vector<std::uint8_t>& slips) const;

  std::shared_ptr<const Catalog> catalog_;
  ranking::FilmIndex films_;
  std::vector<Title> titles_;     // by movie id
  std::vector<Word> vocabulary_;  // by text
};

}  // namespace marquee::serving
