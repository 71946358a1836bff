#pragma once

#include <memory>

#include "app/storage/storage.h"
#include "base/result.h"
#include "batch/archived_log.h"

namespace marquee::app {

/// Every event since the first, for who folds from zero: the archive up to where the log begins,
/// the log from there on. `storage` must outlive it.
inline Result<std::unique_ptr<batch::ArchivedLog>> whole_log(const Storage& storage) {
  return batch::ArchivedLog::open(*storage.objects, storage.log.get(),
                                  batch::ArchivedLog::Prefer::kLog);
}

}  // namespace marquee::app
