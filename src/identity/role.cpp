#include "identity/role.h"

#include <array>

namespace marquee::identity {
namespace {

constexpr std::array kPermissions{
    Permission{"GET", "/api/recommendations", Role::kViewer},
    Permission{"POST", "/api/events", Role::kViewer},
    Permission{"GET", "/api/events/{event_id}", Role::kViewer},
    Permission{"GET", "/api/movies", Role::kViewer},
    Permission{"GET", "/api/movies/{id}", Role::kViewer},
    Permission{"GET", "/api/genres", Role::kViewer},
    Permission{"PUT", "/api/movies/{id}", Role::kOperator},
    Permission{"DELETE", "/api/movies/{id}", Role::kOperator},
    Permission{"GET", "/api/movies/{id}/similar", Role::kViewer},
    Permission{"GET", "/api/users/{id}/history", Role::kViewer},
    Permission{"GET", "/api/users/{id}/profile", Role::kViewer},
    Permission{"GET", "/api/users/{id}/stream", Role::kViewer},
    Permission{"GET", "/api/metrics", Role::kViewer},
    Permission{"GET", "/metrics", Role::kViewer},
    Permission{"GET", "/health", Role::kViewer},
    Permission{"GET", "/health/live", Role::kViewer},
    Permission{"GET", "/health/ready", Role::kViewer},
    Permission{"GET", "/api/health", Role::kViewer},
    Permission{"GET", "/openapi.json", Role::kViewer},
    Permission{"GET", "/docs", Role::kViewer},
    Permission{"GET", "/api/admin/audit", Role::kOperator},
    Permission{"GET", "/api/admin/state", Role::kOperator},
    Permission{"GET", "/api/admin/events/stream", Role::kOperator},
    Permission{"GET", "/api/admin/models", Role::kOperator},
    Permission{"POST", "/api/admin/models/{version}/promote", Role::kOperator},
    Permission{"POST", "/api/admin/models/rollback", Role::kOperator},
    Permission{"GET", "/api/admin/models/{version}", Role::kOperator},
    Permission{"POST", "/api/admin/cache/invalidate", Role::kOperator},
    Permission{"GET", "/api/admin/runs", Role::kOperator},
    Permission{"POST", "/api/admin/runs", Role::kOperator},
    Permission{"GET", "/api/admin/runs/{id}", Role::kOperator},
    Permission{"GET", "/api/admin/runs/{id}/logs", Role::kOperator},
    Permission{"POST", "/api/admin/runs/{id}/cancel", Role::kOperator},
    Permission{"POST", "/api/admin/runs/{id}/retry", Role::kOperator},
};

}  // namespace

std::span<const Permission> permissions() { return kPermissions; }

std::optional<Role> required_role(std::string_view method, std::string_view pattern) {
  for (const Permission& permission : kPermissions) {
    if (permission.method == method && permission.pattern == pattern) return permission.role;
  }
  return std::nullopt;
}

}  // namespace marquee::identity
