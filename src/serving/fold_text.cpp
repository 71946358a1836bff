#include "serving/fold_text.h"

#include <cstdint>
#include <utility>

namespace marquee::serving {
namespace {

// Base letters of U+00C0–U+00FF and U+0100–U+017F, in order; '?' marks what is no single letter.
constexpr std::string_view kLatin1 =
    "aaaaaa?ceeeeiiii"
    "dnooooo ouuuuyt?"
    "aaaaaa?ceeeeiiii"
    "dnooooo ouuuuyty";
constexpr std::string_view kLatinExtendedA =
    "aaaaaaccccccccdd"
    "ddeeeeeeeeeegggg"
    "gggghhhhiiiiiiii"
    "ii??jjkkklllllll"
    "lllnnnnnnnnnoooo"
    "oo??rrrrrrssssss"
    "ssttttttuuuuuuuu"
    "uuuuwwyyyzzzzzzs";
static_assert(kLatin1.size() == 64 && kLatinExtendedA.size() == 128);

std::string_view ligature(std::uint32_t code) {
  switch (code) {
    case 0xC6:
    case 0xE6:
      return "ae";
    case 0xDF:
      return "ss";
    case 0x132:
    case 0x133:
      return "ij";
    case 0x152:
    case 0x153:
      return "oe";
    default:
      return {};
  }
}

/// What a code point of two UTF-8 bytes folds to; empty when it stays as it is.
std::string_view folded_latin(std::uint32_t code) {
  if (const std::string_view letters = ligature(code); !letters.empty()) return letters;
  if (code >= 0xC0 && code <= 0xFF) return kLatin1.substr(code - 0xC0, 1);
  if (code >= 0x100 && code <= 0x17F) return kLatinExtendedA.substr(code - 0x100, 1);
  return {};
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

class Folder {
 public:
  std::string run(std::string_view text) && {
    while (!text.empty()) {
      const unsigned char lead = static_cast<unsigned char>(text.front());
      if (lead < 0x80) {
        ascii(text.front());
        text.remove_prefix(1);
      } else if ((lead & 0xE0U) == 0xC0U && text.size() > 1 && is_continuation(text[1])) {
        two_bytes(text.substr(0, 2));
        text.remove_prefix(2);
      } else if (text.starts_with("\xE2\x80\x98") || text.starts_with("\xE2\x80\x99")) {
        text.remove_prefix(3);  // typographic apostrophes
      } else {
        letter(text.substr(0, 1));  // other scripts byte by byte: compared, never changed
        text.remove_prefix(1);
      }
    }
    return std::move(out_);
  }

 private:
  void ascii(char c) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      letter({&c, 1});
    } else if (c != '\'') {
      gap_ = true;
    }
  }

  void two_bytes(std::string_view bytes) {
    const std::uint32_t code = ((static_cast<unsigned char>(bytes[0]) & 0x1FU) << 6U) |
                               (static_cast<unsigned char>(bytes[1]) & 0x3FU);
    if (code >= 0x300 && code <= 0x36F) return;  // a combining accent
    if (code < 0xC0) {                           // spaces and signs of Latin-1
      gap_ = true;
      return;
    }
    const std::string_view folded = folded_latin(code);
    if (folded == " ") {  // × and ÷
      gap_ = true;
    } else {
      letter(folded.empty() ? bytes : folded);
    }
  }

  void letter(std::string_view bytes) {
    if (gap_ && !out_.empty()) out_.push_back(' ');
    gap_ = false;
    out_ += bytes;
  }

  std::string out_;
  bool gap_ = false;
};

}  // namespace

std::string fold_text(std::string_view text) { return Folder().run(text); }

std::vector<std::string_view> words_of(std::string_view folded) {
  std::vector<std::string_view> words;
  while (!folded.empty()) {
    const std::size_t end = folded.find(' ');
    words.push_back(folded.substr(0, end));
    if (end == std::string_view::npos) break;
    folded.remove_prefix(end + 1);
  }
  return words;
}

}  // namespace marquee::serving
