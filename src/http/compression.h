#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace marquee::http {

/// Whether an Accept-Encoding header allows gzip (RFC 9110 §12.5.3): named, or covered by "*", with
/// a weight above 0.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether answers of this type are worth compressing: text, JSON, JavaScript, XML, SVG.
bool is_compressible(std::string_view content_type);

/// `text` in gzip format (RFC 1952), quick rather than small. Thread-safe.
Result<std::string> gzip(std::string_view text);

/// The reverse, for clients that do not take gzip. kDataLoss when `bytes` is no gzip stream or
/// unpacks to more than `size_max`.
Result<std::string> gunzip(std::string_view bytes, std::size_t size_max);

}  // namespace marquee::http
