#include "identity/key_ring.h"

#include <atomic>
#include <string>
#include <unordered_map>

#include "base/hash.h"
#include "identity/key_text.h"

namespace marquee::identity {
namespace {

constexpr std::int64_t kUseIntervalMs = 60'000;

/// A key as requests need it, and when it was used.
struct HeldKey {
  explicit HeldKey(const ApiKey& from, Role its_role)
      : key(from),
        role(its_role),
        used_ms(from.last_used_at_ms.value_or(0)),
        taken_ms(from.last_used_at_ms.value_or(0)) {}

  bool is_valid(std::int64_t now_ms) const {
    return !key.revoked_at_ms && now_ms < key.expires_at_ms.value_or(now_ms + 1);
  }
  void note_use(std::int64_t now_ms) {
    if (now_ms - used_ms.load() >= kUseIntervalMs) used_ms = now_ms;
  }

  const ApiKey key;
  const Role role;
  std::atomic<std::int64_t> used_ms;
  std::atomic<std::int64_t> taken_ms;
};

}  // namespace

struct KeyRing::Keys {
  std::unordered_map<std::string, std::shared_ptr<HeldKey>, KeyedStringHash, std::equal_to<>> by_id;
};

KeyRing::KeyRing(const Clock& clock) : clock_(clock), keys_(std::make_shared<Keys>()) {}
KeyRing::~KeyRing() = default;

std::shared_ptr<KeyRing::Keys> KeyRing::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void KeyRing::set(const std::vector<ApiKey>& keys) {
  const auto before = this->keys();
  auto now = std::make_shared<Keys>();
  for (const ApiKey& key : keys) {
    const auto role = parse_role(key.role);
    if (!role) continue;
    auto held = std::make_shared<HeldKey>(key, *role);
    if (const auto known = before->by_id.find(key.id); known != before->by_id.end()) {
      held->used_ms = std::max(held->used_ms.load(), known->second->used_ms.load());
      held->taken_ms = std::max(held->taken_ms.load(), known->second->taken_ms.load());
    }
    now->by_id.emplace(key.id, std::move(held));
  }
  const std::lock_guard lock(mutex_);
  keys_ = std::move(now);
}

std::optional<Caller> KeyRing::find(std::string_view credential) const {
  static const std::string kNoHash(hash_of("").size(), '0');
  const auto parts = parse_key(credential);
  if (!parts) return std::nullopt;
  const auto keys = this->keys();
  const auto found = keys->by_id.find(parts->id);
  const bool known = found != keys->by_id.end();
  const bool same = same_hash(hash_of(parts->secret), known ? found->second->key.hash : kNoHash);
  if (!known || !same) return std::nullopt;
  HeldKey& held = *found->second;
  const std::int64_t now_ms = clock_.wall_ms();
  if (!held.is_valid(now_ms)) return std::nullopt;
  held.note_use(now_ms);
  return Caller{held.role, "key:" + held.key.id, held.key.viewer};
}

std::vector<ApiKeyUse> KeyRing::take_uses() {
  std::vector<ApiKeyUse> uses;
  const auto keys = this->keys();
  for (const auto& [id, held] : keys->by_id) {
    const std::int64_t used_ms = held->used_ms;
    if (used_ms > held->taken_ms.exchange(used_ms)) uses.push_back({id, used_ms});
  }
  return uses;
}

}  // namespace marquee::identity
