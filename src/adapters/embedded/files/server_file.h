#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "formats/server_json.h"

namespace marquee::embedded {

/// DIR/server.json: where the server that owns a data directory answers, for the commands that go
/// through it. Written whole or not at all.
Result<void> write_server_file(const std::string& directory, const formats::ServerInfo& info);

/// None when there is no file, when it cannot be understood, or when its process is gone.
Result<std::optional<formats::ServerInfo>> read_server_file(const std::string& directory);

Result<void> remove_server_file(const std::string& directory);

}  // namespace marquee::embedded
