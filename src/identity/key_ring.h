#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/caller.h"
#include "ports/api_key_store.h"

namespace marquee::identity {

/// The API keys in memory, which is all that a request asks. Thread-safe.
class KeyRing {
 public:
  /// `clock` must outlive it.
  explicit KeyRing(const Clock& clock);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  /// From now on these are the keys; one whose role this program does not know is left out.
  void set(const std::vector<ApiKey>& keys);
  /// Who holds this key; none when it is unknown, wrong, expired or revoked. An unknown key takes
  /// as long as a wrong one.
  std::optional<Caller> find(std::string_view credential) const;
  /// Uses that nobody took yet: of each key one a minute at most.
  std::vector<ApiKeyUse> take_uses();

 private:
  struct Keys;
  std::shared_ptr<Keys> keys() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<Keys> keys_;  // guarded by mutex_
};

}  // namespace marquee::identity
