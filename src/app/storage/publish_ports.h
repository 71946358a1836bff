#pragma once

#include <cstddef>

#include "app/storage/storage.h"
#include "batch/publish_stage.h"

namespace marquee::app {

/// What publishing needs of a data directory that is open for writing; `storage` must outlive it.
inline batch::PublishPorts publish_ports(Storage& storage, std::size_t keep_generations) {
  const Stores& stores = *storage.stores;
  return {
      *storage.objects, stores.feed,      stores.models,  stores.catalog,
      storage.clock,    keep_generations, stores.factors, static_cast<bool>(stores.open_search)};
}

}  // namespace marquee::app
