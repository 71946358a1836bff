#include "streaming/arguments.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>

#include <fmt/format.h>

#include "capi/checks.h"

namespace marquee::streaming {
namespace {

Error wrong(std::string message) { return Error{ErrorCode::kInvalidArgument, std::move(message)}; }

Result<void> check_size(std::string_view name, std::uint32_t given, std::size_t known) {
  if (given == known) return {};
  return wrong(fmt::format("{}.struct_size is {}, this library knows {}: compile for its header",
                           name, given, known));
}

Result<void> check_rows_fit(std::string_view name, std::uint64_t rows) {
  if (rows < std::numeric_limits<std::uint64_t>::max()) return {};
  return wrong(fmt::format("{}.rows is out of range", name));
}

/// Checked texts; text(r) of rows below what was asked for.
struct Texts {
  std::span<const char> bytes;
  std::span<const std::uint64_t> starts;

  std::string_view text(std::uint64_t row) const {
    return {bytes.data() + starts[row], static_cast<std::size_t>(starts[row + 1] - starts[row])};
  }
};

Result<Texts> texts_of(std::string_view name, const marquee_texts& raw, std::uint64_t rows) {
  const std::string starts_name = fmt::format("{}.starts", name);
  MARQUEE_TRY(const auto starts, capi::array(starts_name, raw.starts, rows + 1));
  const Result<void> ascend = capi::check_starts(starts);
  if (!ascend.ok()) return ascend.error().with_context(name);
  MARQUEE_TRY(const auto bytes, capi::array(name, raw.bytes, starts.back()));
  return Texts{bytes, starts};
}

Result<models::ItemNeighbors> neighbors_of(const marquee_stream_model& model) {
  MARQUEE_TRY(const auto starts,
              capi::array("model.neighbor_starts", model.neighbor_starts, model.rows + 1));
  const Result<void> ascend = capi::check_starts(starts);
  if (!ascend.ok()) return ascend.error().with_context("model.neighbor_starts");
  MARQUEE_TRY(const auto rows,
              capi::array("model.neighbor_rows", model.neighbor_rows, starts.back()));
  MARQUEE_TRY(const auto weights,
              capi::matrix("model.neighbor_weights", model.neighbor_weights, starts.back(), 1));
  std::vector<models::ItemNeighbors::Neighbor> neighbors;
  neighbors.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] >= model.rows) {
      return wrong(
          fmt::format("model.neighbor_rows[{}] is {}: want rows below {}", i, rows[i], model.rows));
    }
    if (!(weights[i] > 0 && weights[i] <= 1)) {
      return wrong(
          fmt::format("model.neighbor_weights[{}] is {}: want above 0 and up to 1", i, weights[i]));
    }
    neighbors.push_back({rows[i], weights[i]});
  }
  return models::ItemNeighbors({starts.begin(), starts.end()}, std::move(neighbors));
}

}  // namespace

Result<void> check_given(std::string_view name, const void* pointer) {
  if (pointer != nullptr) return {};
  return Error{ErrorCode::kInvalidArgument, fmt::format("{} is null", name)};
}

Result<void> copy_text(std::string_view name, std::string_view value, char* text,
                       std::size_t size) {
  MARQUEE_CHECK(check_given(name, text));
  if (value.size() >= size) {
    return wrong(fmt::format("{} has no place for {} bytes", name, value.size()));
  }
  *std::copy(value.begin(), value.end(), text) = '\0';
  return {};
}

Result<std::vector<kafka::StoredMessage>> messages_of(const marquee_stream_records* given) {
  MARQUEE_CHECK(check_given("records", given));
  MARQUEE_CHECK(check_size("records", given->struct_size, sizeof(marquee_stream_records)));
  const marquee_stream_records& records = *given;
  std::vector<kafka::StoredMessage> messages;
  const std::uint64_t rows = records.rows;
  if (rows == 0) return messages;
  MARQUEE_CHECK(check_rows_fit("records", rows));
  MARQUEE_TRY(const auto partitions, capi::array("records.partitions", records.partitions, rows));
  MARQUEE_TRY(const auto offsets, capi::array("records.offsets", records.offsets, rows));
  MARQUEE_TRY(const auto keys, texts_of("records.keys", records.keys, rows));
  MARQUEE_TRY(const auto values, texts_of("records.values", records.values, rows));
  MARQUEE_TRY(const auto prints, texts_of("records.fingerprints", records.fingerprints, rows));
  MARQUEE_TRY(const auto has_print,
              capi::array("records.has_fingerprint", records.has_fingerprint, rows));
  messages.resize(rows);
  for (std::uint64_t row = 0; row < rows; ++row) {
    kafka::StoredMessage& message = messages[row];
    message.offset = {partitions[row], offsets[row]};
    message.key = keys.text(row);
    message.value = values.text(row);
    message.value_bytes =
        records.value_bytes == nullptr ? message.value.size() : records.value_bytes[row];
    if (has_print[row] != 0) message.fingerprint = prints.text(row);
  }
  return messages;
}

Result<Model> model_of(const marquee_stream_model* given) {
  MARQUEE_CHECK(check_given("model", given));
  MARQUEE_CHECK(check_size("model", given->struct_size, sizeof(marquee_stream_model)));
  MARQUEE_CHECK(check_given("model.version", given->version));
  MARQUEE_CHECK(check_rows_fit("model", given->rows));
  MARQUEE_TRY(const auto parameters, capi::parameters_of(&given->parameters));
  const auto k = static_cast<std::size_t>(parameters.rank);
  MARQUEE_TRY(const Texts ids, texts_of("model.ids", given->ids, given->rows));
  MARQUEE_TRY(const auto vectors, capi::matrix("model.vectors", given->vectors, given->rows, k));
  models::FactorTable items{k, {}, {vectors.begin(), vectors.end()}};
  for (std::uint64_t row = 0; row < given->rows; ++row) items.ids.emplace_back(ids.text(row));
  MARQUEE_TRY(auto factors, models::FactorModel::make(ModelVersion(given->version), parameters,
                                                      std::move(items), {k, {}, {}}));
  MARQUEE_TRY(auto neighbors, neighbors_of(*given));
  return Model{std::make_shared<const models::FactorModel>(std::move(factors)),
               std::make_shared<const models::ItemNeighbors>(std::move(neighbors))};
}

}  // namespace marquee::streaming
