#include "serving/title_index.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "serving/fold_text.h"
#include "serving/word_distance.h"

namespace marquee::serving {
namespace {

constexpr std::uint8_t kMissing = 255;
constexpr std::size_t kOneSlipFrom = 3;
constexpr std::size_t kTwoSlipsFrom = 8;
constexpr std::size_t kBeginningFrom = 5;  // shorter ones begin too many words
constexpr std::size_t kPartBytesMin = 2;   // of two words written as one

std::size_t slips_allowed(std::size_t letters) {
  if (letters < kOneSlipFrom || letters > WordDistance::kBytesMax) return 0;
  return letters < kTwoSlipsFrom ? 1 : 2;
}

/// Articles count in no comparison of lengths: "the matrix" is all of "Matrix, The".
std::size_t count_words(const std::vector<std::string_view>& words) {
  return static_cast<std::size_t>(std::count_if(
      words.begin(), words.end(),
      [](std::string_view word) { return word != "the" && word != "a" && word != "an"; }));
}

TitleIndex::Title title_of(MovieKey key, const Movie& movie) {
  TitleIndex::Title title{key, " " + fold_text(movie.title), 0};
  std::vector<std::string_view> words = words_of(std::string_view(title.text).substr(1));
  if (words.size() > 1 && movie.year && words.back() == std::to_string(*movie.year)) {
    words.pop_back();
  }
  title.words = count_words(words);
  return title;
}

/// How `word` occurs in a title at best; none when it does not.
std::optional<TitleIndex::Fit> fit_of(std::string_view title, std::string_view word) {
  std::optional<TitleIndex::Fit> best;
  for (std::size_t at = title.find(word); at != std::string_view::npos;
       at = title.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (title[at - 1] != ' ') {
      best = best.value_or(TitleIndex::kInside);
    } else if (end != title.size() && title[end] != ' ') {
      best = TitleIndex::kWordStarts;
    } else {
      return TitleIndex::kWholeWords;
    }
  }
  return best;
}

/// The same for all words: as good as the worst of them.
std::optional<TitleIndex::Fit> fit_of(const TitleIndex::Title& title,
                                      const std::vector<std::string_view>& words,
                                      std::size_t counted) {
  TitleIndex::Fit worst = TitleIndex::kWholeWords;
  for (const std::string_view word : words) {
    const auto fit = fit_of(title.text, word);
    if (!fit) return std::nullopt;
    worst = std::max(worst, *fit);
  }
  const bool is_all = worst == TitleIndex::kWholeWords && title.words == counted;
  return is_all ? TitleIndex::kWholeTitle : worst;
}

}  // namespace

TitleIndex::TitleIndex(std::shared_ptr<const Catalog> catalog)
    : catalog_(std::move(catalog)), films_(catalog_->movies) {
  for (MovieKey key = 0; key < catalog_->movies.size(); ++key) {
    const Movie* movie = catalog_->find(key);
    if (movie != nullptr && !movie->hidden) titles_.push_back(title_of(key, *movie));
  }
  std::sort(titles_.begin(), titles_.end(), [this](const Title& a, const Title& b) {
    return catalog_->find(a.key)->id < catalog_->find(b.key)->id;
  });
  add_words();
}

void TitleIndex::add_words() {
  std::map<std::string_view, std::vector<std::uint32_t>> words;
  for (std::uint32_t i = 0; i < titles_.size(); ++i) {
    for (const std::string_view word : words_of(std::string_view(titles_[i].text).substr(1))) {
      std::vector<std::uint32_t>& titles = words[word];
      if (titles.empty() || titles.back() != i) titles.push_back(i);
    }
  }
  vocabulary_.reserve(words.size());
  for (auto& [text, titles] : words) vocabulary_.push_back({std::string(text), std::move(titles)});
}

const TitleIndex::Word* TitleIndex::find_word(std::string_view text) const {
  const auto at =
      std::lower_bound(vocabulary_.begin(), vocabulary_.end(), text,
                       [](const Word& word, std::string_view other) { return word.text < other; });
  return at != vocabulary_.end() && at->text == text ? &*at : nullptr;
}

std::vector<TitleIndex::Match> TitleIndex::find(std::string_view typed,
                                                const ranking::FilmFilter& filter) const {
  const std::string folded = fold_text(typed);
  const std::vector<std::string_view> words = words_of(folded);
  if (words.empty() && typed.find_first_not_of(" \t") != std::string_view::npos) return {};
  std::vector<Match> found = find_as_typed(words, filter);
  const bool all_meant = std::all_of(words.begin(), words.end(), [this](std::string_view word) {
    return find_word(word) != nullptr;
  });
  if (found.size() < kFewMatches && words.size() <= kWordsMax && !all_meant) {
    add_misspelt(words, filter, found);
  }
  return found;
}

std::vector<TitleIndex::Match> TitleIndex::find_as_typed(const std::vector<std::string_view>& words,
                                                         const ranking::FilmFilter& filter) const {
  const std::size_t counted = count_words(words);
  std::vector<Match> found;
  for (const Title& title : titles_) {
    if (!filter.passes(title.key)) continue;
    if (words.empty()) {
      found.push_back({&title, kWholeTitle});
    } else if (const auto fit = fit_of(title, words, counted)) {
      found.push_back({&title, *fit});
    }
  }
  return found;
}

/// Adds what `found` lacks, and keeps it in order of movie id.
void TitleIndex::add_misspelt(const std::vector<std::string_view>& words,
                              const ranking::FilmFilter& filter, std::vector<Match>& found) const {
  std::vector<unsigned> sums(titles_.size(), 0);
  for (const std::string_view word : words) {
    const std::vector<std::uint8_t> slips = slips_of(word);
    bool is_any_left = false;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] = slips[i] == kMissing ? kMissing : std::min<unsigned>(sums[i] + slips[i], kMissing);
      is_any_left = is_any_left || sums[i] < kMissing;
    }
    if (!is_any_left) return;
  }
  std::vector<Match> all;
  auto known = found.begin();
  for (std::size_t i = 0; i < titles_.size(); ++i) {
    if (known != found.end() && known->title == &titles_[i]) {
      all.push_back(*known++);
    } else if (sums[i] < kMissing && filter.passes(titles_[i].key)) {
      all.push_back({&titles_[i], kSlips + sums[i]});
    }
  }
  found = std::move(all);
}

/// By title: what `typed` costs there, 0 where it occurs as it is, kMissing where nothing is near.
std::vector<std::uint8_t> TitleIndex::slips_of(std::string_view typed) const {
  std::vector<std::uint8_t> slips(titles_.size(), kMissing);
  for (std::size_t i = 0; i < titles_.size(); ++i) {
    if (titles_[i].text.find(typed) != std::string::npos) slips[i] = 0;
  }
  if (find_word(typed) != nullptr) return slips;
  add_titles_with_both(typed, slips);
  add_near_words(typed, slips);
  return slips;
}

/// "spiderman" for "Spider-Man": two words that follow one another, written as one.
void TitleIndex::add_titles_with_both(std::string_view typed,
                                      std::vector<std::uint8_t>& slips) const {
  for (std::size_t cut = kPartBytesMin; cut + kPartBytesMin <= typed.size(); ++cut) {
    const Word* first = find_word(typed.substr(0, cut));
    if (first == nullptr) continue;
    const std::string both = " " + first->text + " " + std::string(typed.substr(cut));
    for (const std::uint32_t i : first->titles) {
      if (titles_[i].text.find(both) != std::string::npos) slips[i] = 0;
    }
  }
}

void TitleIndex::add_near_words(std::string_view typed, std::vector<std::uint8_t>& slips) const {
  const std::size_t allowed = slips_allowed(typed.size());
  if (allowed == 0) return;
  const WordDistance distance(typed);
  for (const Word& word : vocabulary_) {
    if (word.text.size() + allowed < typed.size()) continue;
    // Bytes after these can only be too many.
    const auto near =
        distance.to(std::string_view(word.text).substr(0, typed.size() + allowed + 1));
    std::size_t cost = kMissing;
    if (near.whole <= allowed) {
      cost = 2 * near.whole;
    } else if (near.beginning <= allowed && typed.size() >= kBeginningFrom) {
      cost = 2 * near.beginning + 1;
    }
    if (cost == kMissing) continue;
    for (const std::uint32_t i : word.titles) {
      slips[i] = std::min(slips[i], static_cast<std::uint8_t>(cost));
    }
  }
}

}  // namespace marquee::serving
