#include "batch/event_spill.h"

#include <cstdint>
#include <cstring>

namespace marquee::batch {
namespace {

enum Flag : std::uint8_t {
  kHasValue = 1,
  kHasSession = 2,
  kHasList = 4,
  kHasPosition = 8,
  kHasUndoes = 16,
};

template <typename T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void put_text(std::string& out, const std::string& text) {
  out.push_back(static_cast<char>(text.size()));
  out += text;
}

/// Takes values from the front; ok() turns false when they run out.
class Source {
 public:
  explicit Source(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T get() {
    T value{};
    if (const auto bytes = take(sizeof(T)); ok_) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::string text() { return std::string(take(get<std::uint8_t>())); }
  bool ok() const { return ok_; }
  std::size_t used() const { return at_; }

 private:
  std::string_view take(std::size_t size) {
    ok_ = ok_ && bytes_.size() - at_ >= size;
    if (!ok_) return {};
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace

void encode_spilled(const Event& event, std::string& out) {
  const int flags = (event.value ? kHasValue : 0) | (event.session_id ? kHasSession : 0) |
                    (event.list_id ? kHasList : 0) | (event.position ? kHasPosition : 0) |
                    (event.undoes ? kHasUndoes : 0);
  put(out, static_cast<std::uint8_t>(flags));
  put(out, event.event_id.bytes());
  put(out, event.type);
  put(out, event.ts_ms);
  put(out, event.accepted_at_ms);
  put_text(out, event.user_id.value());
  put_text(out, event.movie_id.value());
  if (event.value) put(out, *event.value);
  if (event.session_id) put_text(out, event.session_id->value());
  if (event.list_id) put_text(out, event.list_id->value());
  if (event.position) put(out, *event.position);
  if (event.undoes) put(out, event.undoes->bytes());
}

std::size_t decode_spilled(std::string_view bytes, Event& event) {
  Source source(bytes);
  const auto flags = source.get<std::uint8_t>();
  event = Event{};
  event.event_id = EventId(source.get<EventId::Bytes>());
  event.type = source.get<EventType>();
  event.ts_ms = source.get<std::int64_t>();
  event.accepted_at_ms = source.get<std::int64_t>();
  event.user_id = UserId(source.text());
  event.movie_id = MovieId(source.text());
  if ((flags & kHasValue) != 0) event.value = source.get<double>();
  if ((flags & kHasSession) != 0) event.session_id = SessionId(source.text());
  if ((flags & kHasList) != 0) event.list_id = ListId(source.text());
  if ((flags & kHasPosition) != 0) event.position = source.get<std::int32_t>();
  if ((flags & kHasUndoes) != 0) event.undoes = EventId(source.get<EventId::Bytes>());
  return source.ok() ? source.used() : 0;
}

}  // namespace marquee::batch
