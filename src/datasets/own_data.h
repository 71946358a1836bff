#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "datasets/dataset.h"

namespace marquee::datasets {

/// Bring your own: movies.csv or movies.jsonl, interactions.csv or interactions.jsonl. Either may
/// be missing, and notes() says so: films without interactions are a catalogue, interactions may
/// come before their films. Of a film that comes twice the last line counts, as with PUT.
bool is_own_data(const std::string& directory);
Result<std::unique_ptr<Dataset>> open_own_data(const std::string& directory,
                                               const ReadOptions& options);

}  // namespace marquee::datasets
