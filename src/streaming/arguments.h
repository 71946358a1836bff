#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "adapters/kafka/event_message.h"
#include "base/result.h"
#include "models/factor_model.h"
#include "models/item_neighbors.h"
#include "streaming/marquee_streaming.h"

namespace marquee::streaming {

// What a stranger passes to marquee_streaming.h, as ours; kInvalidArgument, naming the field, for
// null, another size, or a number out of range.

Result<void> check_given(std::string_view name, const void* pointer);

/// Copies `value` and a null behind it; kInvalidArgument when `size` bytes at `text` are too few.
Result<void> copy_text(std::string_view name, std::string_view value, char* text, std::size_t size);

/// Views of the caller's memory.
Result<std::vector<kafka::StoredMessage>> messages_of(const marquee_stream_records* records);

/// A model without viewers, and its neighbours; copies.
struct Model {
  std::shared_ptr<const models::FactorModel> factors;
  std::shared_ptr<const models::ItemNeighbors> neighbors;
};
Result<Model> model_of(const marquee_stream_model* model);

}  // namespace marquee::streaming
