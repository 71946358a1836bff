#include <utility>

#include "api/authorized.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "http/compression.h"
#include "http/response_head.h"

namespace marquee::api {
namespace {

constexpr std::size_t kAssetBytesMax = 64 << 20;
constexpr std::string_view kStartPage = "/index.html";

bool looks_like_a_file(std::string_view path) {
  return path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos;
}

/// The file at `path`; the start page for every other address of the page, whose own router takes
/// it from there.
std::optional<PageAsset> asset_for(const FindAsset& find, std::string_view path) {
  if (!find) return std::nullopt;
  if (auto asset = find(path == "/" ? kStartPage : path)) return asset;
  if (looks_like_a_file(path)) return std::nullopt;
  return find(kStartPage);
}

http::Response serve(const http::Request& request, const PageAsset& asset) {
  http::Response response;
  response.content_type = asset.content_type;
  response.headers = {
      {"Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Vary", "Accept-Encoding"}};
  const bool packed = http::accepts_gzip(request.header("accept-encoding").value_or(""));
  response.headers.emplace_back("ETag", packed ? http::gzip_etag(asset.etag) : asset.etag);
  if (http::etag_matches(request.header("if-none-match").value_or(""), asset.etag)) {
    response.status = 304;
    return response;
  }
  if (packed) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.static_body = asset.gzip_bytes;
    return response;
  }
  Result<std::string> plain = http::gunzip(asset.gzip_bytes, kAssetBytesMax);
  if (!plain.ok()) return http::problem(plain.error());
  response.body = *std::move(plain);
  return response;
}

/// Serves one file of the program at an address of its own.
void add_file_route(http::Router& router, const Services& services, const std::string& pattern,
                    std::string_view path) {
  add_route(router, services, http::Method::kGet, pattern,
            [&services, path](const http::Request& request, const http::Reply& reply) {
              if (auto refused = QueryParameters(request, {}).problem()) {
                return reply(*std::move(refused));
              }
              const auto asset = services.find_asset ? services.find_asset(path) : std::nullopt;
              if (!asset) return reply(http::problem(404, "this program was built without it"));
              reply(serve(request, *asset));
            });
}

/// Where an operator's old address leads; empty for every other path.
std::string_view moved_to(std::string_view path) {
  return path == "/admin" || path == "/admin/" ? "/console" : "";
}

http::Response redirect(std::string_view to) {
  http::Response response;
  response.status = 302;  // not 301: behind the platform's gateway /admin is another program
  response.content_type = "text/plain; charset=utf-8";
  response.headers = {{"Location", std::string(to)}, {"Cache-Control", "no-cache"}};
  return response;
}

}  // namespace

void register_page_routes(http::Router& router, const Services& services) {
  add_file_route(router, services, "/openapi.json", "/openapi.json");
  add_file_route(router, services, "/docs", "/docs.html");
  router.set_fallback([&services](const http::Request& request, const http::Reply& reply) {
    const bool reads =
        request.method == http::Method::kGet || request.method == http::Method::kHead;
    const bool is_page = request.path != "/api" && !request.path.starts_with("/api/");
    const auto asset = is_page ? asset_for(services.find_asset, request.path) : std::nullopt;
    if (!asset) return reply(http::problem(404, "there is nothing at this address"));
    if (!reads) {
      http::Response refused = http::problem(405, "files can only be read");
      refused.headers.emplace_back("Allow", "GET, HEAD");
      return reply(std::move(refused));
    }
    const std::string_view moved = moved_to(request.path);
    reply(moved.empty() ? serve(request, *asset) : redirect(moved));
  });
}

}  // namespace marquee::api
