#include <cstdio>

#include <fmt/format.h>

#include "api/key_json.h"
#include "app/commands/commands.h"
#include "app/local_audit.h"
#include "app/owner/owner.h"
#include "app/storage/storage.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "identity/api_keys.h"

namespace marquee::app::commands {
namespace {

std::string moment(std::optional<std::int64_t> ms) {
  return ms ? format_rfc3339(*ms).substr(0, 19) : "-";
}

Result<void> list_keys(const Settings& settings, bool json) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(settings));
  MARQUEE_TRY(const auto keys, storage->stores->keys.list());
  if (json) {
    fmt::print("{}\n", api::keys_json(keys));
    return {};
  }
  if (keys.empty()) fmt::print("no key yet: marquee keys create makes one\n");
  for (const ApiKey& key : keys) {
    fmt::print("{:16} {:13} {:20} expires {:19} used {:19} {}{}\n", key.id, key.role,
               key.viewer ? key.viewer->value() : "-", moment(key.expires_at_ms),
               moment(key.last_used_at_ms), key.revoked_at_ms ? "REVOKED " : "", key.name);
  }
  return {};
}

/// What a key command asks of a server.
struct Request {
  const char* method;
  std::string target;
  std::string body;
};

Request request_of(const KeysOptions& options) {
  const std::string keys = "/api/admin/keys";
  JsonWriter json;
  json.begin_object();
  if (options.action == KeysAction::kRevoke) return {"DELETE", keys + "/" + options.id, ""};
  if (options.action == KeysAction::kRotate) {
    json.member("overlap_s", options.overlap_s);
    return {"POST", keys + "/" + options.id + "/rotate", json.end_object().take()};
  }
  json.member("name", options.order.name).member("role", options.order.role);
  json.member("viewer", options.order.viewer).member("days", options.order.days);
  return {"POST", keys, json.end_object().take()};
}

/// The answer, as the server would give it; without a server.
Result<std::string> change_directory(const Settings& settings, const KeysOptions& options) {
  MARQUEE_TRY(const auto storage, Storage::open_owner(settings));
  identity::KeyRing ring(storage->clock);
  identity::ApiKeys keys(storage->stores->keys, ring, storage->clock);
  const Request request = request_of(options);
  LocalAudit audit(storage->stores->audit, storage->clock,
                   fmt::format("{} {}", request.method, request.target), request.target);
  return audit.around([&]() -> Result<std::string> {
    if (options.action == KeysAction::kRevoke) {
      MARQUEE_CHECK(keys.revoke(options.id));
      return std::string();
    }
    MARQUEE_TRY(const auto issued, options.action == KeysAction::kRotate
                                       ? keys.rotate(options.id, options.overlap_s)
                                       : keys.create(options.order));
    return api::issued_json(issued);
  });
}

/// The text of the key in an answer of ours.
std::string key_of(const std::string& answer) {
  constexpr std::string_view kBefore = "\"key\":\"";
  const std::size_t at = answer.find(kBefore);
  if (at == std::string::npos) return answer;
  const std::size_t begin = at + kBefore.size();
  return answer.substr(begin, answer.find('"', begin) - begin);
}

}  // namespace

Result<void> keys(const LoadedSettings& loaded, const KeysOptions& options) {
  if (options.action == KeysAction::kList) return list_keys(loaded.settings, options.json);
  const bool of_one = options.action != KeysAction::kCreate;
  if (of_one && !is_valid_id(options.id)) {
    return Error{ErrorCode::kInvalidArgument,
                 "that is no key's id: the 16 digits behind mq_, see marquee keys list"};
  }
  MARQUEE_TRY(const auto owner, find_owner(loaded.settings));
  const Request request = request_of(options);
  MARQUEE_TRY(const std::string answer,
              owner ? ask_owner(*owner, request.method, request.target, request.body)
                    : change_directory(loaded.settings, options));
  if (options.action == KeysAction::kRevoke) {
    fmt::print("revoked {}\n", options.id);
  } else if (options.json) {
    fmt::print("{}\n", answer);
  } else {
    fmt::print(stderr, "marquee: this is shown once, keep it safe\n");
    fmt::print("{}\n", key_of(answer));
  }
  return {};
}

}  // namespace marquee::app::commands
