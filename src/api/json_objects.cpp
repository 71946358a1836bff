#include "api/json_objects.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

namespace marquee::api {
namespace {

constexpr std::string_view kLineSpace = " \t\r";

std::optional<http::Response> refuse_count(std::size_t count, std::size_t count_max) {
  if (count > 0 && count <= count_max) return std::nullopt;
  return http::problem(422, fmt::format("the body holds {} objects: want 1 to {}",
                                        count > count_max ? "too many" : "no", count_max));
}

void read_lines(std::string_view body, JsonObject::Names known, std::size_t count_max,
                JsonObjects& out) {
  std::size_t count = 0;
  while (!body.empty() && count <= count_max) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.find_first_not_of(kLineSpace) == std::string_view::npos) continue;
    if (++count <= count_max) out.objects.emplace_back(line, known);
  }
  out.refused = refuse_count(count, count_max);
}

void read_array(const simdjson::dom::array& array, JsonObject::Names known, std::size_t count_max,
                JsonObjects& out) {
  out.refused = refuse_count(array.size(), count_max);
  if (out.refused) return;
  out.objects.reserve(array.size());
  for (const simdjson::dom::element element : array) out.objects.emplace_back(element, known);
}

}  // namespace

JsonObjects read_json_objects(const http::Request& request, JsonObject::Names known,
                              std::size_t count_max) {
  JsonObjects out;
  const std::string type = media_type(request);
  out.many = type == "application/x-ndjson";
  if (out.many) {
    read_lines(request.body, known, count_max, out);
    return out;
  }
  if (type != "application/json") {
    out.refused =
        http::problem(415, "want Content-Type: application/json, or application/x-ndjson");
    return out;
  }
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array array;
  if (const auto error = parser.parse(request.body.data(), request.body.size()).get(root);
      error != simdjson::SUCCESS) {
    out.refused =
        http::problem(400, fmt::format("the body is no JSON: {}", simdjson::error_message(error)));
  } else if (root.get_array().get(array) == simdjson::SUCCESS) {
    out.many = true;
    read_array(array, known, count_max, out);
  } else {
    out.objects.emplace_back(root, known);
  }
  return out;
}

}  // namespace marquee::api
