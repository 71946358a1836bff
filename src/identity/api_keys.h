#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/key_ring.h"
#include "ports/api_key_store.h"

namespace marquee::identity {

/// A key that is wanted.
struct KeyOrder {
  std::string name;  ///< 1 to 100 bytes without control characters
  std::string role;
  std::optional<std::string> viewer;  ///< for viewer-client, and for nobody else
  std::optional<std::int64_t> days;   ///< that it is valid; without, until it is revoked
};

/// A key that was just made. The text is told once and kept nowhere.
struct IssuedKey {
  ApiKey key;
  std::string text;
};

/// Gives out keys, changes them, and keeps the ring as the store is. Every method may block on the
/// store. Thread-safe.
class ApiKeys {
 public:
  static constexpr std::int64_t kDaysMax = 3'650;
  static constexpr std::int64_t kOverlapSecondsMax = 30 * 86'400;

  /// All must outlive it.
  ApiKeys(ApiKeyStore& store, KeyRing& ring, const Clock& clock)
      : store_(store), ring_(ring), clock_(clock) {}

  /// kInvalidArgument, in words, for an order that is none.
  Result<IssuedKey> create(const KeyOrder& order);
  /// Another key of the same name, role, viewer and span; `id` is valid for `overlap_s` more.
  Result<IssuedKey> rotate(const std::string& id, std::int64_t overlap_s);
  Result<void> revoke(const std::string& id);
  Result<std::vector<ApiKey>> list() const { return store_.list(); }

  /// What another process changed reaches the ring, and uses reach the store. Call now and then.
  Result<void> refresh();

 private:
  Result<void> load();
  Result<void> write_uses();

  ApiKeyStore& store_;
  KeyRing& ring_;
  const Clock& clock_;
  std::mutex load_mutex_;  ///< an older list must not overtake a newer one
  std::optional<std::uint64_t> revision_;
};

}  // namespace marquee::identity
