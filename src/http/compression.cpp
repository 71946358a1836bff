#include "http/compression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>

#include <zlib.h>

namespace marquee::http {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 32 KiB window, gzip wrapper
constexpr int kQuickLevel = 1;

struct DeflateEnd {
  void operator()(z_stream* stream) const {
    deflateEnd(stream);
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): made by make_deflater()
  }
};
using Deflater = std::unique_ptr<z_stream, DeflateEnd>;

Deflater make_deflater() {
  auto stream = std::make_unique<z_stream>();
  *stream = z_stream{};
  if (deflateInit2(stream.get(), kQuickLevel, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return nullptr;
  }
  return Deflater(stream.release());
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The weight of ";q=0.5"; 1 when there is none, 0 when it is malformed.
double weight(std::string_view parameters) {
  parameters = trim(parameters);
  if (parameters.empty()) return 1;
  if (!parameters.starts_with("q=") && !parameters.starts_with("Q=")) return 0;
  parameters.remove_prefix(2);
  double value = 0;
  const auto [end, error] =
      std::from_chars(parameters.data(), parameters.data() + parameters.size(), value);
  return error == std::errc{} && end == parameters.data() + parameters.size() ? value : 0;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> any;
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view coding = trim(item.substr(0, semicolon));
    const bool wanted = weight(item.substr(std::min(semicolon + 1, item.size()))) > 0;
    if (coding == "gzip" || coding == "x-gzip") return wanted;
    if (coding == "*") any = wanted;
  }
  return any.value_or(false);
}

bool is_compressible(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.find("json") != std::string_view::npos ||
         content_type.find("javascript") != std::string_view::npos ||
         content_type.find("xml") != std::string_view::npos ||
         content_type.starts_with("application/openmetrics-text");
}

Result<std::string> gzip(std::string_view text) {
  // Setting a deflater up costs more than running it over a small answer.
  static thread_local const Deflater deflater = make_deflater();
  if (!deflater) return Error{ErrorCode::kInternal, "zlib: cannot set up compression"};
  deflateReset(deflater.get());
  std::string out(deflateBound(deflater.get(), text.size()), '\0');
  // zlib only reads next_in; its type predates const.
  deflater->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // NOLINT
  deflater->avail_in = static_cast<uInt>(text.size());
  deflater->next_out = reinterpret_cast<Bytef*>(out.data());
  deflater->avail_out = static_cast<uInt>(out.size());
  if (deflate(deflater.get(), Z_FINISH) != Z_STREAM_END) {
    return Error{ErrorCode::kInternal, "zlib: compression did not end"};
  }
  out.resize(deflater->total_out);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t size_max) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindowBits) != Z_OK) {
    return Error{ErrorCode::kInternal, "zlib: cannot set up decompression"};
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 16 << 10> piece;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
    if (out.size() > size_max) return Error{ErrorCode::kDataLoss, "gzip: it unpacks to too much"};
  }
  if (status != Z_STREAM_END) return Error{ErrorCode::kDataLoss, "gzip: the stream is damaged"};
  return out;
}

}  // namespace marquee::http
