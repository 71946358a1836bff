#include "identity/permissions.h"

#include <array>

namespace marquee::identity {
namespace {

using enum Role;

constexpr RoleSet kEveryone{kAnonymous, kGuest, kViewer, kService, kAnalyst, kOperator, kAdmin};
constexpr RoleSet kFilms{kGuest, kViewer, kService, kAnalyst, kOperator, kAdmin};
/// What is about one viewer.
constexpr RoleSet kViewing{kGuest, kViewer, kService, kOperator, kAdmin};
/// Everything that there is to scrape, which names what the service stands on.
constexpr RoleSet kScraping{kGuest, kService, kAnalyst, kOperator, kAdmin};
constexpr RoleSet kReports{kAnalyst, kOperator, kAdmin};
constexpr RoleSet kOperations{kOperator, kAdmin};
constexpr RoleSet kAdministration{kAdmin};

constexpr auto kInQuery = NamesViewer::kInQuery;
constexpr auto kInPath = NamesViewer::kInPath;

constexpr std::array kPermissions{
    Permission{"GET", "/api/recommendations", kViewing, kInQuery},
    Permission{"POST", "/api/events", kViewing, NamesViewer::kInBody},
    Permission{"GET", "/api/events/{event_id}", kViewing, kInQuery},
    Permission{"GET", "/api/movies", kFilms, kInQuery},
    Permission{"GET", "/api/movies/{id}", kFilms},
    Permission{"PUT", "/api/movies/{id}", kOperations},
    Permission{"DELETE", "/api/movies/{id}", kOperations},
    Permission{"GET", "/api/movies/{id}/similar", kFilms},
    Permission{"GET", "/api/genres", kFilms},
    Permission{"GET", "/api/users/{id}/history", kViewing, kInPath},
    Permission{"GET", "/api/users/{id}/profile", kViewing, kInPath},
    Permission{"GET", "/api/users/{id}/stream", kViewing, kInPath},
    Permission{"GET", "/api/metrics", kFilms},
    Permission{"GET", "/metrics", kScraping},
    Permission{"GET", "/health", kEveryone},
    Permission{"GET", "/health/live", kEveryone},
    Permission{"GET", "/health/ready", kEveryone},
    Permission{"GET", "/api/health", kEveryone},
    Permission{"GET", "/openapi.json", kEveryone},
    Permission{"GET", "/docs", kEveryone},
    Permission{"GET", "/api/admin/audit", kReports},
    Permission{"GET", "/api/admin/state", kReports},
    Permission{"GET", "/api/admin/events/stream", kOperations},
    Permission{"GET", "/api/admin/models", kReports},
    Permission{"GET", "/api/admin/models/{version}", kReports},
    Permission{"POST", "/api/admin/models/{version}/promote", kOperations},
    Permission{"POST", "/api/admin/models/rollback", kOperations},
    Permission{"POST", "/api/admin/cache/invalidate", kOperations},
    Permission{"GET", "/api/admin/runs", kReports},
    Permission{"POST", "/api/admin/runs", kOperations},
    Permission{"GET", "/api/admin/runs/{id}", kReports},
    Permission{"GET", "/api/admin/runs/{id}/logs", kReports},
    Permission{"POST", "/api/admin/runs/{id}/cancel", kOperations},
    Permission{"POST", "/api/admin/runs/{id}/retry", kOperations},
    Permission{"GET", "/api/admin/keys", kAdministration},
    Permission{"POST", "/api/admin/keys", kAdministration},
    Permission{"POST", "/api/admin/keys/{id}/rotate", kAdministration},
    Permission{"DELETE", "/api/admin/keys/{id}", kAdministration},
    Permission{"GET", "/api/admin/audit-log", kOperations},
};

}  // namespace

std::span<const Permission> permissions() { return kPermissions; }

const Permission* find_permission(std::string_view method, std::string_view pattern) {
  for (const Permission& permission : kPermissions) {
    if (permission.method == method && permission.pattern == pattern) return &permission;
  }
  return nullptr;
}

}  // namespace marquee::identity
