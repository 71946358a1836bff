#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"

namespace marquee {

/// An API key as it is stored: everything but the secret.
struct ApiKey {
  std::string id;                ///< public, stands in the key's text; grammar of is_valid_id
  std::string name;              ///< for people
  std::string role;              ///< as identity::to_string writes it
  std::optional<UserId> viewer;  ///< of a viewer's key: the only viewer it reaches
  std::string hash;              ///< of the secret, 64 hexadecimal digits
  std::int64_t created_at_ms = 0;
  std::optional<std::int64_t> expires_at_ms;  ///< from then on it is not valid
  std::optional<std::int64_t> last_used_at_ms;
  std::optional<std::int64_t> revoked_at_ms;  ///< set: it is not valid any more

  bool operator==(const ApiKey&) const = default;
};

/// That a key was used at this time.
struct ApiKeyUse {
  std::string id;
  std::int64_t at_ms = 0;

  bool operator==(const ApiKeyUse&) const = default;
};

/// The API keys. A truth: a write is on stable storage when it returns. Unknown ids are kNotFound.
/// Contract: ports/contract/api_key_store_contract.h. Threads: any.
class ApiKeyStore {
 public:
  ApiKeyStore() = default;
  ApiKeyStore(const ApiKeyStore&) = delete;
  ApiKeyStore& operator=(const ApiKeyStore&) = delete;
  virtual ~ApiKeyStore() = default;

  /// kConflict when there is a key of this id.
  virtual Result<void> add(const ApiKey& key) = 0;
  /// Adds `by`, and lets `id` end at `until_ms` unless it ends earlier; both or neither.
  /// kFailedPrecondition when `id` is revoked.
  virtual Result<void> replace(const std::string& id, std::int64_t until_ms, const ApiKey& by) = 0;
  /// Sets revoked_at; a key that is revoked already stays as it is.
  virtual Result<void> revoke(const std::string& id, std::int64_t at_ms) = 0;
  /// Moves last_used_at on, never back; ids that are unknown are passed over. May be lost with the
  /// power, and does not change the revision.
  virtual Result<void> note_uses(std::span<const ApiKeyUse> uses) = 0;

  /// Every key, revoked ones too, by created_at and id.
  virtual Result<std::vector<ApiKey>> list() const = 0;
  /// Grows with every add, replace and revoke.
  virtual Result<std::uint64_t> revision() const = 0;
};

/// What a write to a key that is not there answers.
inline Error no_such_key(const std::string& id) {
  return Error{ErrorCode::kNotFound, "there is no key '" + id + "': see marquee keys list"};
}

}  // namespace marquee
