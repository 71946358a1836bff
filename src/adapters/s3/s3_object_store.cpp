#include "adapters/s3/s3_object_store.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <arrow/filesystem/s3fs.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/key_value_metadata.h>

#include "adapters/s3/s3_error.h"
#include "adapters/s3/s3_metrics.h"
#include "adapters/s3/s3_runtime.h"

namespace marquee::s3 {
namespace {

namespace fs = arrow::fs;

/// What goes into one call of a stream: between two, the deadline is looked at.
constexpr std::int64_t kPieceBytes = std::int64_t{8} << 20;
/// A lakehouse's objects are written once; more replacements than this during one read are a fault.
constexpr int kReadsMax = 10;
constexpr const char* kAuthorities = "/etc/ssl/certs/ca-certificates.crt";

fs::S3Options client_options(const S3Address& address,
                             const std::optional<S3Credentials>& credentials,
                             const S3ObjectStore::Options& options) {
  const auto seconds = [](std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
  };
  fs::S3Options client;
  if (credentials) {
    client.ConfigureAccessKey(credentials->access_key, credentials->secret_key,
                              credentials->session_token);
  } else {
    client.ConfigureDefaultCredentials();
  }
  client.region = address.region;
  client.scheme = address.tls ? "https" : "http";
  client.endpoint_override = address.endpoint;
  client.connect_timeout = seconds(options.connect_timeout);
  client.request_timeout = seconds(options.request_timeout);
  client.retry_strategy = fs::S3RetryStrategy::GetAwsStandardRetryStrategy(options.attempts);
  client.background_writes = false;  // a put is over when it returns
  client.allow_delayed_open = true;  // a small one is one request
  client.tls_ca_file_path = address.ca_file.empty() ? kAuthorities : address.ca_file;
  return client;
}

bool is_missing(const arrow::Status& status) {
  const std::string text = status.ToString();
  return text.find("Path does not exist") != std::string::npos ||
         text.find("AWS Error NO_SUCH_KEY") != std::string::npos ||
         text.find("AWS Error RESOURCE_NOT_FOUND") != std::string::npos;
}

}  // namespace

class S3ObjectStore::Impl {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Impl(std::shared_ptr<fs::S3FileSystem> files, S3Address address, const Clock& clock,
       const Options& options)
      : files_(std::move(files)),
        address_(std::move(address)),
        clock_(clock),
        options_(options),
        root_(address_.bucket + (address_.prefix.empty() ? "" : "/" + address_.prefix)),
        breaker_(clock, options.breaker) {}

  /// Runs `operation` unless S3 is left alone, and tells the breaker how it went.
  template <typename Operation>
  auto guarded(const Operation& operation) -> decltype(operation(Time())) {
    auto permit = breaker_.acquire();
    if (!permit) {
      report([](S3Metrics& metrics) { metrics.left_alone(); });
      return left_alone();
    }
    auto result = operation(clock_.steady() + options_.deadline);
    if (result.ok() || result.error().code != ErrorCode::kUnavailable) {
      permit->succeeded();
      report([](S3Metrics& metrics) { metrics.answered(); });
      return result;
    }
    permit->failed();
    report([](S3Metrics& metrics) { metrics.failed(); });
    const std::lock_guard lock(mutex_);
    last_failure_ = result.error().message;
    return result;
  }

  Result<void> put(const std::string& path, std::span<const std::byte> bytes, Time deadline);
  Result<std::vector<std::byte>> get(const std::string& path, Time deadline);
  Result<std::vector<std::string>> list(std::string_view prefix);
  Result<void> remove(const std::string& path);

  std::string path_of(std::string_view key) const { return root_ + "/" + std::string(key); }
  void report_to(telemetry::Metrics& metrics) {
    const std::lock_guard lock(mutex_);
    metrics_.emplace(metrics);
  }
  Result<void> health() const {
    if (breaker_.state() == CircuitBreaker::State::kClosed) return {};
    return left_alone();
  }

 private:
  /// An object as it was when it was looked at.
  struct Object {
    std::shared_ptr<arrow::io::RandomAccessFile> file;
    std::int64_t size = 0;
    std::string tag;  ///< S3's ETag: other bytes, another tag
  };
  struct Read {
    std::vector<std::byte> bytes;
    bool is_whole = false;  ///< false: it was replaced meanwhile
  };

  Result<Read> read_once(const std::string& path, Time deadline);
  Result<Object> look_at(const std::string& path);
  Result<void> in_time(Time deadline) const;
  Error left_alone() const;
  template <typename Event>
  void report(const Event& event) {
    const std::lock_guard lock(mutex_);
    if (!metrics_) return;
    event(*metrics_);
    metrics_->show(breaker_);
  }
  Error failure(const arrow::Status& status, const std::string& path);
  /// kFailedPrecondition when the bucket is missing: to S3 then every object is.
  Result<void> check_bucket();

  const std::shared_ptr<fs::S3FileSystem> files_;
  const S3Address address_;
  const Clock& clock_;
  const Options options_;
  const std::string root_;  ///< bucket/prefix
  CircuitBreaker breaker_;
  mutable std::mutex mutex_;
  std::string last_failure_;
  std::optional<S3Metrics> metrics_;
};

Result<void> S3ObjectStore::Impl::put(const std::string& path, std::span<const std::byte> bytes,
                                      Time deadline) {
  auto opened = files_->OpenOutputStream(path, {});
  if (!opened.ok()) return failure(opened.status(), path);
  const auto& stream = *opened;
  for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes) {
    const auto piece = bytes.subspan(at, std::min<std::size_t>(kPieceBytes, bytes.size() - at));
    auto fits = in_time(deadline);
    const auto written = fits.ok() ? stream->Write(piece.data(), static_cast<int64_t>(piece.size()))
                                   : arrow::Status::OK();
    if (fits.ok() && written.ok()) continue;
    (void)stream->Abort();  // takes back the parts that went up
    if (!fits.ok()) return fits;
    return failure(written, path);
  }
  const auto closed = stream->Close();
  if (closed.ok()) return {};
  (void)stream->Abort();
  return failure(closed, path);
}

Result<std::vector<std::byte>> S3ObjectStore::Impl::get(const std::string& path, Time deadline) {
  for (int reads = 0; reads < kReadsMax; ++reads) {
    MARQUEE_TRY(Read read, read_once(path, deadline));
    if (read.is_whole) return std::move(read.bytes);
  }
  return Error{ErrorCode::kUnavailable,
               address_.shown + ": '" + path + "' is replaced faster than it can be read"};
}

Result<S3ObjectStore::Impl::Read> S3ObjectStore::Impl::read_once(const std::string& path,
                                                                 Time deadline) {
  MARQUEE_TRY(const Object object, look_at(path));
  Read read;
  read.bytes.resize(static_cast<std::size_t>(object.size));
  for (std::int64_t at = 0; at < object.size;) {
    MARQUEE_CHECK(in_time(deadline));
    const auto got =
        object.file->ReadAt(at, std::min(kPieceBytes, object.size - at), read.bytes.data() + at);
    if (!got.ok()) return failure(got.status(), path);
    if (*got == 0) return read;  // it has become shorter
    at += *got;
  }
  MARQUEE_TRY(const Object after, look_at(path));
  read.is_whole = object.tag == after.tag && object.size == after.size;
  return read;
}

Result<S3ObjectStore::Impl::Object> S3ObjectStore::Impl::look_at(const std::string& path) {
  auto opened = files_->OpenInputFile(path);
  if (!opened.ok()) return failure(opened.status(), path);
  Object object{std::move(*opened), 0, ""};
  const auto size = object.file->GetSize();
  if (!size.ok()) return failure(size.status(), path);
  object.size = *size;
  const auto metadata = object.file->ReadMetadata();
  if (!metadata.ok()) return failure(metadata.status(), path);
  if (*metadata) object.tag = (*metadata)->Get("ETag").ValueOr("");
  return object;
}

Result<std::vector<std::string>> S3ObjectStore::Impl::list(std::string_view prefix) {
  fs::FileSelector selector;
  const std::size_t slash = prefix.rfind('/');
  selector.base_dir = slash == std::string_view::npos ? root_ : path_of(prefix.substr(0, slash));
  selector.recursive = true;
  selector.allow_not_found = true;
  const auto found = files_->GetFileInfo(selector);  // asks page by page, 1,000 keys each
  if (!found.ok()) return failure(found.status(), selector.base_dir);
  if (found->empty()) MARQUEE_CHECK(check_bucket());
  std::vector<std::string> keys;
  for (const fs::FileInfo& info : *found) {
    if (info.type() != fs::FileType::File) continue;
    std::string key = info.path().substr(root_.size() + 1);
    if (key.starts_with(prefix)) keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

Result<void> S3ObjectStore::Impl::remove(const std::string& path) {
  const auto removed = files_->DeleteFile(path);
  if (removed.ok()) return {};
  Error error = failure(removed, path);
  if (error.code == ErrorCode::kNotFound) return {};
  return error;
}

Result<void> S3ObjectStore::Impl::in_time(Time deadline) const {
  if (clock_.steady() < deadline) return {};
  return Error{ErrorCode::kUnavailable, address_.shown + ": took longer than " +
                                            std::to_string(options_.deadline.count()) + " ms"};
}

Error S3ObjectStore::Impl::left_alone() const {
  const std::lock_guard lock(mutex_);
  return Error{ErrorCode::kUnavailable, last_failure_ + "; tried again in " +
                                            std::to_string(breaker_.until_probe().count()) + " ms"};
}

Error S3ObjectStore::Impl::failure(const arrow::Status& status, const std::string& path) {
  if (!is_missing(status)) return error_of(status.message(), address_);
  if (auto bucket = check_bucket(); !bucket.ok()) return std::move(bucket).error();
  return Error{ErrorCode::kNotFound, "there is no object '" + path + "'"};
}

Result<void> S3ObjectStore::Impl::check_bucket() {
  const auto info = files_->GetFileInfo(address_.bucket);
  if (!info.ok()) return error_of(info.status().message(), address_);
  if (info->type() != fs::FileType::NotFound) return {};
  return error_of("AWS Error NO_SUCH_BUCKET", address_);
}

Result<std::unique_ptr<S3ObjectStore>> S3ObjectStore::open(
    S3Address address, const std::optional<S3Credentials>& credentials, const Clock& clock,
    const Options& options) {
  MARQUEE_CHECK(begin_s3());
  auto files = fs::S3FileSystem::Make(client_options(address, credentials, options));
  if (!files.ok()) {
    return Error{ErrorCode::kInvalidArgument, address.shown + ": " + files.status().message()};
  }
  auto impl = std::make_unique<Impl>(*files, std::move(address), clock, options);
  return std::unique_ptr<S3ObjectStore>(
      new S3ObjectStore(std::move(impl)));  // NOLINT: private constructor
}

S3ObjectStore::S3ObjectStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
S3ObjectStore::~S3ObjectStore() = default;

Result<void> S3ObjectStore::put(std::string_view key, std::span<const std::byte> bytes) {
  MARQUEE_CHECK(check_object_key(key));
  return impl_->guarded(
      [&](auto deadline) { return impl_->put(impl_->path_of(key), bytes, deadline); });
}

Result<std::vector<std::byte>> S3ObjectStore::get(std::string_view key) const {
  MARQUEE_CHECK(check_object_key(key));
  return impl_->guarded([&](auto deadline) { return impl_->get(impl_->path_of(key), deadline); });
}

Result<std::vector<std::string>> S3ObjectStore::list(std::string_view prefix) const {
  MARQUEE_CHECK(check_object_prefix(prefix));
  return impl_->guarded([&](auto) { return impl_->list(prefix); });
}

Result<void> S3ObjectStore::remove(std::string_view key) {
  MARQUEE_CHECK(check_object_key(key));
  return impl_->guarded([&](auto) { return impl_->remove(impl_->path_of(key)); });
}

Result<void> S3ObjectStore::health() const { return impl_->health(); }
void S3ObjectStore::report_to(telemetry::Metrics& metrics) { impl_->report_to(metrics); }

}  // namespace marquee::s3
