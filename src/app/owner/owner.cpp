#include "app/owner/owner.h"

#include "adapters/embedded/files/server_file.h"
#include "app/storage/data_directory.h"
#include "identity/operator_token.h"

namespace marquee::app {

Result<std::optional<Owner>> find_owner(const Settings& settings) {
  MARQUEE_TRY(const auto paths, data_paths(settings));
  MARQUEE_TRY(const auto server, embedded::read_server_file(paths.directory.string()));
  if (!server) return std::optional<Owner>();
  MARQUEE_TRY(const auto token, identity::OperatorToken::load_or_create(server->token_file));
  return std::optional(Owner{server->address, token.text()});
}

}  // namespace marquee::app
