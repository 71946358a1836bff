#include "ports/audit_log.h"

namespace marquee {

std::string audit_target(std::string_view text) {
  constexpr std::size_t kBytesMax = 300;
  std::string target(text.substr(0, kBytesMax));
  // Half a character may stand behind the cut.
  for (char& c : target) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
  }
  return target;
}

}  // namespace marquee
