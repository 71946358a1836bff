#include "datasets/derived_event_id.h"

#include <bit>
#include <string>

#include "base/hash.h"

namespace marquee::datasets {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(number >> shift));
}

}  // namespace

EventId derived_event_id(const Event& event) {
  std::string content;
  content.reserve(96);
  content.append(event.user_id.value()).push_back('\0');
  content.append(event.movie_id.value()).push_back('\0');
  content.append(to_string(event.type)).push_back('\0');
  if (event.value) append_number(content, std::bit_cast<std::uint64_t>(*event.value));
  append_number(content, static_cast<std::uint64_t>(event.ts_ms));
  const std::uint64_t low = stable_hash(content);
  content.push_back('\1');
  return Uuid::v7_from(event.ts_ms, stable_hash(content), low);
}

}  // namespace marquee::datasets
