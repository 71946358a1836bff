#pragma once

#include <optional>

#include "app/owner/owner_client.h"
#include "base/result.h"
#include "settings/settings.h"

namespace marquee::app {

/// The server that owns the data directory now, by its server.json; none when no one does.
Result<std::optional<Owner>> find_owner(const Settings& settings);

}  // namespace marquee::app
