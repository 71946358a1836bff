#include <array>

#include <fmt/format.h>

#include "formats/parquet.h"
#include "formats/parquet_arrow.h"

namespace marquee::formats {
namespace {

using internal::bad_cell;

constexpr std::int32_t kEventVersion = 1;
constexpr std::int64_t kEventsBatchRows = 8 * 1024;  // an Event takes some 250 bytes

/// Places of the columns in events_schema().
enum Column : int {
  kVersionColumn,
  kEventIdColumn,
  kUserId,
  kMovieId,
  kEventTypeColumn,
  kValue,
  kSessionId,
  kListId,
  kPosition,
  kUndoes,
  kTs,
  kAcceptedAt,
  kOffset,
};

std::shared_ptr<arrow::Schema> events_schema() {
  const auto time = arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
  return arrow::schema({
      arrow::field("v", arrow::int32(), false),
      arrow::field("event_id", arrow::utf8(), false),
      arrow::field("user_id", arrow::utf8(), false),
      arrow::field("movie_id", arrow::utf8(), false),
      arrow::field("event_type", arrow::utf8(), false),
      arrow::field("value", arrow::float64()),
      arrow::field("session_id", arrow::utf8()),
      arrow::field("list_id", arrow::utf8()),
      arrow::field("position", arrow::int32()),
      arrow::field("undoes", arrow::utf8()),
      arrow::field("ts", time, false),
      arrow::field("accepted_at", time, false),
      arrow::field("offset", arrow::utf8()),
  });
}

template <typename Builder, typename T>
arrow::Status append_optional(Builder& builder, const std::optional<T>& value) {
  return value ? builder.Append(*value) : builder.AppendNull();
}

template <typename Id>
arrow::Status append_optional_id(arrow::StringBuilder& builder, const std::optional<Id>& id) {
  return id ? builder.Append(id->value()) : builder.AppendNull();
}

class ParquetEventsWriter final : public EventsWriter {
 public:
  explicit ParquetEventsWriter(std::unique_ptr<internal::FileSink> sink) : sink_(std::move(sink)) {}

  Result<void> append(const ArchivedEvent& event) override {
    return internal::guarded(ErrorCode::kInternal, "cannot write events as Parquet", [&] {
      ARROW_RETURN_NOT_OK(append_ids(event.event));
      ARROW_RETURN_NOT_OK(append_values(event));
      return versions_.length() == internal::kRowGroupRows ? flush() : arrow::Status::OK();
    });
  }

  Result<ParquetBytes> finish() override {
    ParquetBytes bytes;
    MARQUEE_CHECK(internal::guarded(ErrorCode::kInternal, "cannot finish an events file", [&] {
      ARROW_RETURN_NOT_OK(flush());
      return sink_->close(bytes);
    }));
    return bytes;
  }

 private:
  arrow::Status append_ids(const Event& event) {
    ARROW_RETURN_NOT_OK(versions_.Append(kEventVersion));
    ARROW_RETURN_NOT_OK(event_ids_.Append(event.event_id.to_string()));
    ARROW_RETURN_NOT_OK(user_ids_.Append(event.user_id.value()));
    ARROW_RETURN_NOT_OK(movie_ids_.Append(event.movie_id.value()));
    ARROW_RETURN_NOT_OK(append_optional_id(session_ids_, event.session_id));
    ARROW_RETURN_NOT_OK(append_optional_id(list_ids_, event.list_id));
    if (!event.undoes) return undoes_.AppendNull();
    return undoes_.Append(event.undoes->to_string());
  }

  arrow::Status append_values(const ArchivedEvent& archived) {
    const Event& event = archived.event;
    ARROW_RETURN_NOT_OK(types_.Append(to_string(event.type)));
    ARROW_RETURN_NOT_OK(append_optional(values_, event.value));
    ARROW_RETURN_NOT_OK(append_optional(positions_, event.position));
    ARROW_RETURN_NOT_OK(ts_.Append(event.ts_ms));
    ARROW_RETURN_NOT_OK(accepted_at_.Append(event.accepted_at_ms));
    if (!archived.offset) return offsets_.AppendNull();
    return offsets_.Append(archived.offset->to_string());
  }

  arrow::Status flush() {
    if (versions_.length() == 0) return arrow::Status::OK();
    const std::array<arrow::ArrayBuilder*, kOffset + 1> builders{
        &versions_, &event_ids_, &user_ids_, &movie_ids_, &types_,       &values_, &session_ids_,
        &list_ids_, &positions_, &undoes_,   &ts_,        &accepted_at_, &offsets_};
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (arrow::ArrayBuilder* builder : builders) {
      ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), builder->Finish());
    }
    return sink_->write(*arrow::Table::Make(events_schema(), arrays));
  }

  std::unique_ptr<internal::FileSink> sink_;
  arrow::Int32Builder versions_;
  arrow::StringBuilder event_ids_;
  arrow::StringBuilder user_ids_;
  arrow::StringBuilder movie_ids_;
  arrow::StringBuilder types_;
  arrow::DoubleBuilder values_;
  arrow::StringBuilder session_ids_;
  arrow::StringBuilder list_ids_;
  arrow::Int32Builder positions_;
  arrow::StringBuilder undoes_;
  arrow::TimestampBuilder ts_{events_schema()->field(kTs)->type(), arrow::default_memory_pool()};
  arrow::TimestampBuilder accepted_at_{events_schema()->field(kAcceptedAt)->type(),
                                       arrow::default_memory_pool()};
  arrow::StringBuilder offsets_;
};

/// Reads the cells of one batch, naming column and row of the first that cannot be.
class EventRows {
 public:
  explicit EventRows(const arrow::RecordBatch& batch) : batch_(batch) {}

  Result<void> check_required() const {
    const auto schema = events_schema();
    for (const auto& field : schema->fields()) {
      if (!field->nullable()) MARQUEE_CHECK(internal::check_no_nulls(batch_, field->name()));
    }
    return {};
  }

  Result<ArchivedEvent> read(std::int64_t row) const {
    const std::int32_t version =
        internal::column<arrow::Int32Array>(batch_, kVersionColumn).Value(row);
    if (version < 1 || version > kEventVersion) {
      return bad_cell("v", row, fmt::format("version {} is unknown", version));
    }
    ArchivedEvent out;
    Event& event = out.event;
    MARQUEE_CHECK(read_uuid(kEventIdColumn, row, event.event_id));
    MARQUEE_CHECK(read_id(kUserId, row, event.user_id));
    MARQUEE_CHECK(read_id(kMovieId, row, event.movie_id));
    MARQUEE_CHECK(read_optional(kSessionId, row, event.session_id,
                                [&](auto& id) { return read_id(kSessionId, row, id); }));
    MARQUEE_CHECK(read_optional(kListId, row, event.list_id,
                                [&](auto& id) { return read_id(kListId, row, id); }));
    MARQUEE_CHECK(read_optional(kUndoes, row, event.undoes,
                                [&](auto& id) { return read_uuid(kUndoes, row, id); }));
    MARQUEE_CHECK(read_values(row, event));
    MARQUEE_CHECK(read_offset(row, out.offset));
    return out;
  }

 private:
  std::string_view text(Column column, std::int64_t row) const {
    return internal::column<arrow::StringArray>(batch_, column).GetView(row);
  }
  bool is_null(Column column, std::int64_t row) const { return batch_.column(column)->IsNull(row); }
  Error bad(Column column, std::int64_t row, const std::string& why) const {
    return bad_cell(batch_.column_name(column), row, why);
  }

  template <typename T, typename Read>
  Result<void> read_optional(Column column, std::int64_t row, std::optional<T>& out,
                             const Read& read) const {
    if (is_null(column, row)) return {};
    return read(out.emplace());
  }

  template <typename Id>
  Result<void> read_id(Column column, std::int64_t row, Id& out) const {
    const std::string_view id = text(column, row);
    if (!is_valid_id(id)) return bad(column, row, "is no id");
    out = Id(std::string(id));
    return {};
  }

  Result<void> read_uuid(Column column, std::int64_t row, EventId& out) const {
    const auto id = Uuid::parse(text(column, row));
    if (!id) return bad(column, row, "is no UUID");
    out = *id;
    return {};
  }

  Result<void> read_values(std::int64_t row, Event& event) const {
    const auto type = parse_event_type(text(kEventTypeColumn, row));
    if (!type) return bad(kEventTypeColumn, row, "is no event type");
    event.type = *type;
    if (!is_null(kValue, row)) {
      event.value = internal::column<arrow::DoubleArray>(batch_, kValue).Value(row);
    }
    if (!is_null(kPosition, row)) {
      event.position = internal::column<arrow::Int32Array>(batch_, kPosition).Value(row);
    }
    event.ts_ms = internal::column<arrow::TimestampArray>(batch_, kTs).Value(row);
    event.accepted_at_ms = internal::column<arrow::TimestampArray>(batch_, kAcceptedAt).Value(row);
    return {};
  }

  Result<void> read_offset(std::int64_t row, std::optional<Offset>& out) const {
    if (is_null(kOffset, row)) return {};
    out = Offset::parse(text(kOffset, row));
    if (!out) return bad(kOffset, row, "is no offset");
    return {};
  }

  const arrow::RecordBatch& batch_;
};

class ParquetEventsReader final : public EventsReader {
 public:
  explicit ParquetEventsReader(std::unique_ptr<internal::BatchReader> batches)
      : batches_(std::move(batches)) {}

  Result<std::vector<ArchivedEvent>> next() override {
    std::vector<ArchivedEvent> events;
    MARQUEE_TRY(const auto batch, batches_->next());
    if (batch == nullptr) return events;
    const EventRows rows(*batch);
    MARQUEE_CHECK(rows.check_required());
    events.reserve(static_cast<std::size_t>(batch->num_rows()));
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      MARQUEE_TRY(ArchivedEvent event, rows.read(row));
      events.push_back(std::move(event));
    }
    return events;
  }

 private:
  std::unique_ptr<internal::BatchReader> batches_;
};

}  // namespace

Result<std::unique_ptr<EventsWriter>> EventsWriter::make(const FileMetadata& metadata) {
  std::unique_ptr<internal::FileSink> sink;
  MARQUEE_CHECK(internal::guarded(
      ErrorCode::kInternal, "cannot start an events file", [&]() -> arrow::Status {
        const std::vector<std::string> unique_columns{"event_id", "offset"};
        return internal::FileSink::open(events_schema(), unique_columns, metadata).Value(&sink);
      }));
  return std::unique_ptr<EventsWriter>(std::make_unique<ParquetEventsWriter>(std::move(sink)));
}

Result<std::unique_ptr<EventsReader>> EventsReader::open(std::span<const std::byte> bytes) {
  MARQUEE_TRY(auto batches, internal::BatchReader::open(bytes, kEventsBatchRows));
  MARQUEE_CHECK(internal::check_schema(batches->schema(), *events_schema()));
  return std::unique_ptr<EventsReader>(std::make_unique<ParquetEventsReader>(std::move(batches)));
}

Result<void> read_events(std::span<const std::byte> bytes,
                         const std::function<Result<void>(ArchivedEvent)>& row) {
  MARQUEE_TRY(const auto reader, EventsReader::open(bytes));
  for (;;) {
    MARQUEE_TRY(auto events, reader->next());
    if (events.empty()) return {};
    for (ArchivedEvent& event : events) MARQUEE_CHECK(row(std::move(event)));
  }
}

}  // namespace marquee::formats
