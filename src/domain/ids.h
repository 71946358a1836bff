#pragma once

#include <string>
#include <string_view>

#include "base/strong.h"
#include "base/uuid.h"

namespace marquee {

using UserId = Strong<struct UserIdTag, std::string>;
using MovieId = Strong<struct MovieIdTag, std::string>;
using SessionId = Strong<struct SessionIdTag, std::string>;
using ListId = Strong<struct ListIdTag, std::string>;
/// Version of a trained model and everything generated from it: "als_20250103_0200".
using ModelVersion = Strong<struct ModelVersionTag, std::string>;
/// Client-made UUIDv7 of one interaction; unique per viewer, not globally.
using EventId = Uuid;

inline constexpr std::size_t kIdLengthMax = 128;

/// Viewers of the server itself, such as the canary's, have ids that begin so; no client may send
/// events for one, and they are in no count, list or model (docs/decisions/0030).
inline constexpr std::string_view kReservedPrefix = "marquee:";

bool is_reserved(const UserId& viewer);

/// True for 1–128 of A–Z a–z 0–9 _ . : @ - : the grammar of every id but event_id.
bool is_valid_id(std::string_view text);

}  // namespace marquee
