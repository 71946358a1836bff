#include "formats/parquet_arrow.h"

#include <algorithm>

#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include "formats/parquet_seal.h"

namespace marquee::formats::internal {
namespace {

constexpr const char* kDamaged = "damaged Parquet file";

/// malloc itself: what a night's training took goes back to the system, and AddressSanitizer sees
/// what Arrow does.
arrow::MemoryPool* memory_pool() { return arrow::system_memory_pool(); }

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::shared_ptr<parquet::WriterProperties> writer_properties(
    const std::vector<std::string>& unique_columns) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(memory_pool());
  builder.compression(parquet::Compression::ZSTD);
  builder.max_row_group_length(kRowGroupRows);
  builder.enable_page_checksum();
  for (const std::string& name : unique_columns) builder.disable_dictionary(name);
  return builder.build();
}

std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties() {
  parquet::ArrowWriterProperties::Builder builder;
  builder.store_schema();  // Parquet itself has no fixed-size lists
  builder.set_use_threads(false);
  return builder.build();
}

/// Equal but for the name and nullability of a list's element, which every writer chooses anew.
bool same_type(const arrow::DataType& a, const arrow::DataType& b) {
  if (a.id() != arrow::Type::FIXED_SIZE_LIST || b.id() != arrow::Type::FIXED_SIZE_LIST) {
    return a.Equals(b);
  }
  const auto& list_a = static_cast<const arrow::FixedSizeListType&>(a);
  const auto& list_b = static_cast<const arrow::FixedSizeListType&>(b);
  return list_a.list_size() == list_b.list_size() &&
         list_a.value_type()->Equals(*list_b.value_type());
}

}  // namespace

Error to_error(const arrow::Status& status, ErrorCode code, const std::string& what) {
  return Error{status.IsOutOfMemory() ? ErrorCode::kResourceExhausted : code,
               what + ": " + one_line(status.message())};
}

/// Arrow's BufferOutputStream would cost one more copy of the whole file.
class FileSink::Memory final : public arrow::io::OutputStream {
 public:
  arrow::Status Write(const void* data, std::int64_t size) override {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override {
    return static_cast<std::int64_t>(bytes_.size());
  }
  ParquetBytes take() { return std::move(bytes_); }

 private:
  ParquetBytes bytes_;
  bool closed_ = false;
};

FileSink::~FileSink() = default;

arrow::Result<std::unique_ptr<FileSink>> FileSink::open(
    const std::shared_ptr<arrow::Schema>& schema, const std::vector<std::string>& unique_columns,
    const FileMetadata& metadata) {
  auto sink = std::unique_ptr<FileSink>(new FileSink());  // the constructor is private
  sink->memory_ = std::make_shared<Memory>();
  ARROW_ASSIGN_OR_RAISE(sink->writer_, parquet::arrow::FileWriter::Open(
                                           *schema, memory_pool(), sink->memory_,
                                           writer_properties(unique_columns), arrow_properties()));
  auto pairs = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : metadata) pairs->Append(key, value);
  pairs->Append(std::string(kSealKey), std::string(kUnsealed));
  ARROW_RETURN_NOT_OK(sink->writer_->AddKeyValueMetadata(pairs));
  return sink;
}

arrow::Status FileSink::write(const arrow::Table& table) {
  return writer_->WriteTable(table, kRowGroupRows);
}

arrow::Status FileSink::close(ParquetBytes& bytes) {
  ARROW_RETURN_NOT_OK(writer_->Close());
  bytes = memory_->take();
  seal(bytes);
  return arrow::Status::OK();
}

Result<void> check_schema(const arrow::Schema& got, const arrow::Schema& want) {
  const auto describe = [](const arrow::Field& field) {
    return fmt::format("'{}' {}", field.name(), field.type()->ToString());
  };
  for (int i = 0; i < std::max(got.num_fields(), want.num_fields()); ++i) {
    if (i >= got.num_fields()) {
      return Error{ErrorCode::kDataLoss,
                   fmt::format("column {} is missing", describe(*want.field(i)))};
    }
    if (i >= want.num_fields()) {
      return Error{ErrorCode::kDataLoss,
                   fmt::format("column {} does not belong here", describe(*got.field(i)))};
    }
    if (got.field(i)->name() != want.field(i)->name() ||
        !same_type(*got.field(i)->type(), *want.field(i)->type())) {
      return Error{ErrorCode::kDataLoss,
                   fmt::format("column {} is {}, want {}", i + 1, one_line(describe(*got.field(i))),
                               describe(*want.field(i)))};
    }
  }
  return {};
}

Result<std::unique_ptr<BatchReader>> BatchReader::open(std::span<const std::byte> bytes,
                                                       std::int64_t batch_rows) {
  MARQUEE_CHECK(check_seal(bytes));
  auto reader = std::unique_ptr<BatchReader>(new BatchReader());  // the constructor is private
  const auto body = [&]() -> arrow::Status {
    auto buffer =
        std::make_shared<arrow::Buffer>(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                        static_cast<std::int64_t>(bytes.size()));
    parquet::ReaderProperties properties(memory_pool());
    properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties arrow_reader(/*use_threads=*/false);
    arrow_reader.set_batch_size(batch_rows);
    arrow_reader.set_pre_buffer(false);
    auto file = parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(buffer),
                                                 properties);
    ARROW_ASSIGN_OR_RAISE(reader->file_, parquet::arrow::FileReader::Make(
                                             memory_pool(), std::move(file), arrow_reader));
    ARROW_RETURN_NOT_OK(reader->file_->GetSchema(&reader->schema_));
    return reader->file_->GetRecordBatchReader().Value(&reader->batches_);
  };
  MARQUEE_CHECK(guarded(ErrorCode::kDataLoss, kDamaged, body));
  return reader;
}

const parquet::FileMetaData& BatchReader::metadata() const {
  return *file_->parquet_reader()->metadata();
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchReader::next() {
  std::shared_ptr<arrow::RecordBatch> rows;
  MARQUEE_CHECK(guarded(ErrorCode::kDataLoss, kDamaged, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(batches_->ReadNext(&rows));
    return rows == nullptr ? arrow::Status::OK() : rows->ValidateFull();
  }));
  return rows;
}

Error bad_cell(const std::string& column, std::int64_t row, const std::string& why) {
  return Error{ErrorCode::kDataLoss, fmt::format("column '{}', row {}: {}", column, row, why)};
}

Result<void> check_no_nulls(const arrow::RecordBatch& batch, const std::string& column) {
  const auto array = batch.GetColumnByName(column);
  for (std::int64_t row = 0; array->null_count() > 0 && row < array->length(); ++row) {
    if (array->IsNull(row)) return bad_cell(column, row, "is null");
  }
  return {};
}

}  // namespace marquee::formats::internal

namespace marquee::formats {

Result<FileMetadata> read_metadata(std::span<const std::byte> bytes) {
  FileMetadata out;
  MARQUEE_TRY(const auto reader, internal::BatchReader::open(bytes));
  const auto pairs = reader->metadata().key_value_metadata();
  for (std::int64_t i = 0; pairs != nullptr && i < pairs->size(); ++i) {
    const std::string& key = pairs->key(i);
    if (key != "ARROW:schema" && key != internal::kSealKey) out.emplace_back(key, pairs->value(i));
  }
  return out;
}

}  // namespace marquee::formats
