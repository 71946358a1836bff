// Answers for an operator's calls in place of a server's, with every state that the console shows.
const json = (value) => (route) => route.fulfill({ json: value });

const model = (version, more = {}) => ({
  version,
  current: false,
  previous: false,
  created_at: "2026-11-25T02:00:00Z",
  promoted_at: null,
  manifest: {
    metrics: { ials_recall_20: 0.3272, ials_ndcg_100: 0.3621 },
    rows: { items: 6298 },
    files: [{ key: "item_factors.parquet", bytes: 1059159 }],
  },
  ...more,
});

const stage = (name, status, exit_code = null) => ({
  name,
  attempt: 1,
  status,
  exit_code,
  started_at: "2026-11-25T02:00:00Z",
  finished_at: status === "running" ? null : "2026-11-25T02:00:02.300Z",
});

const run = (id, status, stages) => ({
  id,
  pipeline: "batch",
  logical_date: id,
  trigger: "schedule",
  status,
  created_at: "2026-11-25T02:00:00Z",
  started_at: "2026-11-25T02:00:00Z",
  finished_at: status === "running" ? null : "2026-11-25T02:00:09Z",
  stages,
});

const sums = { received: 9, duplicate: 1, rejected: 1, accepted_by_this_process: 7 };
const log = { accepted: 1842, applied: 1840, deduplicated: 1, dead_lettered: 0, pending: 1 };

export const kOperatorRoutes = {
  "**/api/admin/audit": json({ ...sums, ...log, holds: true }),
  "**/api/admin/models": json({
    models: [
      model("als_20261125_0200", { current: true }),
      model("als_20261124_0200", { previous: true }),
      model("als_20261123_0200"),
    ],
  }),
  "**/api/admin/runs?*": json({
    runs: [
      run("manual-1", "running", [stage("archive", "success", 0), stage("train", "running")]),
      run("2026-11-25", "failed", [stage("train", "success", 0), stage("evaluate", "failed", 3)]),
      run("2026-11-24", "success", [stage("train", "success", 0)]),
    ],
  }),
  "**/api/admin/runs/*/logs*": json({
    lines: [{ at: "2026-11-25T02:00:01Z", stage: "evaluate", text: "gate: NDCG fell by 0.04" }],
    next: null,
  }),
  "**/api/health": json({
    status: "degraded",
    dependencies: {
      events: { status: "ok", since: "2026-11-25T02:00:00Z", detail: "" },
      cache: { status: "down", since: "2026-11-25T02:00:00Z", detail: "connection refused" },
      model: { status: "degraded", since: "2026-11-25T02:00:00Z", detail: "no model yet" },
    },
    version: "0.1.0",
  }),
};
