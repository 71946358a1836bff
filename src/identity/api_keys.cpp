#include "identity/api_keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "identity/key_text.h"
#include "identity/role.h"

namespace marquee::identity {
namespace {

constexpr std::size_t kNameBytesMax = 100;
constexpr std::int64_t kMsPerDay = 86'400'000;

Error wrong_order(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

Result<void> check_viewer_of(const KeyOrder& order, Role role) {
  if (role != Role::kViewer) {
    if (!order.viewer) return {};
    return wrong_order("viewer: only a key of the role viewer-client is for one viewer");
  }
  if (!order.viewer) return wrong_order("viewer: a key of the role viewer-client wants one");
  if (is_valid_id(*order.viewer) && !is_reserved(UserId(*order.viewer))) return {};
  return wrong_order("viewer: want 1 to 128 of A-Z a-z 0-9 _ . : @ -, and no viewer of the server");
}

Result<void> check_order(const KeyOrder& order) {
  if (order.name.empty() || order.name.size() > kNameBytesMax ||
      std::ranges::any_of(order.name, is_control)) {
    return wrong_order(
        fmt::format("name: want 1 to {} bytes without control characters", kNameBytesMax));
  }
  const auto role = parse_role(order.role);
  if (!role) {
    return wrong_order("role: want one of viewer-client, service, analyst, operator, admin");
  }
  if (order.days && (*order.days < 1 || *order.days > ApiKeys::kDaysMax)) {
    return wrong_order(fmt::format("days: want 1 to {}", ApiKeys::kDaysMax));
  }
  return check_viewer_of(order, *role);
}

IssuedKey issue(ApiKey key) {
  const KeyText text = random_key();
  key.id = text.id;
  key.hash = hash_of(text.secret);
  return {std::move(key), text.text()};
}

}  // namespace

Result<IssuedKey> ApiKeys::create(const KeyOrder& order) {
  MARQUEE_CHECK(check_order(order));
  ApiKey key;
  key.name = order.name;
  key.role = order.role;
  if (order.viewer) key.viewer = UserId(*order.viewer);
  key.created_at_ms = clock_.wall_ms();
  if (order.days) key.expires_at_ms = key.created_at_ms + *order.days * kMsPerDay;
  IssuedKey issued = issue(std::move(key));
  MARQUEE_CHECK(store_.add(issued.key));
  MARQUEE_CHECK(load());
  return issued;
}

Result<IssuedKey> ApiKeys::rotate(const std::string& id, std::int64_t overlap_s) {
  if (overlap_s < 0 || overlap_s > kOverlapSecondsMax) {
    return wrong_order(fmt::format("overlap_s: want 0 to {}", kOverlapSecondsMax));
  }
  MARQUEE_TRY(const auto keys, store_.list());
  const auto old = std::ranges::find(keys, id, &ApiKey::id);
  if (old == keys.end()) return no_such_key(id);
  ApiKey next = *old;
  next.last_used_at_ms.reset();
  next.created_at_ms = clock_.wall_ms();
  if (old->expires_at_ms) {
    next.expires_at_ms = next.created_at_ms + (*old->expires_at_ms - old->created_at_ms);
  }
  IssuedKey issued = issue(std::move(next));
  MARQUEE_CHECK(store_.replace(id, issued.key.created_at_ms + overlap_s * 1'000, issued.key));
  MARQUEE_CHECK(load());
  return issued;
}

Result<void> ApiKeys::revoke(const std::string& id) {
  MARQUEE_CHECK(store_.revoke(id, clock_.wall_ms()));
  return load();
}

Result<void> ApiKeys::load() {
  const std::lock_guard lock(load_mutex_);
  // The revision first: what changes meanwhile is then loaded again.
  MARQUEE_TRY(const std::uint64_t revision, store_.revision());
  MARQUEE_TRY(const auto keys, store_.list());
  ring_.set(keys);
  revision_ = revision;
  return {};
}

Result<void> ApiKeys::write_uses() {
  const auto uses = ring_.take_uses();
  return uses.empty() ? Result<void>() : store_.note_uses(uses);
}

Result<void> ApiKeys::refresh() {
  MARQUEE_TRY(const std::uint64_t revision, store_.revision());
  bool changed = false;
  {
    const std::lock_guard lock(load_mutex_);
    changed = revision_ != revision;
  }
  if (changed) MARQUEE_CHECK(load());
  return write_uses();
}

}  // namespace marquee::identity
