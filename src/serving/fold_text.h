#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace marquee::serving {

/// `text` as search compares it: words of lower-case letters and digits, one space between two.
/// Accents of Latin letters go (é → e, ø → o, ß → ss), apostrophes vanish ("Schindler's" is one
/// word), other punctuation separates. Letters of other scripts and broken UTF-8 stay as they are.
std::string fold_text(std::string_view text);

/// The words of a folded text.
std::vector<std::string_view> words_of(std::string_view folded);

}  // namespace marquee::serving
