#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/event.h"

namespace marquee {

/// The fields of an event as they were sent, those that its fingerprint covers.
struct SentFields {
  std::optional<std::string> movie_id;
  std::optional<std::string> event_type;
  std::optional<double> value;
  std::optional<std::string> session_id;
  std::optional<std::string> list_id;
  std::optional<double> position;
  std::optional<std::string> timestamp;
  std::optional<std::string> undoes;
};

/// A hash of the fields: the same for a retry, in every process and for ever. event_id and user_id,
/// the key it stands beside, take no part.
std::uint64_t fingerprint_of(const SentFields& sent);

/// The fingerprint of an event whose fingerprint nobody kept: as if it had been sent with all that
/// is known of it, its time in the form of format_rfc3339().
std::uint64_t fingerprint_of(const Event& event);

}  // namespace marquee
