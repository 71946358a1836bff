#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/event.h"
#include "domain/offset.h"
#include "ports/event_log.h"

namespace marquee::kafka {

/// docs/formats/kafka_message.md
inline constexpr const char* kFingerprintHeader = "fingerprint";
inline constexpr const char* kTraceparentHeader = "traceparent";

/// No event of the door's comes near; parsing more only costs the fold its time.
inline constexpr std::size_t kValueBytesMax = 64 << 10;

/// A message as the topic holds it. Views of memory that the client owns.
struct StoredMessage {
  Offset offset;
  std::string_view key;
  std::string_view value;
  std::optional<std::string_view> fingerprint;  ///< the header
  std::size_t value_bytes = 0;  ///< of the whole value, where `value` is only its beginning
};

/// 16 lower-case hex digits.
std::string fingerprint_text(std::uint64_t fingerprint);

/// The record that `message` holds. What no event can be made of has `poison` set, a message
/// without value or key too; never an error, since a topic has other writers and must go on.
LogRecord decode_message(const StoredMessage& message);

}  // namespace marquee::kafka
